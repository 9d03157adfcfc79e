"""polars: all files of a folder as one frame. Arguments: folder, column of money."""

import sys

import polars

import canonical

folder, money = sys.argv[1:]
frame = polars.scan_parquet(f"{folder}/*/*.parquet", hive_partitioning=True).collect()
canonical.report(
    ((name, str(kind)) for name, kind in frame.schema.items()),
    frame.iter_rows(),
    total=canonical.text(frame[money].sum()),
)
