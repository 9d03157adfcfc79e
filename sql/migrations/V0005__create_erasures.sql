-- Who looked at personal data on purpose, and whose identity was taken out of the warehouse: without the identity.

create table etl.access_log (
    access_id bigint generated always as identity primary key,
    accessed_at timestamptz not null default now(),
    account text not null,
    action text not null check (action in ('quarantine_show', 'erase')),
    subject_id bigint not null,
    database_user text not null default session_user,
    operator text not null
);
comment on table etl.access_log is '个人信息访问日志：谁查看了隔离记录、谁执行了删除 | Who showed a quarantined record or ran an erase';
comment on column etl.access_log.access_id is '编号 | Number';
comment on column etl.access_log.accessed_at is '时间 | Time';
comment on column etl.access_log.account is '平台账号（医院） | Account with the platform';
comment on column etl.access_log.action is '操作：查看隔离记录、删除身份信息 | What was done';
comment on column etl.access_log.subject_id is '对象：隔离编号或删除编号 | What it was done to: a rejection, or an erasure';
comment on column etl.access_log.database_user is '数据库登录用户 | Login of the database';
comment on column etl.access_log.operator is '操作系统用户（自报） | User of the operating system, as the environment says';

create table etl.erasures (
    erasure_id bigint generated always as identity primary key,
    account text not null,
    erased_at timestamptz not null default now(),
    last_delivery_id bigint,
    reservations bigint not null,
    versions bigint not null,
    rejections bigint not null
);
comment on table etl.erasures is '身份信息删除记录（不含身份） | Erasures of one person''s identity, without the identity';
comment on column etl.erasures.erasure_id is '删除编号 | Number of the erasure';
comment on column etl.erasures.account is '平台账号（医院） | Account with the platform';
comment on column etl.erasures.erased_at is '删除时间 | Time';
comment on column etl.erasures.last_delivery_id is '删除时已入库的最后交付 | Last delivery that was loaded by then';
comment on column etl.erasures.reservations is '涉及预约数 | Reservations that were the person''s';
comment on column etl.erasures.versions is '涉及版本数 | Their versions';
comment on column etl.erasures.rejections is '涉及隔离记录数 | Quarantined records that were the person''s';

-- A replay of landed deliveries must not bring an erased identity back.
create table etl.erased_reservations (
    erasure_id bigint not null references etl.erasures (erasure_id),
    account text not null,
    serial_number text not null,
    primary key (account, serial_number, erasure_id)
);
comment on table etl.erased_reservations is '已删除身份信息的预约 | Reservations whose identity was erased';
comment on column etl.erased_reservations.erasure_id is '删除编号 | Number of the erasure';
comment on column etl.erased_reservations.account is '平台账号（医院） | Account with the platform';
comment on column etl.erased_reservations.serial_number is '平台预约ID | Reservation id of the platform';

alter table etl.rejections alter column record drop not null;
comment on column etl.rejections.record is '原始记录（个人信息）；为空表示已删除 | The record as delivered: personal data; null once erased';
