-- Quarantined records can be tried again and discarded: how each was resolved, by whom, and in which order the states of
-- one reservation were delivered. A retry is a delivery of its own in the ledger, without an answer of the platform.

alter table etl.rejections
    add column last_position bigint,
    add column resolution text check (resolution in ('loaded', 'superseded', 'discarded')),
    add column resolved_by text,
    add check (resolution is null or resolved_at is not null),
    add check (resolution is distinct from 'discarded' or (sealed_record is null and record is null));

-- What a retry has loaded of a reservation is looked up by its key.
create index rejections_loaded_idx on etl.rejections (account, serial_number) where resolution = 'loaded';

comment on column etl.rejections.last_position is '在最近一次交付中的位置，从 1 起；旧版本入库的为空 | Place in the last delivery, counted from 1; null where a version before this one loaded it';
comment on column etl.rejections.resolution is '如何解决：loaded 重试入库、superseded 被更新的状态取代、discarded 人工丢弃；未解决或由旧版本解决的为空 | How it was resolved: loaded by a retry, superseded by a later state, discarded; null while open';
comment on column etl.rejections.resolved_by is '重试或丢弃的操作系统用户（自报） | Who retried or discarded it: user of the operating system, as the environment says';
comment on column etl.rejections.resolved_at is '解决时间 | When it was resolved';

alter table etl.deliveries add column is_retry boolean not null default false;
comment on column etl.deliveries.is_retry is '是否为隔离记录的重试（没有平台应答） | A retry of quarantined records: there was no answer of the platform';
comment on column etl.deliveries.landing_file is '落地文件；重试为其运行编号 | Delivery as received, in the landing folder; of a retry: its run';
