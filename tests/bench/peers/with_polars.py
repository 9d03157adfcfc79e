"""The same night with polars: its JSON reader, ADBC into PostgreSQL and back, SQL for the history, Parquet and CSV."""

import adbc_driver_postgresql.dbapi as adbc
import polars
from history import CREATE_HISTORY, FINANCE_NAMES, HISTORY_NAMES, MERGE
from reading import read
from zheliban import arguments

platform, database_url, folder = arguments()
request_ids, stage = read(platform.pull())

with adbc.connect(database_url, autocommit=True) as connection, connection.cursor() as cursor:

    def execute(statements):
        for statement in filter(str.strip, statements.split(";")):
            cursor.execute(statement)

    execute(CREATE_HISTORY)
    cursor.adbc_ingest("stage", stage.to_arrow(), temporary=True)
    execute(MERGE)
    platform.acknowledge(request_ids)

    # What ADBC has no type for comes as text.
    names = HISTORY_NAMES.replace("examination_fee", "examination_fee::text")
    names = names.replace("valid_to", "nullif(valid_to, 'infinity') as valid_to")
    cursor.execute(f"select {names}, to_char(check_date, 'YYYY-MM') as check_month from peer.history")
    history = polars.from_arrow(cursor.fetch_arrow_table())
history = history.with_columns(polars.col("examination_fee").cast(polars.Decimal(12, 2)))
history.write_parquet(f"{folder}/history", partition_by="check_month", compression="zstd")
current = history.filter(polars.col("valid_to").is_null()).sort("serial_number")
current.select(FINANCE_NAMES.split(", ")).write_csv(f"{folder}/finance.csv")
