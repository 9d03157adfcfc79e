-- What a replay of the landed deliveries builds, beside the history that is live (schema replay). It is for the schema's owner
-- only. And the journal as it was handed over: a swap changes no entry that finance has, so what it changes comes with the next
-- handoff.

-- What the planner was told when a delivery was loaded, since it cannot be asked later: how far the platform had been told
-- "received" by then. Of the deliveries before this column: what of it can still be read from outbox and quarantine.
alter table etl.deliveries add column unconfirmed_delivery_ids bigint[] not null default '{}';
comment on column etl.deliveries.unconfirmed_delivery_ids is '入库时尚未完全回调的上一次交付及其后的重试；为空数组表示没有 | The delivery before and the retries since, where part of it could come again when this one was loaded; empty: none';

update etl.deliveries as delivery
set unconfirmed_delivery_ids = before.delivery_ids
from (
    select next.delivery_id as next_delivery_id, recent.delivery_ids
    from etl.deliveries as next
    cross join lateral (
        select array_agg(known.delivery_id order by known.delivery_id) as delivery_ids
        from etl.deliveries as known
        where known.account = next.account
            and known.delivery_id < next.delivery_id
            and known.delivery_id >= (
                select max(last.delivery_id)
                from etl.deliveries as last
                where last.account = next.account
                    and last.delivery_id < next.delivery_id
                    and not last.is_retry
            )
    ) as recent
) as before
where delivery.delivery_id = before.next_delivery_id
    and before.delivery_ids is not null
    and (
        exists (
            select
            from etl.outbox as owed
            where owed.delivery_id = any(before.delivery_ids)
                and owed.state = 'superseded'
                and owed.finished_at = delivery.recorded_at
        )
        or exists (
            select
            from etl.rejections as refused
            where refused.account = delivery.account
                and refused.first_delivery_id <= before.delivery_ids[1]
                and refused.last_delivery_id >= before.delivery_ids[1]
                and (refused.resolved_at is null or refused.resolved_at >= delivery.received_at)
        )
    );

create table etl.replays (
    replay_id bigint generated always as identity primary key,
    account text not null,
    first_delivery_id bigint not null references etl.deliveries (delivery_id),
    last_delivery_id bigint not null references etl.deliveries (delivery_id),
    deliveries bigint not null,
    versions bigint not null,
    replayed_at timestamptz not null default now(),
    swapped_at timestamptz,
    program_version text not null,
    database_user text not null default session_user
);
comment on table etl.replays is '重放记录：每个账号保留影子历史的、以及已切换的 | Replays: those whose shadow is there, and those that were swapped in';
comment on column etl.replays.replay_id is '编号 | Number';
comment on column etl.replays.account is '平台账号（医院） | Account with the platform';
comment on column etl.replays.first_delivery_id is '重放的首次交付 | First delivery that was replayed';
comment on column etl.replays.last_delivery_id is '重放到的最后交付 | Last delivery that was replayed';
comment on column etl.replays.deliveries is '重放的交付数 | Deliveries that were replayed';
comment on column etl.replays.versions is '重放得到的版本数 | Versions that they gave';
comment on column etl.replays.replayed_at is '重放时间 | Time';
comment on column etl.replays.swapped_at is '切换时间；为空表示未切换 | When it took the place of the live history; null: it did not';
comment on column etl.replays.program_version is '程序版本 | Version of tijian';
comment on column etl.replays.database_user is '数据库登录用户 | Login of the database';

-- A rejection that was not delivered but found by a swap: its record was accepted, and acknowledged, when it came.
alter table etl.rejections add column replay_id bigint references etl.replays (replay_id);
comment on column etl.rejections.replay_id is '由切换重放结果而打开的隔离记录：重放编号 | The replay whose swap opened it; null: a delivery did';

comment on column etl.rejections.resolution is '如何解决：loaded 重试入库或切换重放结果入库、superseded 被更新的状态取代、discarded 人工丢弃；未解决或由旧版本解决的为空 | How it was resolved: loaded by a retry or by the swap of a replay, superseded by a later state, discarded; null while open';

create schema replay;
comment on schema replay is '重放：由落地文件重建的影子历史（含个人信息） | Replay: the shadow history, rebuilt from landed deliveries; personal data included';

create table replay.reservation_versions (like warehouse.reservation_versions including all);
comment on table replay.reservation_versions is '影子历史：与 warehouse.reservation_versions 同结构 | Shadow of warehouse.reservation_versions';

-- A version is recorded when its delivery is: the ledger knows it.
alter table replay.reservation_versions drop column recorded_at;

