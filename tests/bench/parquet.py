"""The history's rows from PostgreSQL into Parquet, as fast as others do it: the same query as ours, one file per month.

Usage: parquet.py pyarrow|polars|duckdb DATABASE_URL QUERY.sql ACCOUNT FOLDER. Prints seconds, from the connection to the last file's
end, seconds of processor time meanwhile, and rows.
"""

import itertools
import queue
import sys
import threading
import time
from pathlib import Path

MONTHS = """
select date_trunc('month', check_date)::date, (date_trunc('month', check_date) + interval '1 month')::date
from warehouse.reservation_versions where account = '{}' group by 1, 2 order by 1
"""


def month_query(query, first, end):
    return query.replace("$2", f"'{first}'").replace("$3", f"'{end}'")


def path_of(folder, month):
    return f"{folder}/check_month={month:%Y-%m}.parquet"


def plain(schema):
    """Numbers of any size come as an opaque type that Parquet does not know; beneath it they are text."""
    return pyarrow.schema(
        [field.with_type(getattr(field.type, "storage_type", field.type)).with_metadata(None) for field in schema]
    )


def batches(connection, query, months):
    """The batches of every month. Rows come by COPY; a thread fetches the next ones while others are written."""
    ahead = queue.Queue(maxsize=4)

    def fetch():
        with connection.cursor() as cursor:
            for first, end in months:
                cursor.execute(month_query(query, first, end))
                for batch in cursor.fetch_record_batch():
                    schema = plain(batch.schema)
                    arrays = [getattr(column, "storage", column) for column in batch.columns]
                    ahead.put((first, pyarrow.RecordBatch.from_arrays(arrays, schema=schema)))
        ahead.put(None)

    threading.Thread(target=fetch, daemon=True).start()
    return iter(ahead.get, None)


def months_of(connection, account):
    with connection.cursor() as cursor:
        cursor.execute(MONTHS.format(account))
        return cursor.fetchall()


def with_pyarrow(url, query, account, folder):
    rows = 0
    writers = {}
    with adbc_driver_postgresql.dbapi.connect(url) as connection:
        for month, batch in batches(connection, query, months_of(connection, account)):
            if month not in writers:
                for writer in writers.values():
                    writer.close()
                writers[month] = pyarrow.parquet.ParquetWriter(path_of(folder, month), batch.schema, compression="zstd")
            writers[month].write_batch(batch)
            rows += batch.num_rows
        for writer in writers.values():
            writer.close()
    return rows


def with_polars(url, query, account, folder):
    """Its writer takes a whole month at once, and works on all cores."""
    rows = 0
    with adbc_driver_postgresql.dbapi.connect(url) as connection:
        fetched = batches(connection, query, months_of(connection, account))
        for month, group in itertools.groupby(fetched, key=lambda item: item[0]):
            frame = polars.from_arrow(pyarrow.Table.from_batches([batch for _, batch in group]))
            frame.write_parquet(path_of(folder, month), compression="zstd")
            rows += frame.height
    return rows


def with_duckdb(url, query, account, folder):
    rows = 0
    connection = duckdb.connect()
    extensions.load(connection, "postgres_scanner")
    connection.execute(f"attach '{url}' as warehouse (type postgres, read_only)")

    def remote(query):
        return f"postgres_query('warehouse', $query${query}$query$)"

    for first, end in connection.execute(f"from {remote(MONTHS.format(account))}").fetchall():
        source = remote(month_query(query, first, end))
        copy = f"copy (from {source}) to '{path_of(folder, first)}' (format parquet, compression zstd)"
        rows += connection.execute(copy).fetchone()[0]
    return rows


tool, url, query, account, folder = sys.argv[1:]
query = Path(query).read_text().replace("$1", f"'{account}'").replace("$4", "false")
# What a tool takes to start is not counted.
if tool == "duckdb":
    import duckdb

    sys.path.insert(0, str(Path(__file__).parent / "peers"))
    import extensions
else:
    import adbc_driver_postgresql.dbapi
    import polars
    import pyarrow
    import pyarrow.parquet
start, start_cpu = time.perf_counter(), time.process_time()
rows = {"pyarrow": with_pyarrow, "polars": with_polars, "duckdb": with_duckdb}[tool](url, query, account, folder)
print(f"{time.perf_counter() - start:.4f} {time.process_time() - start_cpu:.4f} {rows}")
