-- Whose clock said what: the time that the platform stamped on a delivery, whether it counted or not, and why a night has
-- removed nothing that is past its days.

alter table etl.deliveries add column platform_at timestamptz;
comment on column etl.deliveries.platform_at is '应答报文自带的时间，无论是否采用；effective_source 为 receipt 而此列有值：该时间在接收时尚属未来，未予采用；为空：报文没有可用的时间，或为重试 | Time that the answer says of itself, whether it counted or not; where effective_source is receipt and this is not null, it lay in the future at receipt, and did not count; null: the answer had none that is usable, or it is a retry';

update etl.deliveries
set platform_at = effective_at
where effective_source = 'envelope'
    and not is_retry;

alter table etl.runs add column retention_note text;
comment on column etl.runs.retention_note is '到期数据未清理的原因（各时钟不一致）；为空：已清理，或没有到期的数据 | Why nothing past its days was removed (clocks that differ); null: it was, or there was nothing';
