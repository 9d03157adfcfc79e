"""The delivery as polars reads it."""

import polars
from history import COLUMNS

READ_AS = {"boolean": polars.Boolean, "numeric(12,2)": polars.Decimal(12, 2)}


def read(answer):
    """The numbers of its requests, and its records as the history has them."""
    record = {"requestId": polars.String} | {field: READ_AS.get(type_, polars.String) for field, _, type_ in COLUMNS}
    envelope = {"result": polars.List(polars.Struct(record))}
    records = polars.read_json(answer, schema=envelope).explode("result").unnest("result")
    # Without reservations, the envelope is one row of null.
    records = records.filter(polars.col("serialNumber").is_not_null())
    stage = records.select(
        polars.col(field).str.to_date().alias(name) if type_ == "date" else polars.col(field).alias(name)
        for field, name, type_ in COLUMNS
    )
    return records["requestId"].unique(), stage
