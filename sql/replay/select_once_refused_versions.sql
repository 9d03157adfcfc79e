-- Purpose: a record that was refused, and then erased in the quarantine, or discarded, must not come back by being accepted
-- today: the reservation counts, without its person. What was erased there is known by its serialNumber and its deliveries
-- only; what the live history has with the same content, stays, and what it has erased is erased in the same way. What was
-- ignored once ($3: content names, $2: those that name nobody) made no version then, so such a state has the content of one: but
-- where it came beside what was refused, it may be that, and a member that names a person counts. Reads only.
with
-- Reservations of which something was refused, until when it came, and in which deliveries.
refused as (
    select
        rejections.serial_number,
        max(rejections.last_delivery_id) as last_delivery_id,
        array_agg(int8range(rejections.first_delivery_id, rejections.last_delivery_id, '[]')) as deliveries
    from etl.rejections as rejections
    where rejections.account = $1
        and rejections.sealed_record is null
        and rejections.serial_number is not null
    group by rejections.serial_number
),

-- Their versions that have their persons.
versions as (
    select
        live.serial_number,
        true as is_live,
        live.version,
        replay.content(to_jsonb(live)) as content,
        null as left_out
    from refused
    inner join warehouse.reservation_versions as live on live.serial_number = refused.serial_number
    where live.account = $1
        and get_byte(live.fingerprint, 0) <> 0
    union all
    select
        shadow.serial_number,
        false as is_live,
        shadow.version,
        replay.content(to_jsonb(shadow)) as content,
        case when shadow.delivery_id <@ any(refused.deliveries) then $2::text[] else $3::text[] end as left_out
    from refused
    inner join replay.reservation_versions as shadow on shadow.serial_number = refused.serial_number
    where shadow.account = $1
        and shadow.delivery_id <= refused.last_delivery_id
        and get_byte(shadow.fingerprint, 0) <> 0
)

select
    shadow.serial_number,
    shadow.version,
    coalesce(live.person_id, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))) as person_id,
    coalesce(
        live.fingerprint,
        '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    ) as fingerprint
from versions as shadow
left join warehouse.reservation_versions as live
    on live.account = $1
    and live.serial_number = shadow.serial_number
    and live.version = shadow.version
    and get_byte(live.fingerprint, 0) = 0
where not shadow.is_live
    and not exists (
        select
        from versions as known
        where known.is_live
            and known.serial_number = shadow.serial_number
            and known.content - shadow.left_out = shadow.content - shadow.left_out
    )
