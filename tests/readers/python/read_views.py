"""The marts in the clients that people have. Arguments: the database's URL, the views. Prints what each client saw."""

import json
import sys

import adbc_driver_postgresql.dbapi
import pandas
import polars
import psycopg

url, *views = sys.argv[1:]


def by_psycopg(query):
    with psycopg.connect(url) as connection:
        cursor = connection.execute(query)
        columns = [column.name for column in cursor.description]
        return columns, [dict(zip(columns, row)) for row in cursor]


def by_pandas(query):
    with adbc_driver_postgresql.dbapi.connect(url) as connection:
        frame = pandas.read_sql(query, connection)
    return list(frame.columns), frame.astype(object).where(frame.notna(), None).to_dict("records")


def by_polars(engine):
    def read(query):
        frame = polars.read_database_uri(query, url, engine=engine)
        return frame.columns, frame.to_dicts()

    return read


clients = {
    "psycopg": by_psycopg,
    "pandas": by_pandas,
    "polars and ADBC": by_polars("adbc"),
    "polars and connectorx": by_polars("connectorx"),
}
seen = {}
for client, read in clients.items():
    for view in views:
        columns, rows = read(f"select * from {view}")
        # Per column, in how many rows it has a value.
        counts = {column: sum(row[column] is not None for row in rows) for column in columns}
        seen.setdefault(client, {})[view] = {"rows": len(rows), "values": counts}
json.dump(seen, sys.stdout)
