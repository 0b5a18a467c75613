"""Writes attachments of every kind as bytes, the same bytes every time."""

from __future__ import annotations

import csv
import datetime
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

__all__ = [
    "SheetPlan",
    "json_file",
    "json_lines",
    "parquet_file",
    "prose",
    "separated",
    "text_lines",
    "workbook",
]

_EPOCH = (2024, 1, 1, 0, 0, 0)
"""When every workbook was made, and every file in it, by what it says itself."""


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """A sheet of a workbook."""

    title: str
    """What its tab says."""
    rows: Sequence[Sequence[object]]
    """Its cells; None leaves one empty, an empty row leaves a line empty."""
    merged: tuple[str, ...] = ()
    """Ranges that are one cell, such as `A1:E1`."""


def separated(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> bytes:
    """A table of separated values; None is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue().encode()


def text_lines(lines: Iterable[str]) -> bytes:
    """A text, given line by line."""
    return "".join(f"{line}\n" for line in lines).encode()


def prose(text: str) -> bytes:
    """A text as it stands in the source, less its indentation."""
    return f"{dedent(text).strip()}\n".encode()


def json_file(value: object) -> bytes:
    """A JSON document."""
    return f"{json.dumps(value, ensure_ascii=False, indent=1)}\n".encode()


def json_lines(records: Iterable[Mapping[str, object]]) -> bytes:
    """One JSON object a line."""
    return text_lines(json.dumps(record, ensure_ascii=False) for record in records)


def workbook(*sheets: SheetPlan) -> bytes:
    """An Excel workbook; the first row of cells that is not merged is set in bold."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.worksheets[0])
    for plan in sheets:
        sheet = book.create_sheet(plan.title)
        for number, row in enumerate(plan.rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is not None:
                    sheet.cell(number, column, value)
        for cells in plan.merged:
            sheet.merge_cells(cells)
        for cell in sheet[len(plan.merged) + 1]:
            cell.font = Font(bold=True)
    book.properties.creator = "agentkit"
    book.properties.created = datetime.datetime(*_EPOCH)
    written = io.BytesIO()
    book.save(written)
    return _without_clock(written.getvalue())


def _without_clock(archive: bytes) -> bytes:
    """The same workbook without the hour of its writing; not packed, as packers differ."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(written, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _fixed_times(content)
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system = 3
            new.writestr(entry, content)
    return written.getvalue()


def _fixed_times(properties: bytes) -> bytes:
    """A workbook's properties, modified when it was created; saving puts the present time there."""
    head, opening, rest = properties.partition(b"<dcterms:modified")
    inside, closing, tail = rest.partition(b"</dcterms:modified>")
    moment = datetime.datetime(*_EPOCH).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return head + opening + inside.partition(b">")[0] + b">" + moment + closing + tail


def parquet_file(columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> bytes:
    """A Parquet table: its columns by name with their SQL types. Bytes also depend on DuckDB's version."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="agentkit-parquet-") as folder, duckdb.connect() as database:
        source, target = Path(folder) / "rows.csv", Path(folder) / "rows.parquet"
        source.write_bytes(separated(list(columns), rows))
        database.execute("SET threads = 1")
        database.execute(
            "CREATE TABLE t AS SELECT * FROM read_csv(?, header = true, delim = ',', columns = ?)",
            [str(source), dict(columns)],
        )
        database.execute(f"COPY t TO '{target}' (FORMAT parquet, COMPRESSION snappy)")
        return target.read_bytes()
