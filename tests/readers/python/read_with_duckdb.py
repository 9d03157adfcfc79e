"""DuckDB: all files of a folder as one table. Arguments: folder, column of money."""

import sys

import duckdb

import canonical

folder, money = sys.argv[1:]
connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")
table = connection.sql(f"select * from read_parquet('{folder}/*/*.parquet', hive_partitioning = true)")
total = table.aggregate(f"sum({money}) as total").fetchall()[0][0]
canonical.report(
    zip(table.columns, map(str, table.types)),
    table.fetchall(),
    total=canonical.text(total),
)
