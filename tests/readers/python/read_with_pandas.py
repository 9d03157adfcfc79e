"""pandas: a folder as one frame. Arguments: folder, column of money."""

import sys

import pandas

import canonical

folder, money = sys.argv[1:]
frame = pandas.read_parquet(folder)


def whole(value):
    """A whole number that pandas holds as a float, since there is a gap in its column."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


canonical.report(
    ((name, str(kind)) for name, kind in frame.dtypes.items()),
    (map(whole, row) for row in frame.itertuples(index=False, name=None)),
    total=canonical.text(frame[money].dropna().sum()),
)
