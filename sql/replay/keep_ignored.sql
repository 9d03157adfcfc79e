-- Purpose: what was ignored when something of a reservation was erased or discarded is in no table, so nobody looked whom it
-- names: it does not come by being ignored no more. Of a version that the live history does not have, the members that were
-- ignored once and may name somebody ($2: content names) stay as the live version has them that is the same without all that
-- was ignored once ($3), and are absent where there is none. $4: the same members as the platform spells them. The content is
-- none that was delivered then, and no fingerprint is of it: its first byte, 255, is no version of the encoding. Idempotent.
with
-- Reservations of which something was erased or discarded, and until when that came. No refused record says which erasure has
-- emptied it: the last one counts.
forgotten as (
    select known.serial_number, max(known.last_delivery_id) as last_delivery_id
    from (
        select reservation.serial_number, erasure.last_delivery_id
        from etl.erased_reservations as reservation
        inner join etl.erasures as erasure on erasure.erasure_id = reservation.erasure_id
        where reservation.account = $1
        union all
        select
            rejections.serial_number,
            greatest(
                rejections.last_delivery_id,
                case
                    when rejections.resolution is distinct from 'discarded' then (
                        select max(erasures.last_delivery_id)
                        from etl.erasures as erasures
                        where erasures.account = $1
                    )
                end
            ) as last_delivery_id
        from etl.rejections as rejections
        where rejections.account = $1
            and rejections.sealed_record is null
            and rejections.serial_number is not null
    ) as known
    group by known.serial_number
),

-- Their live versions that have their persons.
live as (
    select versions.*, replay.content(to_jsonb(versions)) as content
    from forgotten
    inner join warehouse.reservation_versions as versions on versions.serial_number = forgotten.serial_number
    where versions.account = $1
        and get_byte(versions.fingerprint, 0) <> 0
),

-- What the replay has beside them.
shadow as (
    select
        versions.ctid as place,
        versions.serial_number,
        versions.version,
        versions.delivery_id,
        replay.content(to_jsonb(versions)) as content
    from forgotten
    inner join replay.reservation_versions as versions on versions.serial_number = forgotten.serial_number
    where versions.account = $1
        and versions.delivery_id <= forgotten.last_delivery_id
        and get_byte(versions.fingerprint, 0) <> 0
)

update replay.reservation_versions as versions
set
    person_id = case when 'idcard' = any($2::text[]) then known.person_id else versions.person_id end,
    erhc_no = case when 'erhc_no' = any($2::text[]) then known.erhc_no else versions.erhc_no end,
    name = case when 'name' = any($2::text[]) then known.name else versions.name end,
    card_type = case when 'idcard' = any($2::text[]) then known.card_type else versions.card_type end,
    idcard = case when 'idcard' = any($2::text[]) then known.idcard else versions.idcard end,
    mobile = case when 'mobile' = any($2::text[]) then known.mobile else versions.mobile end,
    extra = case when known.version is null then nullif(versions.extra - $4::text[], '{}') else known.extra end,
    fingerprint = coalesce(
        -- As an earlier swap left it.
        case when known.version = versions.version and get_byte(known.fingerprint, 0) = 255 then known.fingerprint end,
        '\xff'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    )
from shadow
left join lateral (
    select live.*
    from live
    where live.serial_number = shadow.serial_number
        and live.content - $3::text[] = shadow.content - $3::text[]
    -- The one that an earlier swap made of this one, or else the one that was current then.
    order by live.version <> shadow.version, live.delivery_id > shadow.delivery_id, live.version desc
    limit 1
) as known on true
where versions.ctid = shadow.place
    and not exists (
        select
        from live
        where live.serial_number = shadow.serial_number
            and live.content = shadow.content
    )
    and exists (
        select
        from unnest($2::text[]) as ignored (name)
        where (known.content -> ignored.name) is distinct from (shadow.content -> ignored.name)
    )