create table replay.deliveries (
    delivery_id bigint primary key,
    account text not null,
    received bigint not null,
    accepted bigint not null,
    rejected bigint not null,
    unchanged bigint not null,
    opened bigint not null,
    closed bigint not null,
    adjusted bigint not null,
    warned bigint not null,
    unknown_fields text[] not null,
    check (received = accepted + rejected),
    check (accepted = opened + unchanged)
);
comment on table replay.deliveries is '重放得到的每次交付计数 | Counts of the deliveries, as the replay gives them';
comment on column replay.deliveries.delivery_id is '交付编号 | Delivery number';
comment on column replay.deliveries.account is '平台账号（医院） | Account with the platform';
comment on column replay.deliveries.received is '收到记录数 | Records received';
comment on column replay.deliveries.accepted is '通过记录数 | Records accepted';
comment on column replay.deliveries.rejected is '隔离记录数 | Records rejected';
comment on column replay.deliveries.unchanged is '内容未变记录数 | Accepted records that change nothing';
comment on column replay.deliveries.opened is '新增版本数 | Versions opened';
comment on column replay.deliveries.closed is '关闭版本数 | Versions closed';
comment on column replay.deliveries.adjusted is '因时间不递增而顺延一微秒的版本数 | Versions whose start was moved to one microsecond after the one before';
comment on column replay.deliveries.warned is '带提醒的通过记录数 | Accepted records with at least one warning';
comment on column replay.deliveries.unknown_fields is '合同未知的字段名 | Names of fields that the contract does not know';

create table replay.batches (like etl.batches including all);
comment on table replay.batches is '重放得到的批次计数 | Counts of the batches, as the replay gives them';

create table replay.delivery_problems (like etl.delivery_problems including all);
comment on table replay.delivery_problems is '重放得到的违反规则计数 | Broken rules, as the replay gives them';

create table replay.unchanged_records (like etl.unchanged_records including all);
comment on table replay.unchanged_records is '重放中内容未变的记录 | Records that changed nothing, in the replay';

create table replay.rejections (like etl.rejections including all);
comment on table replay.rejections is '重放中未通过合同校验的记录（封存） | Records that the contract refuses in the replay, sealed';

-- Row by row; what stands in both and is the same is left out. Columns are named, values are not shown.
create view replay.differences as
select
    coalesce(live.account, shadow.account) as account,
    coalesce(live.serial_number, shadow.serial_number) as serial_number,
    coalesce(live.version, shadow.version) as version,
    case
        when shadow.account is null then 'live_only'
        when live.account is null then 'replay_only'
        else 'different'
    end as kind,
    live.check_date as live_check_date,
    shadow.check_date as replay_check_date,
    case
        when live.account is not null and shadow.account is not null
            then array_remove(
                array[
                    case when live.valid_from is distinct from shadow.valid_from then 'valid_from' end,
                    case when live.valid_to is distinct from shadow.valid_to then 'valid_to' end,
                    case when live.change is distinct from shadow.change then 'change' end,
                    case when live.person_id is distinct from shadow.person_id then 'person_id' end,
                    case when live.erhc_no is distinct from shadow.erhc_no then 'erhc_no' end,
                    case when live.name is distinct from shadow.name then 'name' end,
                    case when live.card_type is distinct from shadow.card_type then 'card_type' end,
                    case when live.idcard is distinct from shadow.idcard then 'idcard' end,
                    case when live.birthdate is distinct from shadow.birthdate then 'birthdate' end,
                    case when live.sex_code is distinct from shadow.sex_code then 'sex_code' end,
                    case when live.is_pregnant is distinct from shadow.is_pregnant then 'is_pregnant' end,
                    case when live.married is distinct from shadow.married then 'married' end,
                    case when live.mobile is distinct from shadow.mobile then 'mobile' end,
                    case when live.hospital_code is distinct from shadow.hospital_code then 'hospital_code' end,
                    case when live.hospital_name is distinct from shadow.hospital_name then 'hospital_name' end,
                    case when live.check_date is distinct from shadow.check_date then 'check_date' end,
                    case when live.hospital_package_id is distinct from shadow.hospital_package_id then 'hospital_package_id' end,
                    case when live.hospital_package_name is distinct from shadow.hospital_package_name then 'hospital_package_name' end,
                    case when live.add_combination_id is distinct from shadow.add_combination_id then 'add_combination_id' end,
                    case when live.add_combination_name is distinct from shadow.add_combination_name then 'add_combination_name' end,
                    case when live.examination_fee is distinct from shadow.examination_fee then 'examination_fee' end,
                    case when live.order_status is distinct from shadow.order_status then 'order_status' end,
                    case when live.pay_type is distinct from shadow.pay_type then 'pay_type' end,
                    case when live.data_sources is distinct from shadow.data_sources then 'data_sources' end,
                    case when live.extra is distinct from shadow.extra then 'extra' end,
                    case when live.fingerprint is distinct from shadow.fingerprint then 'fingerprint' end,
                    case when live.delivery_id is distinct from shadow.delivery_id then 'delivery_id' end,
                    case when live.request_id is distinct from shadow.request_id then 'request_id' end,
                    case when live.recorded_at is distinct from shadow.recorded_at then 'recorded_at' end
                ],
                null
            )
        else '{}'
    end as columns
