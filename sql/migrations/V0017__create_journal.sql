-- The journal: what was committed and decided, entry by entry, as it is copied to the landing folder. After a backup of the
-- database was restored, the entries that it does not know are applied again from there, each once: an entry is in the
-- transaction of what it tells of.

create table etl.journal (
    account text not null,
    entry_number bigint not null check (entry_number >= 1),
    entry jsonb not null,
    digest bytea not null,
    recorded_at timestamptz not null default now(),
    primary key (account, entry_number)
);
-- The contract that was loaded by last is asked for by every run; there are few of them among all entries.
create index journal_contract_idx on etl.journal (account, entry_number) where entry ->> 'kind' = 'contract';
comment on table etl.journal is '日志：已提交的交付与已作出的决定，复制到落地目录，恢复备份后据此补做 | Journal of what was committed and decided, copied to the landing folder; after a restore it is applied from there';
comment on column etl.journal.account is '平台账号（医院） | Account with the platform';
comment on column etl.journal.entry_number is '序号，从 1 连续递增 | Number, counted from 1 without gaps';
comment on column etl.journal.entry is '内容（不含身份信息） | What happened; no identity';
comment on column etl.journal.digest is '链式摘要：前一条的摘要与本条内容 | Digest of this entry and the digest before it: a chain';
comment on column etl.journal.recorded_at is '写入时间 | Written';

-- What is loaded again keeps the time at which it was recorded first.
alter table warehouse.reservation_versions
    alter column recorded_at set default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now());
alter table warehouse.arrivals
    alter column recorded_at set default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now());
alter table etl.deliveries
    alter column recorded_at set default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now());
alter table finance.handoffs
    alter column recorded_at set default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now());
