"""DuckDB's extensions out of their packages: DuckDB itself would fetch them from its own server."""

from importlib import import_module
from pathlib import Path


def load(connection, name):
    folder = Path(import_module(f"duckdb_extension_{name}").__file__).parent
    (file,) = folder.glob(f"**/{name}.duckdb_extension")
    connection.load_extension(str(file))
