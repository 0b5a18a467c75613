"""Sees tables in attachments: which there are, what they are called in SQL, and their rows as text."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from agentkit.errors import ToolError
from agentkit.task import Attachment
from agentkit.tools.attachments import FileKind, file_kind, open_text
from agentkit.tools.records import json_tables, read_json, record_rows
from agentkit.tools.workbook import workbook_sheets

__all__ = ["FileView", "Sheet", "is_text_table", "quote_name", "survey"]

Row = list[str]
RowSource = Callable[[], Iterator[Row]]

_DELIMITERS = ",;\t|"

MOST_TITLES = 8
"""So many rows above a header are looked at."""

TEXT_TABLE_BYTES, TEXT_TABLE_LINES = 6_000, 60
"""From either on a text is a table too, a line a row: nobody wants to count in it by reading."""

_WORDS = """all analyse analyze and any array as asc asymmetric both by case cast check collate column
    constraint create default deferrable desc describe distinct do else end except false fetch for
    foreign from full glob group having ilike in initially inner intersect into is isnull join lambda
    lateral leading left like limit natural not notnull null offset on only or order outer pivot
    pivot_longer pivot_wider placing primary qualify references returning right select show similar
    some summarize symmetric table then to trailing true union unique unpivot using variadic verbose
    when where window with"""
_RESERVED = frozenset(_WORDS.split())
"""Words that SQL does not take for a name."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table in a file."""

    table: str
    """Its name in SQL."""
    label: str
    """Which part of the file it is (a sheet, a key); empty where the file is one table."""
    columns: tuple[str, ...]
    """Its columns, in order, no two alike."""
    has_header: bool
    """Whether the file names the columns; where not they are column1, column2 ..."""
    source: RowSource
    """Gives every row of text anew, the header and what stands above it included."""
    above: tuple[str, ...] = ()
    """Titles that stand above the header, a row each; no part of the table."""

    def rows(self) -> Iterator[Row]:
        """The rows below the header; a cell is text, empty where there is none. Raises `ToolError`."""
        return islice(self.source(), len(self.above) + self.has_header, None)


@dataclass(frozen=True, slots=True)
class FileView:
    """An attachment and the tables in it."""

    attachment: Attachment
    kind: FileKind
    sheets: tuple[Sheet, ...] = ()
    parquet_table: str = ""
    """For Parquet, which is not read as text: its name in SQL."""
    problem: str = ""
    """Why its tables cannot be read."""


@dataclass(frozen=True, slots=True)
class _Part:
    label: str
    source: RowSource
    named: bool = False
    """Whether the first row is known to name the columns."""


def survey(attachments: Sequence[Attachment]) -> tuple[FileView, ...]:
    """Look into every attachment for tables. An unreadable one is told by `problem`, nothing is raised."""
    taken: set[str] = set()
    return tuple(_look(attachment, taken) for attachment in attachments)


def is_text_table(attachment: Attachment) -> bool:
    """Whether a text has so many lines that it is a table too."""
    if attachment.size > TEXT_TABLE_BYTES:
        return True
    try:
        with open_text(attachment) as file:
            return sum(1 for _ in file) > TEXT_TABLE_LINES
    except ToolError:
        return False


def quote_name(name: str) -> str:
    """A name as SQL wants it: quoted only where it must be.

    >>> quote_name("amount"), quote_name("Order Date"), quote_name("order")
    ('amount', '"Order Date"', '"order"')
    """
    if re.fullmatch(r"[^\W\d]\w*", name, re.ASCII) and name.lower() not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def _look(attachment: Attachment, taken: set[str]) -> FileView:
    kind = file_kind(attachment)
    if kind == "parquet":
        return FileView(attachment, kind, parquet_table=_table_name(Path(attachment.name).stem, taken))
    try:
        parts = _parts(attachment, kind)
        sheets = [_sheet(attachment, part, len(parts) > 1, taken) for part in parts]
    except ToolError as error:
        # What is neither table nor text says so itself when it is read.
        return FileView(attachment, kind, problem="" if kind == "text" else error.what)
    return FileView(attachment, kind, sheets=tuple(s for s in sheets if s is not None))


