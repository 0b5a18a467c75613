"""A file as lines of text: text as it stands, workbooks as CSV, JSON so that a record is a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from agentkit.errors import ToolError
from agentkit.tools.attachments import open_text
from agentkit.tools.records import read_json
from agentkit.tools.sheets import FileView

__all__ = ["text_lines"]

JSON_LINE = 120
"""Characters up to which an object or a list of JSON stands on one line."""


def text_lines(view: FileView) -> Iterator[str]:
    """The file as lines of text. Raises `ToolError` where it is neither text nor can be shown as such."""
    if view.kind == "parquet":
        mend = f"use query_tables; its table is {view.parquet_table}"
        raise ToolError("a Parquet table is not read as text", where=view.attachment.name, mend=mend)
    if view.kind == "xlsx":
        yield from _workbook_texts(view)
    elif view.kind == "json" and not view.problem:
        yield from _json_texts(read_json(view.attachment, lines=False))
    else:
        with open_text(view.attachment) as file:
            for line in file:
                yield line.rstrip("\r\n")


def _workbook_texts(view: FileView) -> Iterator[str]:
    if view.problem:
        raise ToolError(view.problem, where=view.attachment.name, mend="work without this file")
    for sheet in view.sheets:
        if sheet.label:
            yield f"[{sheet.label}]"
        for row in sheet.source():
            yield _csv_line(row)


def _json_texts(value: Any) -> Iterator[str]:
    """A line a record where it is a list of records, else broken only where a line would be too long."""
    if isinstance(value, list) and value and all(isinstance(record, dict) for record in value):
        for record in value:
            yield _dumped(record)
    else:
        yield from _broken(value, "", "", 0)


def _broken(value: Any, head: str, tail: str, depth: int) -> Iterator[str]:
    """A value between what stands before and behind it, on one line if it is short."""
    margin, whole = " " * depth, _dumped(value)
    if len(whole) <= JSON_LINE or not isinstance(value, (dict, list)):
        yield f"{margin}{head}{whole}{tail}"
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    yield f"{margin}{head}{opening}"
    parts = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for number, (key, item) in enumerate(parts, start=1):
        name = "" if key is None else f"{_dumped(key)}: "
        yield from _broken(item, name, "," if number < len(value) else "", depth + 1)
    yield f"{margin}{closing}{tail}"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_number)


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _csv_line(row: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(row)
    return written.getvalue().replace("\r\n", "⏎").replace("\n", "⏎")
