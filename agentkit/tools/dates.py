"""`date_math`: differences, shifts and calendar facts, which models get wrong."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Literal

from agentkit.errors import ToolInputError
from agentkit.tools.date_parsing import Moment, parse_moment
from agentkit.tools.tool import tool

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

__all__ = ["DateOperation", "date_math"]

DateOperation = Literal["difference", "shift", "describe"]
"""What to do: compare two dates; move a date; tell the facts of a date."""

MAX_WORKDAYS = 100_000

_UNITS = {
    "y": "years",
    "year": "years",
    "month": "months",
    "mo": "months",
    "w": "weeks",
    "week": "weeks",
    "d": "days",
    "day": "days",
    "h": "hours",
    "hour": "hours",
    "min": "minutes",
    "minute": "minutes",
    "s": "seconds",
    "sec": "seconds",
    "second": "seconds",
    "workday": "workdays",
    "business day": "workdays",
    "working day": "workdays",
}
_PIECE = re.compile(r"([-+])?\s*(\d{1,9})\s*(business days?|working days?|[a-z]+)[\s,]*(?:and\s+)?")


@tool
def date_math(
    operation: DateOperation, date: str, other: str = "", amount: str = "", dayfirst: bool | None = None
) -> str:
    """Compute with dates and times; workdays are Monday to Friday.

    difference: from `date` to `other` in days, years/months/days and workdays. shift: `date` plus `amount`.
    describe: weekday, ISO week, day of the year, quarter.

    Args:
        amount: "3 months", "-10 days", "5 workdays".
        dayfirst: Whether 03/04/2025 is 3 April.
    """
    moment = parse_moment(date, dayfirst)
    if operation == "difference":
        if not other.strip():
            raise ToolInputError("there is no second date", where="other", mend="give both dates")
        return _difference(moment, parse_moment(other, dayfirst))
    if operation == "shift":
        return _shift(moment, amount)
    return _describe(moment)


def _difference(first: Moment, second: Moment) -> str:
    from dateutil.relativedelta import relativedelta

    if first.has_time != second.has_time:
        first, second = first.with_time(), second.with_time()
    if (first.value.tzinfo is None) != (second.value.tzinfo is None):
        mend = "give both a UTC offset (+02:00) or neither"
        raise ToolInputError("only one of the times has a time zone", where="difference", mend=mend)
    span = second.value - first.value
    # In one time zone: a month between two clocks has no meaning.
    later = second.value.astimezone(first.value.tzinfo) if first.value.tzinfo else second.value
    parts = _parts(relativedelta(later, first.value))
    seconds = abs(span) // datetime.timedelta(seconds=1)
    sign = "-" if span < datetime.timedelta(0) else ""
    days, rest = divmod(seconds, 86_400)
    lines = [f"from {first.text()} to {second.text()}: {sign}{_count(days, 'day')}{_clock(rest)}"]
    if parts not in ("0 days", f"{sign}{_count(days, 'day')}"):
        lines.append(f"= {parts}")
    if first.has_time:
        lines.append(f"= {sign}{seconds:,} seconds")
    begin, end = sorted((first.value.date(), later.date()))
    after = _workdays(begin, end)
    both = after + (begin.weekday() < 5)
    lines.append(f"workdays: {after} after {begin} up to and including {end}; {both} counting both ends")
    return "\n".join(lines)


def _clock(seconds: int) -> str:
    if not seconds:
        return ""
    hours, rest = divmod(seconds, 3600)
    return f" {hours:02}:{rest // 60:02}:{rest % 60:02} (h:min:s)"


def _parts(span: relativedelta) -> str:
    names = ("years", "months", "days", "hours", "minutes", "seconds")
    amounts = [(getattr(span, name), name[:-1]) for name in names]
    return ", ".join(_count(amount, name) for amount, name in amounts if amount) or "0 days"


def _count(amount: int, noun: str) -> str:
    return f"{amount:,} {noun}{'' if abs(amount) == 1 else 's'}"


def _workdays(begin: datetime.date, end: datetime.date) -> int:
    """Weekdays after `begin` up to and including `end`."""
    weeks, rest = divmod((end - begin).days, 7)
    return weeks * 5 + sum((begin.weekday() + step) % 7 < 5 for step in range(1, rest + 1))


def _shift(moment: Moment, amount: str) -> str:
    from dateutil.relativedelta import relativedelta

    amounts = _amounts(amount)
    workdays = amounts.pop("workdays", 0)
    timed = moment.has_time or any(amounts.get(unit) for unit in ("hours", "minutes", "seconds"))
    try:
        moved = moment.value + relativedelta(**amounts)  # type: ignore[arg-type]  # the names are checked
        moved = _by_workdays(moved, workdays)
    except (OverflowError, ValueError) as error:
        mend = "stay within the years 1 to 9999"
        raise ToolInputError("the result is no date", where=f"{moment.text()} {amount}", mend=mend) from error
    result = Moment(moved, timed)
    return f"{result.text()} ({moved:%A})"


def _amounts(text: str) -> dict[str, int]:
    """What "1 year and -2 days" says, by unit. A sign holds for what follows, until the next one."""
    found: dict[str, int] = {}
    position, sign, cleaned = 0, 1, text.strip().lower()
    while position < len(cleaned):
        piece = _PIECE.match(cleaned, position)
        name = piece[3] if piece else ""
        unit = _UNITS.get(name) or _UNITS.get(name.removesuffix("s"))
        if piece is None or unit is None:
            mend = 'write it like "1 year 2 months", "-10 days" or "5 workdays"'
            raise ToolInputError(f"{text!r} is no amount of time", where="amount", mend=mend)
        sign = {"-": -1, "+": 1}.get(piece[1] or "", sign)
        found[unit] = found.get(unit, 0) + sign * int(piece[2])
        position = piece.end()
    if not found:
        raise ToolInputError("there is no amount", where="amount", mend='give one, such as "3 months"')
    return found


def _by_workdays(moment: datetime.datetime, workdays: int) -> datetime.datetime:
    if abs(workdays) > MAX_WORKDAYS:
        raise OverflowError
    step = datetime.timedelta(days=1 if workdays > 0 else -1)
    left = abs(workdays)
    while left:
        moment += step
        left -= moment.weekday() < 5
    return moment


def _describe(moment: Moment) -> str:
    date = moment.value.date()
    year, week, weekday = date.isocalendar()
    leap = date.year % 4 == 0 and (date.year % 100 != 0 or date.year % 400 == 0)
    days = 366 if leap else 365
    return (
        f"{moment.text()}: {date:%A}, ISO week {year}-W{week:02}-{weekday}, "
        f"day {date.timetuple().tm_yday} of {days}, quarter {(date.month + 2) // 3}"
    )
