"""Holds the tables of a task's files in an in-memory DuckDB that can reach neither files nor network."""

from __future__ import annotations

import contextlib
import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.errors import ToolError
from agentkit.tools.sheets import FileView, Sheet, quote_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Column", "TableFacts", "TableStore", "load_tables", "look_into"]

MEMORY_LIMIT = "4GB"

MAX_DECIMALS = 8
"""Columns of figures with more decimals than this become floating point."""

FEW_VALUES, SOME_VALUES = 10, 3
"""A column of words with no more different values than the first is a matter of categories, and they are all
told; of any other column so many."""

MAX_LISTED = 40
"""Columns of a table that are named in a message."""

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET temp_directory = ''",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)

# Leading zeros matter in codes ("007"), so what has them is no number.
_INTEGER = r"-?(0|[1-9]\d{0,17})"
_DECIMAL = r"[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+)"
_FLOAT = rf"{_DECIMAL}([eE][-+]?\d{{1,3}})?"
_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as SQL sees it."""

    name: str
    type: str
    first: object
    """Its value in the first row; None where that is empty, or there is none."""
    nulls: int = 0
    """How many of its cells are empty."""
    distinct: int = 0
    """How many different values it has, empty cells left out."""
    values: tuple[tuple[str, int], ...] = ()
    """Of a column of words the commonest values, and how often each occurs: all where they are few."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table as SQL sees it."""

    columns: tuple[Column, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class TableStore:
    """The loaded tables."""

    connection: DuckDBPyConnection
    """Never run anything on it: take a `cursor()` for each query, so that none disturbs another."""
    tables: tuple[str, ...]
    """Each table as `name(column TYPE, ...)`."""
    problems: tuple[str, ...]
    """Files that hold tables which could not be read, and why."""

    def listing(self) -> str:
        """What can be queried, on one line."""
        tables = "; ".join(self.tables) or "none"
        return f"tables: {tables}" + "".join(f"; not readable: {problem}" for problem in self.problems)


def load_tables(views: Sequence[FileView]) -> TableStore:
    """Load every table, then lock the database: from then on SQL sees these tables and nothing else.

    Figures with up to 8 decimals become DECIMAL, so that sums of money are exact; what has leading
    zeros stays text, as do dates that are not in ISO form; empty cells are NULL.
    """
    import duckdb

    # A database of its own for every store: DuckDB shares a plain ":memory:" among nobody.
    connection = duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT, "threads": "1"})
    connection.execute("SET python_enable_replacements = false")
    tables: list[str] = []
    problems: list[str] = []
    for view in views:
        if view.problem:
            problems.append(f"{view.attachment.name} ({view.problem})")
        try:
            if view.parquet_table:
                _load_parquet(connection, view)
                tables.append(_described(connection, view.parquet_table))
            for sheet in view.sheets:
                _load_sheet(connection, sheet)
                tables.append(_described(connection, sheet.table))
        except ToolError as error:
            problems.append(f"{view.attachment.name} ({error.what})")
        except duckdb.Error as error:
            problems.append(f"{view.attachment.name} ({str(error).splitlines()[0]})")
    with contextlib.suppress(duckdb.CatalogException):  # older versions know no such setting, and need none
        # Models write x -> x + 1 as well, which newer versions only take if they are told to.
        connection.execute("SET GLOBAL lambda_syntax = 'ENABLE_SINGLE_ARROW'")
    for statement in _LOCKS:
        connection.execute(statement)
    return TableStore(connection, tuple(tables), tuple(problems))


