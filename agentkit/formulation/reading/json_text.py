"""Reads JSON strictly: faults have a line, keys are never repeated, and there is no NaN."""

from __future__ import annotations

import json
from typing import Any

from agentkit.errors import FormulationError

__all__ = ["read_json_text"]


class _RepeatedKeyError(Exception):
    """Raised inside the parser, which does not say where it is."""


def read_json_text(text: str, where: str = "") -> Any:
    """What a JSON text holds. Raises `FormulationError` with the line where it is not JSON.

    >>> read_json_text('{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    >>> read_json_text('{"a": 1,\\n "b": }', "x.json")
    Traceback (most recent call last):
    agentkit.errors.FormulationError: x.json, line 2: this is not JSON: Expecting value
    """
    try:
        return json.loads(text, object_pairs_hook=_mapping, parse_constant=_no_figure)
    except json.JSONDecodeError as error:
        what, line = f"this is not JSON: {error.msg}", error.lineno
    except _RepeatedKeyError as error:
        key = str(error)
        what, line = f"the key {key!r} is given twice", _line_of_second(text, key)
    except RecursionError:
        what, line = "this is nested too deeply", 0
    except ValueError as error:  # NaN, or a figure with thousands of digits
        what, line = str(error), 0
    raise FormulationError(what, where=f"{where}, line {line}" if where and line else where)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return found


def _no_figure(name: str) -> Any:
    raise ValueError(f"{name} is no figure of JSON")


def _line_of_second(text: str, key: str) -> int:
    """The line of a key's second appearance, as far as a search for its text tells."""
    written = json.dumps(key, ensure_ascii=False)
    first = text.find(written)
    second = text.find(written, first + 1) if first >= 0 else -1
    return text.count("\n", 0, second) + 1 if second >= 0 else 0
