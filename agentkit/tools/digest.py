"""Says in one line a file what a task's attachments are, for prompts and for `list_files`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from agentkit.errors import ToolError
from agentkit.task import Attachment
from agentkit.tools.attachments import open_text, size_text
from agentkit.tools.sheets import FileView, Sheet, quote_name, survey
from agentkit.tools.table_store import Column, TableFacts, look_into
from agentkit.tools.text_lines import text_lines

__all__ = ["WHOLE_IN_ALL", "describe_files", "describe_view", "surveyed"]

MAX_COLUMNS = 40
"""More columns than this are only counted."""

FIRST_LINES, MAX_LINE = 4, 160
"""Lines of a long text that are shown, and characters of each."""

MAX_EXAMPLE = 24
"""Characters of a column's example."""

WHOLE_FILE, WHOLE_IN_ALL = 6_000, 10_000
"""Characters up to which a file is given whole, and all such files together: whoever works with a small file
reads it anyway, and a turn in which it only does that costs more than the file."""

MAX_WHOLE_BYTES = 64_000
"""Larger files are not even looked at: a workbook is packed, but not by that much."""

TYPED_BYTES = 2 * 1024 * 1024
"""Larger files are not loaded merely to tell their columns' types."""

COUNTED_BYTES = 50 * 1024 * 1024
"""In larger files rows and lines are not counted, as that takes seconds."""


def describe_files(
    attachments: Sequence[Attachment], *, examples: bool = False, room: int = WHOLE_IN_ALL
) -> str:
    """One short line a file: its name, what it is, how long; for tables their SQL names and columns.

    With `examples` each column has its type and its value in the first row, and small files are given
    whole while there is `room` (in characters), which saves whoever works with them a look. Always the
    same for the same files. Never raises for a file that cannot be read: its line says why. Large files
    take seconds the first time.
    """
    return _described(tuple(attachments), examples, room if examples else 0)


@lru_cache(maxsize=64)
def _described(attachments: tuple[Attachment, ...], examples: bool, room: int) -> str:
    lines = []
    for view in survey(attachments):
        text = _whole(view, min(WHOLE_FILE, room))
        room -= len(text or "")
        line = describe_view(view, typed=examples, examples=examples and text is None)
        gap = "\n" if "\n" in line else "; "
        lines.append(line if text is None else f"{line}{gap}in full:\n{text}")
    return "\n".join(lines)


def _whole(view: FileView, most: int) -> str | None:
    """A small file's text; None for what is no text, empty, or longer than it may be."""
    if view.attachment.size > MAX_WHOLE_BYTES or view.parquet_table:
        return None
    try:
        if view.kind in ("xlsx", "json"):
            text = "\n".join(text_lines(view)).strip()
        else:
            with open_text(view.attachment) as file:
                text = file.read().strip()
    except ToolError:
        return None
    return text if 0 < len(text) <= most else None


def surveyed(attachments: Sequence[Attachment], cache: dict[str, Any]) -> tuple[FileView, ...]:
    """The survey of these attachments, made once in the life of the cache."""
    key = "survey:" + ",".join(f"{a.name}={a.sha256}" for a in attachments)
    views: tuple[FileView, ...] | None = cache.get(key)
    if views is None:
        views = cache[key] = survey(attachments)
    return views


def describe_view(
    view: FileView, *, with_size: bool = False, typed: bool = False, examples: bool = False
) -> str:
    """The line (for several sheets: lines) of one file; `typed` has every column's type, as SQL sees it."""
    name = view.attachment.name
    head = f"{name} ({size_text(view.attachment.size)})" if with_size else name
    if view.problem and view.kind == "xlsx":
        return f"{head}: unreadable: {view.problem}"
    facts = look_into(view) if typed and view.attachment.size <= TYPED_BYTES else {}
    if view.parquet_table and view.parquet_table not in facts:
        table = view.parquet_table
        return f"{head}: table {table} (Parquet; DESCRIBE {table} tells its columns)"
    try:
        if view.parquet_table:
            return f"{head}: {_table(view.parquet_table, facts[view.parquet_table], examples)}"
        if not view.sheets:
            return f"{head}: {_text_size(view)}"
        with_values = examples and view.kind != "text"
        told = [_sheet(view, sheet, facts.get(sheet.table), with_values) for sheet in view.sheets]
    except ToolError as error:
        return f"{head}: unreadable: {error.what}"
    if view.kind == "text":
        first = f"; begins:\n{_first_lines(view)}" if examples else ""
        return f"{head}: {_text_size(view)}; in SQL {told[0]}{first}"
    if len(told) == 1:
        return f"{head}: {told[0]}"
    return "\n".join((f"{head}: {len(told)} tables", *(f"  {line}" for line in told)))


def _text_size(view: FileView) -> str:
    if view.attachment.size == 0:
        return "empty"
    if view.kind == "xlsx":
        return "a workbook without any cells filled in"
    note = f" ({view.problem})" if view.problem else ""
    with open_text(view.attachment) as file:
        if view.attachment.size > COUNTED_BYTES:
            return f"text{note}"
        lines = sum(1 for _ in file)
    return f"text{note}, {_count(lines, 'line')}"


def _first_lines(view: FileView) -> str:
    """The beginning of a text that is not given whole."""
    with open_text(view.attachment) as file:
        return "\n".join(_cut(line.rstrip("\r\n"), MAX_LINE) for line in islice(file, FIRST_LINES))


def _sheet(view: FileView, sheet: Sheet, facts: TableFacts | None, examples: bool) -> str:
    label = f" (sheet or key {sheet.label!r})" if sheet.label else ""
    above = f" (above it: {_example(' / '.join(sheet.above))})" if sheet.above else ""
    header = "" if sheet.has_header else " (the file has no header row)"
    if facts is not None:
        return f"{_table(sheet.table, facts, examples, label)}{above}{header}"
    rows = ""
    if view.attachment.size <= COUNTED_BYTES:
        rows = f", {_count(sum(1 for _ in sheet.rows()), 'row')}"
    return (
        f"table {sheet.table}{label}{rows}: {_listed([quote_name(c) for c in sheet.columns])}{above}{header}"
    )


def _table(name: str, facts: TableFacts, examples: bool, label: str = "") -> str:
    """A table with the types of its columns, and perhaps their values in the first row."""
    columns = [f"{quote_name(c.name)} {c.type}" for c in facts.columns]
    if examples and facts.rows:
        pairs = zip(columns, facts.columns, strict=True)
        columns = [f"{text} ({_content(c)})" for text, c in pairs]
    return f"table {name}{label}, {_count(facts.rows, 'row')}: {_listed(columns)}"


def _content(column: Column) -> str:
    """What is in a column: all its values where they are few words, else some of them, else the first."""
    told = _example("NULL" if column.first is None else column.first)
    if 1 < column.distinct == len(column.values):
        told = ", ".join(f"{_example(value)} {count}" for value, count in column.values)
    elif column.values and (column.nulls or column.values[0][1] > 1):
        told = ", ".join(_example(value) for value, _ in column.values)
        told += f" … {column.distinct:,} different"
    return f"{told}; {column.nulls:,} NULL" if column.nulls else told


def _listed(columns: Sequence[str]) -> str:
    more = len(columns) - MAX_COLUMNS
    return ", ".join(columns[:MAX_COLUMNS]) + (f", and {more} more columns" if more > 0 else "")


def _example(value: object) -> str:
    return _cut(" ".join(str(value).split()), MAX_EXAMPLE)


def _cut(text: str, most: int) -> str:
    return f"{text[:most]}…" if len(text) > most else text


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
