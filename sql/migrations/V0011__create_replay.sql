-- What a replay of the landed deliveries builds, beside the history that is live. For the schema's owner only.

create schema replay;

create table replay.reservation_versions (like warehouse.reservation_versions including all);

-- A version is recorded when its delivery is: the ledger knows it.
alter table replay.reservation_versions drop column recorded_at;

create table replay.deliveries (
    delivery_id bigint not null,
    account text not null,
    received bigint not null,
    accepted bigint not null,
    rejected bigint not null,
    unchanged bigint not null,
    opened bigint not null,
    closed bigint not null,
    adjusted bigint not null,
    warned bigint not null,
    unknown_fields text[] not null,
    unknown_fields_more bigint not null default 0,
    primary key (delivery_id, account),
    check (received = accepted + rejected),
    check (accepted = opened + unchanged)
);

create table replay.batches (like etl.batches including all);

create table replay.delivery_problems (like etl.delivery_problems including all);

create table replay.unchanged_records (like etl.unchanged_records including all);

create table replay.rejections (like etl.rejections including all);

create table replay.unconfirmed_reservations (like etl.unconfirmed_reservations including all);

-- What makes a version (src/transform/fingerprint.rs) of one as it is stored, by names: null and an empty text are none, and so is
-- the fingerprint, which may be of another version of the encoding.
create function replay.content(stored jsonb)
returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_object_agg(member.name, member.value)
    from (
        select field.key as name, field.value
        from jsonb_each(stored - array[
            'version', 'valid_from', 'valid_to', 'change', 'person_id', 'fingerprint', 'delivery_id', 'request_id',
            'recorded_at', 'extra'
        ]) as field
        union all
        select 'extra ' || unknown.key, unknown.value
        from jsonb_each(nullif(stored -> 'extra', 'null'::jsonb)) as unknown
    ) as member
    where member.value not in ('null'::jsonb, '""'::jsonb)
$$;

-- Row by row; what is the same in both is left out. Columns are named, values are not shown. Fingerprints of two
-- versions of the encoding (their first byte; 0: the person was erased) say nothing about each other.
create view replay.differences as
select
    coalesce(live.account, shadow.account) as account,
    coalesce(live.serial_number, shadow.serial_number) as serial_number,
    coalesce(live.version, shadow.version) as version,
    case
        when shadow.account is null then 'live_only'
        when live.account is null then 'replay_only'
        else 'different'
    end as kind,
    live.check_date as live_check_date,
    shadow.check_date as replay_check_date,
    case
        when live.account is not null and shadow.account is not null
            then array_remove(
                array[
                    case when live.valid_from is distinct from shadow.valid_from then 'valid_from' end,
                    case when live.valid_to is distinct from shadow.valid_to then 'valid_to' end,
                    case when live.change is distinct from shadow.change then 'change' end,
                    case when live.person_id is distinct from shadow.person_id then 'person_id' end,
                    case when live.erhc_no is distinct from shadow.erhc_no then 'erhc_no' end,
                    case when live.name is distinct from shadow.name then 'name' end,
                    case when live.card_type is distinct from shadow.card_type then 'card_type' end,
                    case when live.idcard is distinct from shadow.idcard then 'idcard' end,
                    case when live.birthdate is distinct from shadow.birthdate then 'birthdate' end,
                    case when live.sex_code is distinct from shadow.sex_code then 'sex_code' end,
                    case when live.is_pregnant is distinct from shadow.is_pregnant then 'is_pregnant' end,
                    case when live.married is distinct from shadow.married then 'married' end,
                    case when live.mobile is distinct from shadow.mobile then 'mobile' end,
                    case when live.hospital_code is distinct from shadow.hospital_code then 'hospital_code' end,
                    case when live.hospital_name is distinct from shadow.hospital_name then 'hospital_name' end,
                    case when live.check_date is distinct from shadow.check_date then 'check_date' end,
                    case when live.hospital_package_id is distinct from shadow.hospital_package_id then 'hospital_package_id' end,
                    case when live.hospital_package_name is distinct from shadow.hospital_package_name then 'hospital_package_name' end,
                    case when live.add_combination_id is distinct from shadow.add_combination_id then 'add_combination_id' end,
                    case when live.add_combination_name is distinct from shadow.add_combination_name then 'add_combination_name' end,
                    case when live.examination_fee is distinct from shadow.examination_fee then 'examination_fee' end,
                    case when live.order_status is distinct from shadow.order_status then 'order_status' end,
                    case when live.pay_type is distinct from shadow.pay_type then 'pay_type' end,
                    case when live.data_sources is distinct from shadow.data_sources then 'data_sources' end,
                    case when live.extra is distinct from shadow.extra then 'extra' end,
                    case
                        when live.fingerprint <> shadow.fingerprint
                            and (
                                get_byte(live.fingerprint, 0) in (0, get_byte(shadow.fingerprint, 0))
                                or get_byte(shadow.fingerprint, 0) = 0
                            )
                            then 'fingerprint'
                    end,
                    case when live.delivery_id is distinct from shadow.delivery_id then 'delivery_id' end,
                    case when live.request_id is distinct from shadow.request_id then 'request_id' end,
                    case when live.recorded_at is distinct from shadow.recorded_at then 'recorded_at' end
                ],
                null
            )
        else '{}'
    end as columns
from warehouse.reservation_versions as live
full join (
    select versions.*, delivery.recorded_at
    from replay.reservation_versions as versions
    inner join etl.deliveries as delivery on delivery.delivery_id = versions.delivery_id
) as shadow
    on shadow.account = live.account
    and shadow.serial_number = live.serial_number
    and shadow.version = live.version
where
    shadow.account is null
    or live.account is null
    or live.valid_from is distinct from shadow.valid_from
    or live.valid_to is distinct from shadow.valid_to
    or live.change is distinct from shadow.change
    or live.person_id is distinct from shadow.person_id
    or live.erhc_no is distinct from shadow.erhc_no
    or live.name is distinct from shadow.name
    or live.card_type is distinct from shadow.card_type
    or live.idcard is distinct from shadow.idcard
    or live.birthdate is distinct from shadow.birthdate
    or live.sex_code is distinct from shadow.sex_code
    or live.is_pregnant is distinct from shadow.is_pregnant
    or live.married is distinct from shadow.married
    or live.mobile is distinct from shadow.mobile
    or live.hospital_code is distinct from shadow.hospital_code
    or live.hospital_name is distinct from shadow.hospital_name
    or live.check_date is distinct from shadow.check_date
    or live.hospital_package_id is distinct from shadow.hospital_package_id
    or live.hospital_package_name is distinct from shadow.hospital_package_name
    or live.add_combination_id is distinct from shadow.add_combination_id
    or live.add_combination_name is distinct from shadow.add_combination_name
    or live.examination_fee is distinct from shadow.examination_fee
    or live.order_status is distinct from shadow.order_status
    or live.pay_type is distinct from shadow.pay_type
    or live.data_sources is distinct from shadow.data_sources
    or live.extra is distinct from shadow.extra
    or (
        live.fingerprint <> shadow.fingerprint
        and (
            get_byte(live.fingerprint, 0) in (0, get_byte(shadow.fingerprint, 0))
            or get_byte(shadow.fingerprint, 0) = 0
        )
    )
    or live.delivery_id is distinct from shadow.delivery_id
    or live.request_id is distinct from shadow.request_id
    or live.recorded_at is distinct from shadow.recorded_at;
