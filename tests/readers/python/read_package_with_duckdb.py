"""DuckDB: the files that a data package names as one table. Arguments: folder, column of money."""

import json
import pathlib
import sys

import duckdb

import canonical

folder, money = sys.argv[1:]
(package,) = pathlib.Path(folder).glob("_snapshots/*/datapackage.json")
files = [str(package.parent / file["path"]) for file in json.loads(package.read_text())["resources"]]
connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")
table = connection.sql(f"select * from read_parquet({files}, hive_partitioning = true)")
total = table.aggregate(f"sum({money}) as total").fetchall()[0][0]
canonical.report(
    zip(table.columns, map(str, table.types)),
    table.fetchall(),
    total=canonical.text(total),
)