def look_into(view: FileView) -> dict[str, TableFacts]:
    """What SQL will find in a file's tables, by table; nothing of a file that cannot be loaded."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT, "threads": "1"})
    found: dict[str, TableFacts] = {}
    try:
        if view.parquet_table:
            _load_parquet(connection, view)
            found[view.parquet_table] = _facts(connection, view.parquet_table)
        for sheet in view.sheets:
            _load_sheet(connection, sheet)
            found[sheet.table] = _facts(connection, sheet.table)
    except (ToolError, duckdb.Error):
        return {}
    finally:
        connection.close()
    return found


def _facts(connection: DuckDBPyConnection, table: str) -> TableFacts:
    kinds = connection.execute(f"DESCRIBE {table}").fetchall()
    first = connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone() or (None,) * len(kinds)
    counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    pairs = zip(kinds[:MAX_LISTED], first, strict=False)
    columns = tuple(_column(connection, table, kind[0], kind[1], value) for kind, value in pairs)
    rest = tuple(Column(kind[0], kind[1], None) for kind in kinds[MAX_LISTED:])
    return TableFacts(columns + rest, counted[0] if counted else 0)


def _column(connection: DuckDBPyConnection, table: str, name: str, kind: str, first: object) -> Column:
    quoted = '"' + name.replace('"', '""') + '"'
    found = connection.execute(
        f"SELECT count(*) - count({quoted}), count(DISTINCT {quoted}) FROM {table}"
    ).fetchone() or (0, 0)
    values: list[tuple[str, int]] = []
    if kind == "VARCHAR" and found[1]:
        most = FEW_VALUES if found[1] <= FEW_VALUES else SOME_VALUES
        values = connection.execute(
            f"SELECT {quoted}, count(*) FROM {table} WHERE {quoted} IS NOT NULL "
            f"GROUP BY {quoted} ORDER BY count(*) DESC, {quoted} LIMIT {most}"
        ).fetchall()
    return Column(name, kind, first, found[0], found[1], tuple(values))


def _load_parquet(connection: DuckDBPyConnection, view: FileView) -> None:
    path = [str(view.attachment.path)]
    connection.execute(f"CREATE TABLE {view.parquet_table} AS SELECT * FROM read_parquet(?)", path)


def _load_sheet(connection: DuckDBPyConnection, sheet: Sheet) -> None:
    """Through a plain CSV file of text: one way in for all kinds of file, and DuckDB's fast reader."""
    columns = list(sheet.columns)
    with tempfile.TemporaryDirectory(prefix="agentkit-tables-") as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for row in sheet.rows():
                # A row longer than the header gets columns without a name of their own.
                while len(row) > len(columns):
                    columns.append(_free_name(columns))
                # An empty only cell would be written as an empty line, which readers skip.
                writer.writerow(row + [""] * (2 - len(row)))
        named = {name: "VARCHAR" for name in columns}
        if len(columns) == 1:
            named[_free_name(columns)] = "VARCHAR"
        connection.execute(
            """CREATE OR REPLACE TEMP TABLE raw_rows AS SELECT * FROM read_csv(?, columns = ?,
            auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
            null_padding = true, parallel = false, max_line_size = 16777216)""",
            [str(path), named],
        )
    try:
        picked = ", ".join(_typed(connection, column) for column in columns)
        connection.execute(f"CREATE TABLE {sheet.table} AS SELECT {picked} FROM raw_rows ORDER BY rowid")
    finally:
        connection.execute("DROP TABLE raw_rows")


def _free_name(columns: Sequence[str]) -> str:
    taken = {column.lower() for column in columns}
    number = len(columns) + 1
    while f"column{number}" in taken:
        number += 1
    return f"column{number}"


def _typed(connection: DuckDBPyConnection, column: str) -> str:
    """The column, cast to the narrowest type that holds all of its cells without changing what they say."""
    name = '"' + column.replace('"', '""') + '"'

    def every(pattern: str) -> str:
        return f"bool_and(regexp_full_match({name}, '{pattern}'))"

    def longest(pattern: str) -> str:
        return f"max(length(regexp_extract({name}, '{pattern}', 1)))"

    found = connection.execute(
        f"""WITH facts AS (
            SELECT {longest("^[-+]?([0-9]*)")} AS whole, {longest("[.]([0-9]*)$")} AS decimals,
                {every(_INTEGER)} AS is_integer, {every(_DECIMAL)} AS is_decimal,
                {every(_FLOAT)} AND bool_or(regexp_matches({name}, '[.eE]')) AS is_float,
                {every(_DATE)} AND bool_and(TRY_CAST({name} AS DATE) IS NOT NULL) AS is_date,
                {every(_TIME)} AND bool_and(TRY_CAST({name} AS TIMESTAMP) IS NOT NULL) AS is_timestamp,
                bool_and(lower({name}) IN ('true', 'false')) AS is_boolean
            FROM raw_rows WHERE {name} IS NOT NULL)
        SELECT CASE
            WHEN is_integer THEN 'BIGINT'
            WHEN is_decimal AND decimals BETWEEN 1 AND {MAX_DECIMALS} AND whole + decimals <= 18
                THEN format('DECIMAL(18, {{}})', decimals)
            WHEN is_float THEN 'DOUBLE'
            WHEN is_date THEN 'DATE'
            WHEN is_timestamp THEN 'TIMESTAMP'
            WHEN is_boolean THEN 'BOOLEAN'
            ELSE 'VARCHAR' END
        FROM facts"""
    ).fetchone()
    assert found is not None  # an aggregate always has one row
    return f"CAST({name} AS {found[0]}) AS {name}"


def _described(connection: DuckDBPyConnection, table: str) -> str:
    rows = connection.execute(f"DESCRIBE {table}").fetchall()
    columns = [f"{quote_name(row[0])} {row[1]}" for row in rows[:MAX_LISTED]]
    if len(rows) > MAX_LISTED:
        columns.append(f"and {len(rows) - MAX_LISTED} more")
    return f"{table}({', '.join(columns)})"
