-- The ledger: what was run, received, refused, and what is still owed. Written by the loader, read by the operator.

create schema if not exists etl;
comment on schema etl is '运行台账：运行、交付、批次、隔离记录、待办回调 | Operations ledger: runs, deliveries, batches, rejections, outbox';

create table etl.site_keys (
    key_id bytea primary key,
    first_used_at timestamptz not null default now()
);
comment on table etl.site_keys is '站点密钥的指纹：同一仓库只接受同一把密钥 | Digest of the site key that person_id was made with; one warehouse, one key';
comment on column etl.site_keys.key_id is '密钥指纹（不可还原密钥） | Digest of the key; the key cannot be derived from it';
comment on column etl.site_keys.first_used_at is '首次使用时间 | First use';

create table etl.runs (
    run_id bigint generated always as identity primary key,
    account text not null,
    program_version text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    outcome text check (outcome in ('succeeded', 'quarantined', 'pending', 'temporary', 'failed')),
    failure text,
    seconds jsonb
);
create index runs_account_idx on etl.runs (account, run_id);
comment on table etl.runs is '每次运行一行 | One row per run of one account';
comment on column etl.runs.run_id is '运行编号 | Run number';
comment on column etl.runs.account is '平台账号（医院） | Account with the platform';
comment on column etl.runs.program_version is '程序版本 | Version of tijian';
comment on column etl.runs.started_at is '开始时间 | Start';
comment on column etl.runs.finished_at is '结束时间；为空表示仍在运行或被中断 | End; null while running or after a kill';
comment on column etl.runs.outcome is '结果：成功、有隔离、有待回调、暂时失败、失败 | Outcome';
comment on column etl.runs.failure is '失败原因（不含个人信息） | Cause of a failure, without personal data';
comment on column etl.runs.seconds is '各步骤耗时（秒） | Seconds per stage';

create table etl.deliveries (
    delivery_id bigint generated always as identity primary key,
    run_id bigint not null references etl.runs (run_id),
    account text not null,
    effective_at timestamptz not null,
    effective_source text not null check (effective_source in ('envelope', 'receipt')),
    received_at timestamptz not null,
    landing_file text not null,
    body_bytes bigint not null,
    received bigint not null default 0,
    accepted bigint not null default 0,
    rejected bigint not null default 0,
    unchanged bigint not null default 0,
    opened bigint not null default 0,
    closed bigint not null default 0,
    adjusted bigint not null default 0,
    warned bigint not null default 0,
    unknown_fields text[] not null default '{}',
    recorded_at timestamptz not null default now(),
    unique (account, landing_file),
    check (received = accepted + rejected),
    check (accepted = opened + unchanged)
);
comment on table etl.deliveries is '每次平台应答（已提交）一行 | One row per committed answer of sync/order';
comment on column etl.deliveries.delivery_id is '交付编号 | Delivery number';
comment on column etl.deliveries.run_id is '所属运行 | Run that loaded it';
comment on column etl.deliveries.account is '平台账号（医院） | Account with the platform';
comment on column etl.deliveries.effective_at is '生效时间（应答报文的 timestamp） | Effective time of the states in it';
comment on column etl.deliveries.effective_source is '生效时间来源：报文或接收时间 | Where the effective time is from';
comment on column etl.deliveries.received_at is '接收时间 | Time of receipt';
comment on column etl.deliveries.landing_file is '落地文件 | Delivery as received, in the landing folder';
comment on column etl.deliveries.body_bytes is '报文字节数 | Size of the body in bytes';
comment on column etl.deliveries.received is '收到记录数 | Records received';
comment on column etl.deliveries.accepted is '通过记录数 | Records accepted';
comment on column etl.deliveries.rejected is '隔离记录数 | Records rejected';
comment on column etl.deliveries.unchanged is '内容未变记录数 | Accepted records that change nothing';
comment on column etl.deliveries.opened is '新增版本数 | Versions opened';
comment on column etl.deliveries.closed is '关闭版本数 | Versions closed';
comment on column etl.deliveries.adjusted is '因时间不递增而顺延一微秒的版本数 | Versions whose start was moved to one microsecond after the one before';
comment on column etl.deliveries.warned is '带提醒的通过记录数 | Accepted records with at least one warning';
comment on column etl.deliveries.unknown_fields is '合同未知的字段名 | Names of fields that the contract does not know';
comment on column etl.deliveries.recorded_at is '入库时间 | Start of the transaction that loaded it';

create table etl.batches (
    delivery_id bigint not null references etl.deliveries (delivery_id),
    request_id text not null,
    received bigint not null,
    accepted bigint not null,
    rejected bigint not null,
    primary key (delivery_id, request_id),
    check (received = accepted + rejected)
);
comment on table etl.batches is '一次交付中同一 requestId 的记录 | The reservations of one requestId in one delivery';
comment on column etl.batches.delivery_id is '交付编号 | Delivery number';
comment on column etl.batches.request_id is '批次标识 requestId | Request id of the batch';
comment on column etl.batches.received is '收到记录数 | Records received';
comment on column etl.batches.accepted is '通过记录数 | Records accepted';
comment on column etl.batches.rejected is '隔离记录数 | Records rejected';

