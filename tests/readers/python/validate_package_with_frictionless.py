"""Frictionless: whether a data package is one, and its files are what it says. Argument: the descriptor, or a changed copy beside it."""

import json
import pathlib
import sys

import frictionless
from frictionless.resources import FileResource

descriptor = pathlib.Path(sys.argv[1])
# As tables: it counts no bytes of Parquet, and would miss them.
report = frictionless.validate(str(descriptor), type="package", skip_errors=["byte-count"])
package = json.loads(descriptor.read_text())
# It reads Parquet through pandas, which makes floats of integers with gaps. (DuckDB and pyarrow see these as what they are.)
fields = [field for resource in package["resources"] for field in resource["schema"]["fields"]]
gaps = {field["name"] for field in fields if field["type"] == "integer" and not field["constraints"]["required"]}
errors = [
    f"{kind}: {note}"
    for kind, field, note in report.flatten(["type", "fieldName", "note"])
    if not (kind == "type-error" and field in gaps)
]
# As files, whatever is in them.
for resource in package["resources"]:
    file = FileResource(path=resource["path"], basepath=str(descriptor.parent), hash=resource["hash"], bytes=resource["bytes"])
    errors += [f"{error[0]}: {error[1]}" for error in file.validate().flatten(["type", "note"])]
print(
    json.dumps(
        {
            "resources": [task.name for task in report.tasks],
            "rows": [task.stats.get("rows") for task in report.tasks],
            "errors": errors,
        }
    )
)
