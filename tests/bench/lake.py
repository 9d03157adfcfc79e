"""Reads a lake by its pointer with DuckDB, over and over, while it is written: whatever is read must be one publication, whole.

Arguments: the warehouse's folder in the lake, and how many reads, of how many publications, are enough. Prints JSON: reads, publications
that were seen, and reads that found a file gone, which is allowed once the pointer has not named it for keep_hours. Ends with 1 at the
first mixture.
"""

import json
import os
import sys
import time

import duckdb

COUNTED = """
select
    (select count(*) from read_parquet($states)) as states,
    (select sum(states) from read_parquet($deliveries)) as promised,
    (
        select count(*)
        from (
            select delivery_id, count(distinct (account, serial_number, position)) as states, count(*) as rows
            from read_parquet($states) group by delivery_id
        ) as found
        full join (select delivery_id, states from read_parquet($deliveries) where states > 0) as ledger using (delivery_id)
        where found.states is distinct from ledger.states or found.rows is distinct from ledger.states
    ) as contradicted
"""


def main(lake: str, reads_enough: int, publications_enough: int) -> None:
    reads, gone, slowest, numbers = 0, 0, 0.0, set()
    while reads < reads_enough or len(numbers) < publications_enough:
        with open(f"{lake}/pointer.json", "rb") as file:
            pointer = json.load(file)
        states, deliveries = ([f"{lake}/{file['path']}" for file in pointer[part]] for part in ("states", "deliveries"))
        begin = time.monotonic()
        try:
            found = duckdb.execute(COUNTED, {"states": states, "deliveries": deliveries}).fetchone()
        except duckdb.IOException:
            if all(os.path.exists(path) for path in states + deliveries):
                raise
            gone += 1
            continue
        slowest = max(slowest, time.monotonic() - begin)
        rows = sum(file["rows"] for file in pointer["states"])
        if found != (rows, rows, 0):
            sys.exit(f"publication {pointer['number']} names {rows} states: states, promised, contradicted: {found}")
        reads += 1
        numbers.add(pointer["number"])
    print(json.dumps({"reads": reads, "publications": len(numbers), "gone": gone, "slowest": round(slowest, 3)}, separators=(",", ":")))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
