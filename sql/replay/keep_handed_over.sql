-- Purpose: before the versions change, note how far the account is handed over: up to there, its entries stay what they were.
-- Nothing where it never was. Idempotent.
insert into finance.kept as known (account, last_delivery_id)
select handoff.account, max(handoff.last_delivery_id)
from finance.handoffs as handoff
where handoff.account = $1
group by handoff.account
on conflict (account) do update
set
    last_delivery_id = excluded.last_delivery_id,
    kept_at = now()