from warehouse.reservation_versions as live
full join (
    select versions.*, delivery.recorded_at
    from replay.reservation_versions as versions
    inner join etl.deliveries as delivery on delivery.delivery_id = versions.delivery_id
) as shadow
    on shadow.account = live.account
    and shadow.serial_number = live.serial_number
    and shadow.version = live.version
where
    shadow.account is null
    or live.account is null
    or live.valid_from is distinct from shadow.valid_from
    or live.valid_to is distinct from shadow.valid_to
    or live.change is distinct from shadow.change
    or live.person_id is distinct from shadow.person_id
    or live.erhc_no is distinct from shadow.erhc_no
    or live.name is distinct from shadow.name
    or live.card_type is distinct from shadow.card_type
    or live.idcard is distinct from shadow.idcard
    or live.birthdate is distinct from shadow.birthdate
    or live.sex_code is distinct from shadow.sex_code
    or live.is_pregnant is distinct from shadow.is_pregnant
    or live.married is distinct from shadow.married
    or live.mobile is distinct from shadow.mobile
    or live.hospital_code is distinct from shadow.hospital_code
    or live.hospital_name is distinct from shadow.hospital_name
    or live.check_date is distinct from shadow.check_date
    or live.hospital_package_id is distinct from shadow.hospital_package_id
    or live.hospital_package_name is distinct from shadow.hospital_package_name
    or live.add_combination_id is distinct from shadow.add_combination_id
    or live.add_combination_name is distinct from shadow.add_combination_name
    or live.examination_fee is distinct from shadow.examination_fee
    or live.order_status is distinct from shadow.order_status
    or live.pay_type is distinct from shadow.pay_type
    or live.data_sources is distinct from shadow.data_sources
    or live.extra is distinct from shadow.extra
    or live.fingerprint is distinct from shadow.fingerprint
    or live.delivery_id is distinct from shadow.delivery_id
    or live.request_id is distinct from shadow.request_id
    or live.recorded_at is distinct from shadow.recorded_at;
comment on view replay.differences is '影子历史与现行历史的差异，逐行 | Where the shadow and the live history differ, row by row';
comment on column replay.differences.account is '平台账号（医院） | Account with the platform';
comment on column replay.differences.serial_number is '平台预约ID | Reservation id of the platform';
comment on column replay.differences.version is '版本号 | Version';
comment on column replay.differences.kind is '仅现行 live_only、仅影子 replay_only、不同 different | live_only, replay_only or different';
comment on column replay.differences.live_check_date is '现行历史中的体检日期 | Date of the appointment in the live history';
comment on column replay.differences.replay_check_date is '影子历史中的体检日期 | Date of the appointment in the shadow';
comment on column replay.differences.columns is '不同的列名（不含取值） | Names of the columns that differ';

-- The journal. Entries of handoffs that were given before a swap are stored by it, as they were given; what the swap changes
-- in the fees of these deliveries is a correction, which belongs to the first delivery after them.
alter view finance.movements rename to version_movements;
comment on view finance.version_movements is '费用变动：由现行历史得出 | Fee movements, as the live history gives them';

create table finance.kept (
    account text primary key,
    last_delivery_id bigint not null,
    kept_at timestamptz not null default now()
);
comment on table finance.kept is '切换历史时已交接到的交付：此前的分录按已交接内容保存 | How far an account was handed over when its history was swapped: entries up to there are stored';
comment on column finance.kept.account is '平台账号（医院） | Account with the platform';
comment on column finance.kept.last_delivery_id is '已交接的最后交付 | Last delivery that was handed over';
comment on column finance.kept.kept_at is '保存时间 | Time';

create table finance.kept_movements (like finance.version_movements including comments);
create index kept_movements_delivery_idx on finance.kept_movements (account, delivery_id);
create index kept_movements_reservation_idx on finance.kept_movements (account, serial_number);
comment on table finance.kept_movements is '已交接的费用变动，按交接时内容保存 | Fee movements that were handed over, as they were';

create table finance.corrections (like finance.version_movements including comments);
alter table finance.corrections drop column delivery_id;
comment on table finance.corrections is '切换历史引起的更正，由下一批次交接 | What a swap changed in fees that were handed over: for the next handoff';

