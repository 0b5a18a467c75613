"""Reads attachments back, for the proofs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["cells", "query", "records", "sheet", "sheets", "text"]


def text(path: Path) -> str:
    """A file's text."""
    return path.read_text(encoding="utf-8")


def records(path: Path) -> list[dict[str, str]]:
    """The rows of a file of separated values, by column."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def sheets(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a workbook as values, by sheet."""
    from openpyxl import load_workbook

    return {page.title: list(page.iter_rows(values_only=True)) for page in load_workbook(path).worksheets}


def sheet(path: Path, title: str) -> list[tuple[Any, ...]]:
    """All rows of one sheet of a workbook, as values."""
    return sheets(path)[title]


def cells(path: Path, title: str, header: str) -> Iterator[dict[str, Any]]:
    """The rows of a sheet below the one that begins with this header, by column; empty rows are left out."""
    rows = iter(sheet(path, title))
    names = next(row for row in rows if row[0] == header)
    for row in rows:
        if any(value is not None for value in row):
            yield {str(name): value for name, value in zip(names, row, strict=True) if name is not None}


def query(sql: str, **paths: Path) -> list[tuple[Any, ...]]:
    """The rows that a SELECT gives over files, each a table by the name given here.

    Columns of separated values and of JSON are text, those of Parquet have their types.
    """
    import duckdb

    with duckdb.connect() as database:
        for name, path in paths.items():
            _load(database, name, path)
        return database.execute(sql).fetchall()


def _load(database: Any, name: str, path: Path) -> None:
    if path.suffix == ".parquet":
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{path}')")
    elif path.suffix in (".csv", ".tsv"):
        delimiter = "\t" if path.suffix == ".tsv" else ","
        database.execute(
            f"""CREATE TABLE {name} AS SELECT * FROM read_csv('{path}', all_varchar = true,
            header = true, delim = '{delimiter}', quote = '"', escape = '"')"""
        )
    else:
        found = text(path)
        rows = json.loads(found) if path.suffix == ".json" else list(map(json.loads, found.splitlines()))
        columns = list(dict.fromkeys(column for row in rows for column in row))
        listed = ", ".join(f'"{column}" VARCHAR' for column in columns)
        database.execute(f"CREATE TABLE {name} ({listed})")
        values = [[None if row.get(c) is None else str(row[c]) for c in columns] for row in rows]
        database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", values)
