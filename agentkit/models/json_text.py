"""Finds JSON in what a model wrote: alone, in a code fence, or with words round it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

__all__ = ["json_in"]

_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)
_MOST_STARTS = 200
"""Looking further would take time that grows with the square of a text full of braces."""


def json_in(text: str) -> Iterator[Any]:
    """The JSON values in a text, the likeliest first: the whole of it, fenced ones, then the last ones.

    >>> list(json_in('Let me see. {"a": 1} is wrong, so {"a": 2}.'))
    [{'a': 2}, {'a': 1}]
    """
    whole = _parsed(text)
    if whole:
        yield whole[0]
        return
    fenced = [value for body in _FENCE.findall(text) for value in _parsed(body)]
    yield from reversed(fenced)
    yield from reversed(_scattered(_FENCE.sub("", text) if fenced else text))


def _parsed(text: str) -> list[Any]:
    """The value that a text is; nothing where it is none."""
    try:
        return [json.loads(text.strip(), parse_constant=_refuse)]
    except (ValueError, RecursionError):
        return []


def _scattered(text: str) -> list[Any]:
    """The outermost objects and arrays in a text, in order."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    found: list[Any] = []
    position = tries = 0
    while tries < _MOST_STARTS and (start := _next_start(text, position)) >= 0:
        tries += 1
        try:
            value, position = decoder.raw_decode(text, start)
            found.append(value)
        except (ValueError, RecursionError):
            position = start + 1
    return found


def _next_start(text: str, position: int) -> int:
    places = [place for place in (text.find("{", position), text.find("[", position)) if place >= 0]
    return min(places, default=-1)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
