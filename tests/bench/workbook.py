"""A query's rows from PostgreSQL into an Excel workbook by DuckDB's extension.

Usage: workbook.py DATABASE_URL QUERY FILE.xlsx. Prints seconds, from the connection to the file's end, seconds of processor time
meanwhile, and rows.
"""

import sys
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent / "peers"))
import extensions

url, query, file = sys.argv[1:]
start, start_cpu = time.perf_counter(), time.process_time()
connection = duckdb.connect()
extensions.load(connection, "postgres_scanner")
extensions.load(connection, "excel")
connection.execute(f"attach '{url}' as warehouse (type postgres, read_only)")
copy = f"copy (from postgres_query('warehouse', $query${query}$query$)) to '{file}' (format xlsx, header true)"
rows = connection.execute(copy).fetchone()[0]
print(f"{time.perf_counter() - start:.4f} {time.process_time() - start_cpu:.4f} {rows}")
