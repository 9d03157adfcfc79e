-- Purpose: what time it is for the database, and what time it was for the platform in this account's newest delivery that says
-- so. Reads only.
select
    clock_timestamp() as database_at,
    (
        select delivery.platform_at
        from etl.deliveries as delivery
        where delivery.account = $1
            and delivery.platform_at is not null
        order by delivery.delivery_id desc
        limit 1
    ) as platform_at