create table etl.unchanged_records (
    delivery_id bigint not null,
    request_id text not null,
    serial_number text not null
);
create index unchanged_records_delivery_idx on etl.unchanged_records (delivery_id, serial_number);
comment on table etl.unchanged_records is '内容未变、无新版本但仍须回调的记录 | Accepted records that opened no version: still owed an acknowledgement';
comment on column etl.unchanged_records.delivery_id is '交付编号 | Delivery number';
comment on column etl.unchanged_records.request_id is '批次标识 requestId | Request id of the batch';
comment on column etl.unchanged_records.serial_number is '平台预约ID | Reservation id of the platform';

create table etl.rejections (
    rejection_id bigint generated always as identity primary key,
    account text not null,
    serial_number text,
    request_id text,
    content_sha256 bytea not null,
    record bytea not null,
    reasons jsonb not null,
    attempts integer not null default 1,
    first_delivery_id bigint not null references etl.deliveries (delivery_id),
    last_delivery_id bigint not null references etl.deliveries (delivery_id),
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    resolved_at timestamptz,
    unique (account, content_sha256)
);
create index rejections_open_idx on etl.rejections (account, serial_number) where resolved_at is null;
comment on table etl.rejections is '隔离区：未通过合同校验的记录及全部原因 | Quarantine: records that the contract refused, with every reason';
comment on column etl.rejections.rejection_id is '隔离编号 | Number of the rejection';
comment on column etl.rejections.account is '平台账号（医院） | Account with the platform';
comment on column etl.rejections.serial_number is '平台预约ID（可读时） | Reservation id, where it can be read';
comment on column etl.rejections.request_id is '最近一次交付中的批次标识 | Request id of the last delivery, where it can be read';
comment on column etl.rejections.content_sha256 is '内容摘要（不含 requestId） | Digest of the content without requestId';
comment on column etl.rejections.record is '原始记录（个人信息） | The record as delivered: personal data';
comment on column etl.rejections.reasons is '原因列表：字段、规则、说明（不含取值） | Reasons: field, rule, explanation without values';
comment on column etl.rejections.attempts is '被交付的次数 | In how many deliveries it came';
comment on column etl.rejections.first_delivery_id is '首次交付 | First delivery';
comment on column etl.rejections.last_delivery_id is '最近交付 | Last delivery';
comment on column etl.rejections.first_seen_at is '首次出现 | First seen';
comment on column etl.rejections.last_seen_at is '最近出现 | Last seen';
comment on column etl.rejections.resolved_at is '同一预约后来通过校验的时间 | When a later state of the reservation was accepted';

create table etl.outbox (
    outbox_id bigint generated always as identity primary key,
    account text not null,
    delivery_id bigint references etl.deliveries (delivery_id),
    kind text not null check (kind in ('batch_ack', 'reservation_ack', 'arrival')),
    key text not null,
    state text not null default 'pending' check (state in ('pending', 'done', 'superseded')),
    attempts integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    unique (delivery_id, kind, key)
);
create index outbox_pending_idx on etl.outbox (account, outbox_id) where state = 'pending';
comment on table etl.outbox is '待办回调：与入库同一事务写入 | Callbacks owed to the platform, written in the load''s transaction';
comment on column etl.outbox.outbox_id is '编号 | Number';
comment on column etl.outbox.account is '平台账号（医院） | Account with the platform';
comment on column etl.outbox.delivery_id is '来源交付 | Delivery that it acknowledges';
comment on column etl.outbox.kind is '种类：批次回调、单条回调、到检 | Kind';
comment on column etl.outbox.key is 'requestId 或 serialNumber | requestId or serialNumber';
comment on column etl.outbox.state is '状态：待发、完成、作废 | State';
comment on column etl.outbox.attempts is '已尝试次数 | Tries so far';
comment on column etl.outbox.last_error is '最近一次失败（不含个人信息） | Last failure, without personal data';
comment on column etl.outbox.created_at is '写入时间 | Written';
comment on column etl.outbox.finished_at is '完成或作废时间 | When done or superseded';

create table etl.touched_months (
    account text not null,
    check_month date not null,
    delivery_id bigint not null,
    primary key (account, check_month)
);
comment on table etl.touched_months is '每个体检月份最后一次变化的交付 | Last delivery that changed a month of check dates';
comment on column etl.touched_months.account is '平台账号（医院） | Account with the platform';
comment on column etl.touched_months.check_month is '体检月份（当月一日） | Month of check_date, its first day';
comment on column etl.touched_months.delivery_id is '交付编号 | Delivery number';

create table etl.exports (
    account text not null,
    target text not null,
    part text not null,
    delivery_id bigint not null,
    exported_at timestamptz not null default now(),
    path text not null,
    rows bigint not null,
    sha256 text not null,
    primary key (account, target, part)
);
comment on table etl.exports is '每个导出目标、每个分区已导出到哪次交付 | Up to which delivery each part of each export target is made';
comment on column etl.exports.account is '平台账号（医院） | Account with the platform';
comment on column etl.exports.target is '导出目标：种类、格式、目录 | Export target: kind, options, folder';
comment on column etl.exports.part is '分区：月份或 current | Part: a month, or current';
comment on column etl.exports.delivery_id is '已包含的最后交付 | Last delivery that it contains';
comment on column etl.exports.exported_at is '导出时间 | Time of the export';
comment on column etl.exports.path is '文件 | File';
comment on column etl.exports.rows is '行数 | Rows';
comment on column etl.exports.sha256 is '文件摘要 | SHA-256 of the file';
