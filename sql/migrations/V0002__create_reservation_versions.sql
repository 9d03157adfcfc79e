-- The history: one row per version of a reservation (slowly changing dimension, type 2).
-- No foreign key to etl.deliveries: it would cost a trigger per row of a million-row COPY; sql/checks/ asks the same.

create schema if not exists warehouse;
comment on schema warehouse is '预约历史（含个人信息） | Reservation history, personal data included';

create table warehouse.reservation_versions (
    account text not null,
    serial_number text not null,
    version integer not null check (version >= 1),
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    change text not null check (change in ('booked', 'rescheduled', 'cancelled', 'amended', 'reinstated')),
    person_id bytea,
    erhc_no text,
    name text,
    card_type text,
    idcard text,
    birthdate date,
    sex_code text,
    is_pregnant boolean,
    married text,
    mobile text,
    hospital_code text not null,
    hospital_name text,
    check_date date not null,
    hospital_package_id text,
    hospital_package_name text,
    add_combination_id text,
    add_combination_name text,
    examination_fee numeric(12, 2),
    order_status text not null,
    pay_type text,
    data_sources text,
    extra jsonb,
    fingerprint bytea not null,
    delivery_id bigint not null,
    request_id text not null,
    recorded_at timestamptz not null default now(),
    primary key (account, serial_number, version),
    check (valid_from < valid_to)
);

-- One current version per reservation; also the loader's way to look it up.
create unique index reservation_versions_current_idx
    on warehouse.reservation_versions (account, serial_number)
    where valid_to = 'infinity';

-- Exports and volumes go by date of appointment. The date stands first: with the account first, a look-up by key could be
-- planned as a scan of everything the account has.
create index reservation_versions_check_date_idx on warehouse.reservation_versions (check_date, account);

-- Rows of one delivery stand together: a block-range index finds them at next to no cost for the load.
create index reservation_versions_delivery_idx on warehouse.reservation_versions using brin (delivery_id);

comment on table warehouse.reservation_versions is '预约版本历史（SCD2）：每个版本一行 | Reservation history (SCD2): one row per version';
comment on column warehouse.reservation_versions.account is '平台账号（医院） | Account with the platform';
comment on column warehouse.reservation_versions.serial_number is '平台预约ID | Reservation id of the platform';
comment on column warehouse.reservation_versions.version is '版本号，从 1 连续递增 | Version, counted from 1 without gaps';
comment on column warehouse.reservation_versions.valid_from is '版本生效时间（含） | Start of validity, inclusive';
comment on column warehouse.reservation_versions.valid_to is '版本失效时间（不含），infinity 为当前版本 | End of validity, exclusive; infinity = current';
comment on column warehouse.reservation_versions.change is '变更类型：预约、改约、取消、变更、恢复 | What made the version';
comment on column warehouse.reservation_versions.person_id is '人员假名（带密钥摘要） | Keyed digest of card type and id number';
comment on column warehouse.reservation_versions.erhc_no is '健康卡号 | Electronic health card number';
comment on column warehouse.reservation_versions.name is '姓名 | Name';
comment on column warehouse.reservation_versions.card_type is '证件类型 | Type of the id document';
comment on column warehouse.reservation_versions.idcard is '证件号码 | Id number';
comment on column warehouse.reservation_versions.birthdate is '出生日期 | Date of birth';
comment on column warehouse.reservation_versions.sex_code is '性别 | Sex';
comment on column warehouse.reservation_versions.is_pregnant is '孕否 | Pregnant';
comment on column warehouse.reservation_versions.married is '婚姻状况 | Married';
comment on column warehouse.reservation_versions.mobile is '联系电话 | Phone';
comment on column warehouse.reservation_versions.hospital_code is '体检机构编码 | Hospital code';
comment on column warehouse.reservation_versions.hospital_name is '体检机构名称 | Hospital name';
comment on column warehouse.reservation_versions.check_date is '预约体检日期 | Date of the appointment';
comment on column warehouse.reservation_versions.hospital_package_id is '体检套餐编码 | Package code';
comment on column warehouse.reservation_versions.hospital_package_name is '体检套餐名称 | Package name';
comment on column warehouse.reservation_versions.add_combination_id is '体检加项编码 | Add-on codes, comma-separated';
comment on column warehouse.reservation_versions.add_combination_name is '体检加项 | Add-on names, comma-separated';
comment on column warehouse.reservation_versions.examination_fee is '体检费用（元） | Fee in yuan';
comment on column warehouse.reservation_versions.order_status is '预约状态 | Status of the reservation';
comment on column warehouse.reservation_versions.pay_type is '支付方式 | Way of payment';
comment on column warehouse.reservation_versions.data_sources is '数据来源 | Channel of the booking';
comment on column warehouse.reservation_versions.extra is '合同未知的字段 | Fields that the contract does not know';
comment on column warehouse.reservation_versions.fingerprint is '内容指纹 | Digest of the content';
comment on column warehouse.reservation_versions.delivery_id is '来源交付 | Delivery that opened it';
comment on column warehouse.reservation_versions.request_id is '来源批次 | Request id that opened it';
comment on column warehouse.reservation_versions.recorded_at is '入库时间 | Start of the transaction that loaded it';
