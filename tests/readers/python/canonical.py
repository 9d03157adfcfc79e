"""One text per value, the same whichever program read it: what the tests compare with SQL."""

import datetime
import decimal
import json
import math

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def text(value):
    """Instants as microseconds since the epoch, everything else as PostgreSQL writes it."""
    if value is None or value != value:  # NaN and NaT are not themselves
        return None
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        assert value.tzinfo is not None, "an instant without its zone"
        return str((value - EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, float):
        assert not math.isnan(value)
        raise TypeError("a binary float: something lost its type")
    return str(value)


def report(types, rows, **more):
    """Prints what a reader saw: `types` by column, `rows` as lists of values."""
    rows = [[text(value) for value in row] for row in rows]
    print(json.dumps({"types": dict(types), "rows": rows, **more}, ensure_ascii=True))
