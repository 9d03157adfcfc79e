"""The history's rows from PostgreSQL into Parquet, as fast as pyarrow does it: the same query as ours, one file per month.

Usage: parquet.py DATABASE_URL QUERY.sql ACCOUNT FOLDER. Prints seconds, from the connection to the last file's end, and
rows. Rows come as Arrow batches by COPY; a thread fetches the next ones while this one writes.
"""

import queue
import sys
import threading
import time
from pathlib import Path

import adbc_driver_postgresql.dbapi
import pyarrow
import pyarrow.parquet

MONTHS = """
select date_trunc('month', check_date)::date, (date_trunc('month', check_date) + interval '1 month')::date
from warehouse.reservation_versions where account = $1 group by 1, 2 order by 1
"""


def plain(schema):
    """Numbers of any size come as an opaque type that Parquet does not know; beneath it they are text."""
    return pyarrow.schema(
        [field.with_type(getattr(field.type, "storage_type", field.type)).with_metadata(None) for field in schema]
    )


def batches(connection, query, months):
    """The batches of every month, fetched ahead."""
    ahead = queue.Queue(maxsize=4)

    def fetch():
        with connection.cursor() as cursor:
            for first, end in months:
                cursor.execute(query.replace("$2", f"'{first}'").replace("$3", f"'{end}'"))
                reader = cursor.fetch_record_batch()
                for batch in reader:
                    ahead.put((first, batch))
        ahead.put(None)

    threading.Thread(target=fetch, daemon=True).start()
    return iter(ahead.get, None)


def main():
    url, query, account, folder = sys.argv[1:]
    query = Path(query).read_text().replace("$1", f"'{account}'").replace("$4", "false")
    start = time.perf_counter()
    rows = 0
    writers = {}
    with adbc_driver_postgresql.dbapi.connect(url) as connection:
        with connection.cursor() as cursor:
            cursor.execute(MONTHS.replace("$1", f"'{account}'"))
            months = cursor.fetchall()
        for month, batch in batches(connection, query, months):
            schema = plain(batch.schema)
            if month not in writers:
                for writer in writers.values():
                    writer.close()
                path = Path(folder) / f"check_month={month:%Y-%m}.parquet"
                writers[month] = pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")
            arrays = [getattr(column, "storage", column) for column in batch.columns]
            writers[month].write_batch(pyarrow.RecordBatch.from_arrays(arrays, schema=schema))
            rows += batch.num_rows
        for writer in writers.values():
            writer.close()
    print(f"{time.perf_counter() - start:.4f} {rows}")


main()
