"""A night as a good engineer writes it in an afternoon: orjson, psql's \\copy, SQL for the history, CSV."""

import csv
from operator import itemgetter

import orjson
from history import CREATE_HISTORY, CREATE_STAGE, FIELDS, MERGE, psql, wait, write_csv
from zheliban import arguments

platform, database_url, folder = arguments()
records = orjson.loads(platform.pull())["result"] or []
# Null and an empty text are written as nothing, which COPY reads as null.
load = psql(database_url, CREATE_HISTORY, CREATE_STAGE, "\\copy stage from pstdin (format csv)", MERGE)
csv.writer(load.stdin).writerows(map(itemgetter(*FIELDS), records))
wait(load)
platform.acknowledge({record["requestId"] for record in records})
write_csv(database_url, folder)
