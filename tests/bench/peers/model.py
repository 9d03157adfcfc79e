"""The history as it should be, by the plainest means: a dictionary, one record after the other.

model.py pull BASE_URL FILE: keeps what the platform has waiting, and acknowledges nothing of it.
model.py compare DATABASE_URL TABLE FILE...: fails unless the table has just the versions that these deliveries give, in that order.
"""

import csv
import io
import json
import subprocess
import sys
from decimal import Decimal

from history import COLUMNS, NAMES
from zheliban import Platform


def pull(base_url, file):
    with open(file, "wb") as delivery:
        delivery.write(Platform(base_url).pull())


def expected(files):
    """By reservation and version, what psql writes of it."""
    versions, newest = {}, {}
    for file in files:
        with open(file, "rb") as delivery:
            # Digits stay as they were delivered.
            records = json.load(delivery, parse_float=Decimal, parse_int=Decimal)["result"] or []
        for record in records:
            content = [written(record.get(field), type_) for field, _, type_ in COLUMNS]
            version, before = newest.get(content[0], (0, None))
            if content != before:
                newest[content[0]] = version + 1, content
                versions[content[0], str(version + 1)] = content
    return versions


def written(value, type_):
    if value is None:
        return ""
    if type_ == "boolean":
        return "t" if value else "f"
    return f"{value:.2f}" if type_.startswith("numeric") else str(value)


def stored(database_url, table):
    """A version's end is the next one's beginning, or else it comes with a mark that no model has."""
    follows = "valid_from < valid_to and valid_to = coalesce(lead(valid_from) over w, 'infinity')"
    query = f"select version, {follows}, {NAMES} from {table} window w as (partition by serial_number order by version)"
    command = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", f"\\copy ({query}) to stdout (format csv)", database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as psql:
        lines = io.TextIOWrapper(psql.stdout, encoding="utf-8", newline="")
        rows = {(content[0], version): content if ok == "t" else None for version, ok, *content in csv.reader(lines)}
    if psql.returncode != 0:
        sys.exit("psql failed")
    return rows


def compare(database_url, table, *files):
    model, rows = expected(files), stored(database_url, table)
    differ = sum(model.get(key) != rows.get(key) for key in model.keys() | rows.keys())
    if differ or not model:
        sys.exit(f"{differ} versions differ: {table} has {len(rows)}, the model {len(model)}")


globals()[sys.argv[1]](*sys.argv[2:])
