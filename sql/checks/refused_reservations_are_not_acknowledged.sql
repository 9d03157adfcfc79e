-- A reservation whose last state in a delivery was refused is not acknowledged singly by that delivery. (What the swap of a
-- replay has put into quarantine was accepted when it came.)
-- Invariant: A refused record is kept, not acknowledged, and does not hold up others.
select owed.outbox_id, owed.account, owed.delivery_id
from etl.outbox as owed
inner join etl.rejections as refused
    on refused.account = owed.account
    and refused.serial_number = owed.key
    and refused.last_delivery_id = owed.delivery_id
    and refused.resolved_at is null
left join etl.replays as replayed on replayed.replay_id = refused.replay_id
where owed.kind = 'reservation_ack'
    and owed.state <> 'superseded'
    and (replayed.replay_id is null or refused.last_delivery_id > replayed.last_delivery_id)