def _parts(attachment: Attachment, kind: FileKind) -> list[_Part]:
    if kind == "text":
        return [_Part("", partial(_text_rows, attachment), True)] if is_text_table(attachment) else []
    if kind == "csv":
        return [_Part("", partial(_csv_rows, attachment))]
    if kind in ("json", "jsonl"):
        tables = json_tables(read_json(attachment, lines=kind == "jsonl"))
        return [_Part(label, partial(record_rows, records), True) for label, records in tables.items()]
    if kind == "xlsx":
        return [_Part(name, source) for name, source in workbook_sheets(attachment).items()]
    raise AssertionError(f"no tables are read out of {kind}")


def _sheet(attachment: Attachment, part: _Part, several: bool, taken: set[str]) -> Sheet | None:
    top = list(islice(part.source(), MOST_TITLES + 1))
    if not top:
        return None
    above = () if part.named else _titles(top)
    first = top[len(above)]
    stem = Path(attachment.name).stem
    table = _table_name(f"{stem}_{part.label}" if several else stem, taken)
    has_header = part.named or _is_header(first)
    columns = _column_names(first if has_header else [""] * len(first))
    return Sheet(table, part.label if several else "", columns, has_header, part.source, above)


def _titles(top: Sequence[Row]) -> tuple[str, ...]:
    """The leading rows with but one cell filled in, where a row with several follows them."""
    filled = [[cell for cell in row if cell] for row in top]
    wide = next((place for place, cells in enumerate(filled) if len(cells) > 1), 0)
    return tuple(cells[0] for cells in filled[:wide])


def _table_name(text: str, taken: set[str]) -> str:
    """A name that SQL takes without quotes and that no other table has."""
    name = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_") or "table"
    if name in _RESERVED:
        name = f"{name}_table"
    if name[0].isdigit():
        name = f"t_{name}"
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique


def _column_names(header: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    taken: set[str] = set()
    for position, cell in enumerate(header, start=1):
        base = " ".join(cell.split()) or f"column{position}"
        name, number = base, 2
        while name.lower() in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def _is_header(row: Sequence[str]) -> bool:
    """A first row names the columns unless a cell of it is a figure or a date (a year may head a column)."""
    for cell in row:
        if re.fullmatch(r"(19|20|21)\d\d", cell):
            continue
        if re.fullmatch(r"[-+]?\d[\d.,]*([eE][-+]?\d+)?|\d{4}-\d\d-\d\d.*|\d\d?[./]\d\d?[./]\d{2,4}", cell):
            return False
    return True


def _text_rows(attachment: Attachment) -> Iterator[Row]:
    """The lines of a text with their numbers, below a header."""
    with open_text(attachment) as file:
        yield ["line_no", "text"]
        for number, line in enumerate(file, start=1):
            yield [str(number), line.rstrip("\r\n")]


def _csv_rows(attachment: Attachment) -> Iterator[Row]:
    """Rows of a file of separated values; empty lines are left out, cells are stripped."""
    with open_text(attachment) as file:
        tabs = attachment.name.lower().endswith((".tsv", ".tab"))
        delimiter = "\t" if tabs else _delimiter(file.read(1 << 16))
        file.seek(0)
        try:
            for row in csv.reader(file, delimiter=delimiter):
                cells = [cell.strip() for cell in row]
                if any(cells):
                    yield cells
        except csv.Error as error:
            mend = "read it as text with read_file"
            raise ToolError(
                f"its rows cannot be told apart: {error}", where=attachment.name, mend=mend
            ) from error


def _delimiter(sample: str) -> str:
    """The mark that splits the first lines into equally many cells, and into most of them."""
    lines = sample.splitlines(keepends=True)[:30]
    if len(lines) > 1 and not lines[-1].endswith(("\n", "\r")):
        lines.pop()

    def evenness(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 1)

    try:
        return max(_DELIMITERS, key=evenness)
    except csv.Error:
        return ","
