"""Reads dates as people write them, and refuses to guess."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from agentkit.errors import ToolInputError

__all__ = ["Moment", "parse_moment"]

MAX_CHARACTERS = 60

# Two moments that differ in every part: what a text leaves open shows by the two readings of it.
_ONE = datetime.datetime(2000, 1, 2)
_OTHER = datetime.datetime(2004, 4, 6, 7, 8, 9)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, and perhaps a time of day."""

    value: datetime.datetime
    """The date; at midnight where there is no time."""
    has_time: bool

    def text(self) -> str:
        """In ISO form, with the time only where there is one."""
        return self.value.isoformat(sep=" ") if self.has_time else self.value.date().isoformat()

    def with_time(self) -> Moment:
        """The same, with its time said."""
        return Moment(self.value, True)


def parse_moment(text: str, dayfirst: bool | None = None) -> Moment:
    """The date that a text says; `dayfirst` decides whether 03/04/2025 is in April.

    Raises `ToolInputError` for what is no date, is not a whole one, or may be either of two.

    >>> parse_moment("4 March 2025").text(), parse_moment("2025-03-04 09:30").text()
    ('2025-03-04', '2025-03-04 09:30:00')
    """
    cleaned = " ".join(text.split())
    if not cleaned or len(cleaned) > MAX_CHARACTERS:
        raise ToolInputError("this is no date", where=repr(text[:40]), mend="write it like 2025-03-04")
    if iso := _iso(cleaned):
        return iso
    if re.match(r"\d{4}\D", cleaned):
        # Nobody writes year, day, month.
        return _complete(cleaned, False)
    if dayfirst is not None:
        return _complete(cleaned, dayfirst)
    first, second = _complete_or_none(cleaned, True), _complete_or_none(cleaned, False)
    if first and second and first != second:
        mend = (
            f"write it as {first.value.date()} or {second.value.date()}, "
            "or set dayfirst=true for the former, dayfirst=false for the latter"
        )
        text = f"may be {_long(first)} or {_long(second)}"
        raise ToolInputError(text, where=cleaned, mend=mend)
    return first or second or _complete(cleaned, False)


def _iso(text: str) -> Moment | None:
    if not re.match(r"\d{4}-?\d\d-?\d\d(?!\d)", text):
        return None
    try:
        value = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return Moment(value, len(text) > 10)


def _long(moment: Moment) -> str:
    return f"{moment.value.day} {moment.value:%B %Y}"


def _complete_or_none(text: str, dayfirst: bool) -> Moment | None:
    try:
        return _complete(text, dayfirst)
    except ToolInputError:
        return None


def _complete(text: str, dayfirst: bool) -> Moment:
    first = _read(text, dayfirst, _ONE)
    second = _read(text, dayfirst, _OTHER)
    parts = ("year", "month", "day")
    if missing := [part for part in parts if getattr(first, part) != getattr(second, part)]:
        mend = "write it in full, like 2025-03-04"
        raise ToolInputError(f"this leaves open the {' and '.join(missing)}", where=text, mend=mend)
    return Moment(first, first.hour == second.hour)


def _read(text: str, dayfirst: bool, default: datetime.datetime) -> datetime.datetime:
    from dateutil import parser

    try:
        return parser.parse(text, dayfirst=dayfirst, default=default, tzinfos=_zone)
    except (parser.ParserError, OverflowError) as error:
        mend = "write it like 2025-03-04 or 2025-03-04 14:30+02:00"
        raise ToolInputError("this is no date", where=repr(text), mend=mend) from error


def _zone(name: str | None, offset: int | None) -> int | None:
    """The offset of a time zone in seconds. Names are refused: CST alone means three different ones."""
    if offset is None and name is not None:
        mend = "write its offset, such as +02:00"
        raise ToolInputError(f"the time zone {name} is not known here", where=name, mend=mend)
    return offset
