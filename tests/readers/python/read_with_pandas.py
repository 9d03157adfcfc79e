"""pandas: a folder as one frame. Arguments: folder, column of money."""

import sys

import pandas

import canonical

folder, money = sys.argv[1:]
frame = pandas.read_parquet(folder)
canonical.report(
    ((name, str(kind)) for name, kind in frame.dtypes.items()),
    frame.itertuples(index=False, name=None),
    total=canonical.text(frame[money].dropna().sum()),
)
