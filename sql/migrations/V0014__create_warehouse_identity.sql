-- The warehouse has an identity of its own: the landing and export folders remember it, and another warehouse in its place is
-- refused. A backup that is restored is the same warehouse. One that was filled before this migration derives it from its
-- first run, so that a backup from before the migration becomes the same warehouse, too.

create table etl.warehouse (
    warehouse_id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now()
);
comment on table etl.warehouse is '本数据仓库的身份，只有一行 | The identity of this warehouse: one row';
comment on column etl.warehouse.warehouse_id is '仓库编号，落地目录和导出目录都记着它 | The warehouse''s id, which landing and export folders remember';
comment on column etl.warehouse.created_at is '编号产生的时间 | When the id was given';

create unique index warehouse_has_one_row on etl.warehouse ((true));

insert into etl.warehouse (warehouse_id)
select coalesce(
    (
        select
            encode(
                substring(
                    sha256(convert_to('tijian warehouse ' || runs.run_id || ' ' || extract(epoch from runs.started_at), 'UTF8'))
                    from 1 for 16
                ),
                'hex'
            )::uuid
        from etl.runs as runs
        order by runs.run_id
        limit 1
    ),
    gen_random_uuid()
);