create view finance.movements as
select
    moved.account,
    moved.delivery_id,
    moved.serial_number,
    moved.version,
    moved.line_number,
    moved.entry_kind,
    moved.event,
    moved.event_at,
    moved.check_date,
    moved.check_month,
    moved.hospital_code,
    moved.hospital_name,
    moved.hospital_package_id,
    moved.hospital_package_name,
    moved.order_status,
    moved.pay_type,
    moved.data_sources,
    moved.amount_before,
    moved.amount_after,
    moved.amount
from finance.version_movements as moved
where not exists (
    select
    from finance.kept as kept
    where kept.account = moved.account
        and kept.last_delivery_id >= moved.delivery_id
)
union all
select
    moved.account,
    moved.delivery_id,
    moved.serial_number,
    moved.version,
    moved.line_number,
    moved.entry_kind,
    moved.event,
    moved.event_at,
    moved.check_date,
    moved.check_month,
    moved.hospital_code,
    moved.hospital_name,
    moved.hospital_package_id,
    moved.hospital_package_name,
    moved.order_status,
    moved.pay_type,
    moved.data_sources,
    moved.amount_before,
    moved.amount_after,
    moved.amount
from finance.kept_movements as moved
union all
select
    correction.account,
    next.delivery_id,
    correction.serial_number,
    correction.version,
    correction.line_number,
    correction.entry_kind,
    correction.event,
    correction.event_at,
    correction.check_date,
    correction.check_month,
    correction.hospital_code,
    correction.hospital_name,
    correction.hospital_package_id,
    correction.hospital_package_name,
    correction.order_status,
    correction.pay_type,
    correction.data_sources,
    correction.amount_before,
    correction.amount_after,
    correction.amount
from finance.corrections as correction
inner join finance.kept as kept on kept.account = correction.account
cross join lateral (
    select min(delivery.delivery_id) as delivery_id
    from etl.deliveries as delivery
    where delivery.account = kept.account
        and delivery.delivery_id > kept.last_delivery_id
) as next
where next.delivery_id is not null;
comment on view finance.movements is '费用变动：尚未编号的分录，含未交接的 | Fee movements: entries without a number, those not handed over yet included';
comment on column finance.movements.account is '平台账号（医院） | Account with the platform';
comment on column finance.movements.delivery_id is '来源交付 | Delivery that brought it';
comment on column finance.movements.serial_number is '平台预约ID | Reservation id of the platform';
comment on column finance.movements.version is '版本号 | Version that made it';
comment on column finance.movements.line_number is '行号：1 为原维度冲销，2 为现维度 | 1: taken out where it stood, 2: where it stands';
comment on column finance.movements.entry_kind is '分录类型：入账、调整、冲销 | posting, adjustment or reversal';
comment on column finance.movements.event is '业务事件 | What made the version';
comment on column finance.movements.event_at is '事件时间 | Start of the version';
comment on column finance.movements.check_date is '体检日期 | Date of the appointment';
comment on column finance.movements.check_month is '体检月份（当月一日） | Month of check_date, its first day';
comment on column finance.movements.hospital_code is '体检机构编码 | Hospital code';
comment on column finance.movements.hospital_name is '体检机构名称 | Hospital name';
comment on column finance.movements.hospital_package_id is '体检套餐编码 | Package code';
comment on column finance.movements.hospital_package_name is '体检套餐名称 | Package name';
comment on column finance.movements.order_status is '事件后的预约状态 | Status of the reservation after the event';
comment on column finance.movements.pay_type is '支付方式 | Way of payment';
comment on column finance.movements.data_sources is '数据来源 | Channel of the booking';
comment on column finance.movements.amount_before is '变动前金额（元） | Booked before, in yuan';
comment on column finance.movements.amount_after is '变动后金额（元） | Booked after, in yuan';
comment on column finance.movements.amount is '发生额（元） | What it moves, in yuan';

create or replace view finance.entries as
select
    handoff.account,
    handoff.handoff_number,
    handoff.first_entry_number - 1 + row_number() over (
        partition by handoff.account, handoff.handoff_number
        order by movement.delivery_id, movement.serial_number collate "C", movement.version, movement.line_number
    ) as entry_number,
    movement.entry_kind,
    movement.event,
    movement.event_at,
    movement.serial_number,
    movement.version,
    movement.hospital_code,
    movement.hospital_name,
    movement.check_date,
    movement.check_month,
    movement.hospital_package_id,
    movement.hospital_package_name,
    movement.order_status,
    movement.pay_type,
    movement.data_sources,
    movement.amount_before,
    movement.amount_after,
    movement.amount,
    movement.delivery_id
from finance.handoffs as handoff
inner join etl.deliveries as delivery
    on delivery.account = handoff.account
    and delivery.delivery_id between handoff.first_delivery_id and handoff.last_delivery_id
inner join finance.movements as movement
    on movement.delivery_id = delivery.delivery_id
    and movement.account = delivery.account;
