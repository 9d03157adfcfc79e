"""pyarrow: all files of a folder as one data set, and what the columns say of themselves. Arguments: folder, column of money."""

import sys

import pyarrow
import pyarrow.compute
import pyarrow.dataset

import canonical

folder, money = sys.argv[1:]
partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("check_month", pyarrow.string())]), flavor="hive")
table = pyarrow.dataset.dataset(folder, format="parquet", partitioning=partitioning).to_table()
said = {
    field.name: {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    for field in table.schema
}
canonical.report(
    ((field.name, str(field.type)) for field in table.schema),
    zip(*(column.to_pylist() for column in table.columns)),
    total=canonical.text(pyarrow.compute.sum(table[money]).as_py()),
    required=[field.name for field in table.schema if not field.nullable],
    said=said,
)
