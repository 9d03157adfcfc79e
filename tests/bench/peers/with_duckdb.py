"""The same night with DuckDB: its JSON reader, its PostgreSQL extension, SQL for the history, Parquet and CSV."""

import shutil

import duckdb
from extensions import load
from history import COLUMNS, CREATE_HISTORY, CREATE_STAGE, FIELDS, FINANCE_NAMES, HISTORY_NAMES, MERGE
from zheliban import arguments

platform, database_url, folder = arguments()
with open(f"{folder}/delivery.json", "wb") as file:
    file.write(platform.pull())

READ_AS = {"text": "varchar", "numeric(12,2)": "decimal(12, 2)"}
record = ", ".join(f'"{field}" {READ_AS.get(type_, type_)}' for field, _, type_ in COLUMNS)
connection = duckdb.connect()
load(connection, "postgres_scanner")
connection.execute(f"attach '{database_url}' as warehouse (type postgres)")


def execute(statements):
    connection.execute(f"call postgres_execute('warehouse', $${statements}$$, use_transaction = false)")


execute(CREATE_HISTORY)
execute("drop table if exists peer.stage;" + CREATE_STAGE.replace("temporary table stage", "unlogged table peer.stage"))
connection.execute("call pg_clear_cache()")
connection.execute(f"""
    create temporary table records as
    select unnest(result, recursive := true)
    from read_json(
        '{folder}/delivery.json', format = 'unstructured', maximum_object_size = 4000000000,
        columns = {{result: 'struct("requestId" varchar, {record})[]'}}
    )
""")
stage = ", ".join(f'"{field}"' for field in FIELDS)
connection.execute(f"insert into warehouse.peer.stage select {stage} from records")
execute("set search_path = peer;" + MERGE)
platform.acknowledge(row[0] for row in connection.execute('select distinct "requestId" from records').fetchall())

shutil.rmtree(f"{folder}/history", ignore_errors=True)
connection.execute(f"create temporary table history as select {HISTORY_NAMES} from warehouse.peer.history")
connection.execute(f"""
    copy (select *, strftime(check_date, '%Y-%m') as check_month from history)
    to '{folder}/history' (format parquet, compression zstd, partition_by check_month)
""")
connection.execute(f"""
    copy (select {FINANCE_NAMES} from history where valid_to = 'infinity' order by serial_number)
    to '{folder}/finance.csv' (format csv, header)
""")
