"""Reads JSON and JSON Lines, and sees the tables in them: lists of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from agentkit.errors import ToolError
from agentkit.task import Attachment
from agentkit.tools.attachments import open_text, size_text

__all__ = ["json_tables", "read_json", "record_rows"]

MAX_JSON_BYTES = 200 * 1024 * 1024
"""Larger ones are refused: JSON must be held in memory as a whole."""


def read_json(attachment: Attachment, *, lines: bool) -> Any:
    """What a JSON file (or, with `lines`, a JSON Lines file) holds; numbers keep their decimals.

    Raises `ToolError` naming the line where it is not JSON.
    """
    if attachment.size > MAX_JSON_BYTES:
        text = f"{size_text(attachment.size)} of JSON are too much"
        raise ToolError(text, where=attachment.name, mend=f"at most {size_text(MAX_JSON_BYTES)}")
    with open_text(attachment) as file:
        if not lines:
            return _parse(attachment, file.read(), first_line=1)
        return [_parse(attachment, line, number) for number, line in enumerate(file, 1) if line.strip()]


def json_tables(value: Any) -> dict[str, Sequence[dict[str, Any]]]:
    """The lists of objects in it: itself (under ""), or those that it holds, by key.

    >>> json_tables([{"a": 1}]), json_tables({"page": 1, "items": [{"b": 2}]})
    ({'': [{'a': 1}]}, {'items': [{'b': 2}]})
    """
    if _is_table(value):
        return {"": value}
    if isinstance(value, dict):
        return {key: inner for key, inner in value.items() if _is_table(inner)}
    return {}


def record_rows(records: Sequence[dict[str, Any]]) -> Iterator[list[str]]:
    """Objects as rows of text, the union of their keys first; what is nested stays JSON.

    >>> list(record_rows([{"a": 1}, {"a": True, "b": [2]}]))
    [['a', 'b'], ['1', ''], ['true', '[2]']]
    """
    keys = list(dict.fromkeys(key for record in records for key in record))
    yield keys
    for record in records:
        yield [_cell(record.get(key)) for key in keys]


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and item for item in value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=float)


def _parse(attachment: Attachment, text: str, first_line: int) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        what = f"not valid JSON: {error.msg} in line {line}"
    except RecursionError:
        what = "not usable JSON: it is nested too deeply"
    raise ToolError(what, where=attachment.name, mend="read it as text with read_file")
