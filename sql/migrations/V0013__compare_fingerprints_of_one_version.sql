-- Fingerprints of two versions of the encoding (their first byte; 0: the person was erased) say nothing about each other: what
-- they stand for is compared column by column.

-- Row by row; what stands in both and is the same is left out. Columns are named, values are not shown.
create or replace view replay.differences as
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
