"""Reads a task's data files: JSON, CSV and other separated values, Excel workbooks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from agentkit.errors import FormulationError, TaskError, ToolError
from agentkit.formulation.reading.json_text import read_json_text
from agentkit.formulation.task_data import Row, TaskData
from agentkit.task import Attachment
from agentkit.tools.attachments import file_kind, open_text, size_text
from agentkit.tools.sheets import FileView, Sheet, survey
from agentkit.tools.workbook import workbook_sheets

__all__ = ["read_data", "task_data_of", "typed_rows"]

MOST_JSON_BYTES = 200 * 1024 * 1024
"""JSON must be held in memory as a whole."""

# Leading noughts matter in codes ("007"), so what has them is no figure.
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")

Rows = Callable[[], Sequence[Row]]


def read_data(paths: Iterable[str | os.PathLike[str]]) -> TaskData:
    """The data in these files.

    The value under a key of a JSON mapping goes by the key's name, and by `data.json/key`; a whole JSON file
    by its name with and without ending. A table goes by `costs.csv` and `costs`, a sheet of a workbook by
    `book.xlsx/Sheet1`, and where it is the only one by `book.xlsx` and `book`. What two files would call
    alike, they do not call so. Figures are figures, empty cells None; a column with anything else in it is
    text.

    Raises `FormulationError` for a file that cannot be read or holds no data, and for a key that two JSON
    files have.
    """
    try:
        attachments = tuple(Attachment.from_path(path) for path in paths)
    except TaskError as error:
        raise FormulationError(error.what, where=error.where, mend=error.mend) from error
    names = [attachment.name for attachment in attachments]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FormulationError("two data files have the same name", where=", ".join(twice), mend="rename one")
    for attachment in attachments:
        if file_kind(attachment) in ("text", "parquet"):
            mend = "JSON, CSV, TSV and XLSX hold data"
            raise FormulationError("this file holds no data", where=attachment.name, mend=mend)
    return _Collected().of(attachments)


def task_data_of(attachments: Sequence[Attachment]) -> TaskData:
    """The data among a task's attachments; documents are left aside. Raises `FormulationError`."""
    kept = [a for a in attachments if file_kind(a) not in ("text", "parquet")]
    return _Collected().of(kept)


def typed_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[Row]:
    """Rows of text as rows of values: a column of nothing but figures (and empty cells) becomes figures.

    Columns of true and false become 1 and 0, as sums want them. Cells beyond the last column are called
    `column3` and so on.

    >>> typed_rows(["id", "kg"], [["007", "2"], ["008", ""], ["009", "2.5", "x"]])[::2]
    [{'id': '007', 'kg': 2, 'column3': None}, {'id': '009', 'kg': 2.5, 'column3': 'x'}]
    """
    table = [list(row) for row in rows]
    width = max((len(row) for row in table), default=0)
    names = [*columns, *(f"column{n + 1}" for n in range(len(columns), width))]
    cells = [_typed([row[n] if n < len(row) else "" for row in table]) for n in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def _typed(cells: list[str]) -> list[Any]:
    filled = [cell for cell in cells if cell]
    if filled and all(_FLOAT.fullmatch(cell) for cell in filled):
        return [_figure(cell) if cell else None for cell in cells]
    if filled and all(cell.lower() in ("true", "false") for cell in filled):
        return [int(cell.lower() == "true") if cell else None for cell in cells]
    return [cell or None for cell in cells]


def _figure(cell: str) -> int | float:
    return int(cell) if _INTEGER.fullmatch(cell) and len(cell) < 19 else float(cell)


class _Collected:
    """Values and tables by their names, as files are looked into."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._tables: dict[str, Rows] = {}
        self._keys: dict[str, str] = {}
        """The file of each key of a JSON mapping."""
        self._short: dict[str, list[Any]] = {}
        """What goes by each name without ending."""

    def of(self, attachments: Sequence[Attachment]) -> TaskData:
        """All of them."""
        for attachment in attachments:
            kind = file_kind(attachment)
            if kind in ("json", "jsonl"):
                self._add_json(attachment, lines=kind == "jsonl")
            else:
                self._add_tables(survey([attachment])[0])
        for name, found in self._short.items():
            if len(found) == 1 and name not in self._values:
                (self._tables if callable(found[0]) else self._values)[name] = found[0]
        return TaskData(self._values, self._tables)

    def _add_json(self, attachment: Attachment, *, lines: bool) -> None:
        content = _json_of(attachment, lines=lines)
        self._values[attachment.name] = content
        self._short.setdefault(Path(attachment.name).stem, []).append(content)
        if not isinstance(content, dict):
            return
        for key, value in content.items():
            if key in self._keys:
                what = f"{key!r} is also in {self._keys[key]}"
                mend = "rename one of the keys, or give only one of the files"
                raise FormulationError(what, where=attachment.name, mend=mend)
            self._keys[key] = attachment.name
            self._values[key] = value

    def _add_tables(self, view: FileView) -> None:
        name, stem = view.attachment.name, Path(view.attachment.name).stem
        if view.problem:
            self._tables[name] = _refusal(name, view.problem)
            return
        titles = [sheet.label or _title(view) for sheet in view.sheets]
        for sheet, title in zip(view.sheets, titles, strict=True):
            rows = _reader(name, sheet)
            if title:
                self._tables[f"{name}/{title}"] = rows
                self._short.setdefault(f"{stem}/{title}", []).append(rows)
            if len(view.sheets) == 1:
                self._tables[name] = rows
                self._short.setdefault(stem, []).append(rows)


def _title(view: FileView) -> str:
    """The name of a workbook's only sheet; of other files none."""
    return next(iter(workbook_sheets(view.attachment))) if view.kind == "xlsx" else ""


def _reader(name: str, sheet: Sheet) -> Rows:
    @lru_cache(maxsize=1)
    def rows() -> Sequence[Row]:
        try:
            table = list(sheet.rows())
            if table and not sheet.has_header and _counts(table[0]):
                return typed_rows([table[0][0] or "column1", *table[0][1:]], table[1:])
            return typed_rows(sheet.columns, table)
        except ToolError as error:
            raise FormulationError(error.what, where=name, mend="save it anew") from error

    return rows


def _counts(row: Sequence[str]) -> bool:
    """Whether a first row is the header of a matrix: a word, then 0, 1, 2 … or 1, 2, 3 …"""
    if len(row) < 3 or _FLOAT.fullmatch(row[0]):
        return False
    return any(list(row[1:]) == [str(n) for n in range(first, first + len(row) - 1)] for first in (0, 1))


def _refusal(name: str, problem: str) -> Rows:
    def rows() -> Sequence[Row]:
        raise FormulationError(problem, where=name)

    return rows


def _json_of(attachment: Attachment, *, lines: bool) -> Any:
    name = attachment.name
    if attachment.size > MOST_JSON_BYTES:
        what = f"{size_text(attachment.size)} of JSON are too much"
        raise FormulationError(what, where=name, mend="use CSV files")
    try:
        with open_text(attachment) as file:
            if not lines:
                return read_json_text(file.read(), name)
            texts = [(n, line) for n, line in enumerate(file, start=1) if line.strip()]
    except ToolError as error:
        raise FormulationError(error.what, where=name) from error
    return [read_json_text(line, f"{name}, line {number}") for number, line in texts]
