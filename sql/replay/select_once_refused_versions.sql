-- Purpose: a record that was refused, and then erased in the quarantine, or discarded, must not come back by being accepted
-- today: the reservation counts, without its person. What was erased there is known by its serialNumber and its deliveries
-- only; what the live history has as it is, stays, and what it has erased is erased in the same way. Reads only.
with
-- What is no content: the fingerprint, too, which may be of another version of the encoding.
unlike as (
    select array[
        'version', 'valid_from', 'valid_to', 'change', 'person_id', 'fingerprint', 'delivery_id', 'request_id', 'recorded_at'
    ] as columns
)

select
    shadow.serial_number,
    shadow.version,
    coalesce(live.person_id, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))) as person_id,
    coalesce(
        live.fingerprint,
        '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    ) as fingerprint
from replay.reservation_versions as shadow
cross join unlike
left join warehouse.reservation_versions as live
    on live.account = shadow.account
    and live.serial_number = shadow.serial_number
    and live.version = shadow.version
    and get_byte(live.fingerprint, 0) = 0
where shadow.account = $1
    and get_byte(shadow.fingerprint, 0) <> 0
    and exists (
        select
        from etl.rejections as refused
        where refused.account = shadow.account
            and refused.serial_number = shadow.serial_number
            and refused.sealed_record is null
            and refused.last_delivery_id >= shadow.delivery_id
    )
    and not exists (
        select
        from warehouse.reservation_versions as known
        where known.account = shadow.account
            and known.serial_number = shadow.serial_number
            and get_byte(known.fingerprint, 0) <> 0
            and to_jsonb(known) - unlike.columns = to_jsonb(shadow) - unlike.columns
    )
