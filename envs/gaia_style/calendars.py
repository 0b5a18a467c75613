"""Questions about dates and clocks: a library's loan days, and a journey over several time zones."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line

__all__ = ["LoanDays", "StopoverTrip"]

DAY = datetime.timedelta(days=1)
SUNDAY = 6
FINE_CENTS = 35


@dataclass(frozen=True)
class LoanDays(Question):
    """When a book is due, where Sundays and closed days do not count; or what its lateness costs."""

    ask: str
    """`due` or `fine`."""

    family: ClassVar[str] = "loan-days"
    steps: ClassVar[str] = "Count open days from the day after borrowing; for a fine, go on to the return."
    tools: ClassVar[tuple[str, ...]] = ("calendar",)

    def make(self, dice: Dice) -> Draft:
        """Invent a loan that passes 29 February, and closures of which one falls on a Sunday anyway."""
        borrowed = datetime.date(2024, 1, 29) + dice.whole(0, 5) * DAY
        loan = dice.whole(31, 36)
        days = [borrowed + n * DAY for n in range(4, 34)]
        sunday = dice.pick([day for day in days if day.weekday() == SUNDAY])
        others = dice.several([day for day in days if day.weekday() != SUNDAY], 4)
        closed = sorted([sunday, *others])
        due = _count_on(borrowed, loan, closed)
        rules = f"""Our town library lends for {loan} loan days. The day after the day of borrowing is loan
            day 1, and a book is due on the last loan day. Sundays are no loan days, nor are the days on
            which the library is closed. This quarter it is closed on {_listed(closed)} 2024."""
        if self.ask == "due":
            text = f"""{rules} I borrowed an atlas on {_long(borrowed)}. On which date is it due? Answer in
                the form YYYY-MM-DD."""
            wrong = (
                _count_on(borrowed, loan - 1, closed),
                _count_on(borrowed, loan + 1, closed),
                _count_on(borrowed, loan, []),
                borrowed + loan * DAY,
            )
            return Draft(one_line(text), due.isoformat(), tuple(day.isoformat() for day in wrong))
        return self._fine(dice, rules, borrowed, due, closed)

    def _fine(
        self,
        dice: Dice,
        rules: str,
        borrowed: datetime.date,
        due: datetime.date,
        closed: Sequence[datetime.date],
    ) -> Draft:
        late = dice.whole(9, 14)
        returned = _count_on(due, late, [])
        text = f"""{rules} A late book costs {FINE_CENTS} cents for every loan day (again without Sundays and
            closed days) after the due date, up to and including the day of its return. My aunt borrowed a
            cookery book on {_long(borrowed)} and brought it back on {_long(returned)}. What does she owe, in
            euros with two decimals?"""
        wrong = (late - 1, late + 1, (returned - due).days, late + len(closed))
        return Draft(one_line(text), _euros(late), tuple(_euros(days) for days in wrong))

    def prove(self, folder: Path) -> str:
        """Number all open days of the half-year, and look the numbers up."""
        text = self.asked(folder)
        listed = re.findall(
            r"(\d+) (January|February|March)(?= and|,| 2024\.)", text.partition("closed on")[2]
        )
        closed = {datetime.datetime.strptime(f"{d} {m} 2024", "%d %B %Y").date() for d, m in listed[:5]}
        named = [
            datetime.datetime.strptime(found, "%d %B %Y").date()
            for found in re.findall(r"(?:borrowed|back) .*?day, (\d+ \w+ 2024)", text)
        ]
        ordinals = range(named[0].toordinal() + 1, named[0].toordinal() + 180)
        every = (datetime.date.fromordinal(n) for n in ordinals)
        lending = [day for day in every if f"{day:%a}" != "Sun" and day not in closed]
        (loan,) = (int(n) for n in re.findall(r"lends for (\d+) loan days", text))
        if self.ask == "due":
            return lending[loan - 1].isoformat()
        late = sum(day <= named[1] for day in lending) - loan
        return f"{late * FINE_CENTS / 100:.2f}"


def _count_on(start: datetime.date, number: int, closed: Collection[datetime.date]) -> datetime.date:
    """The day that is so many lending days after the start."""
    day = start
    while number:
        day += DAY
        if day.weekday() != SUNDAY and day not in closed:
            number -= 1
    return day


def _listed(days: Sequence[datetime.date]) -> str:
    told = [f"{day.day} {day:%B}" for day in days]
    return f"{', '.join(told[:-1])} and {told[-1]}"


def _long(day: datetime.date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def _euros(days: int) -> str:
    cents = days * FINE_CENTS
    return f"{cents // 100}.{cents % 100:02}"


@dataclass(frozen=True, slots=True)
class _Leg:
    left: int
    """Minutes after the journey's first midnight in UTC."""
    landed: int
    origin: str
    target: str


_OFFSETS = {"Port Halden": 765, "Sarabay": -210, "Lumley": 60, "Kettle Reef": -480, "Amberra": 345}
"""Invented cities, and their clocks' minutes ahead of UTC."""


@dataclass(frozen=True)
class StopoverTrip(Question):
    """How long one sits in aeroplanes, or waits between them, told in local times only."""

    ask: str
    """`air` or `ground`."""

    family: ClassVar[str] = "stopover-trip"
    steps: ClassVar[str] = (
        "Turn every local time into UTC; take the differences; add up the legs or the waits."
    )
    tools: ClassVar[tuple[str, ...]] = ("calculator",)

    def make(self, dice: Dice) -> Draft:
        """Invent three legs between four cities."""
        cities = dice.several(list(_OFFSETS), 4)
        legs = []
        clock = dice.whole(60, 300) * 5
        for origin, target in itertools.pairwise(cities):
            landed = clock + dice.whole(75, 160) * 5
            legs.append(_Leg(clock, landed, origin, target))
            clock = landed + dice.whole(14, 75) * 5
        zones = ", ".join(f"{city} is at UTC{_offset(_OFFSETS[city])}" for city in cities)
        told = " ".join(
            f"Flight {n}: leaves {leg.origin} {_local(leg.left, leg.origin)}, "
            f"lands in {leg.target} {_local(leg.landed, leg.target)}."
            for n, leg in enumerate(legs, start=1)
        )
        aim = {
            "air": "How long am I in the air in all, the three flights together?",
            "ground": "How long do I wait on the ground in all, at the two stopovers together?",
        }[self.ask]
        text = f"""I am working out next year's visit to my sister. My ticket shows local times only, always
            those of the place named: {told} None of the places changes its clock in those days: {zones}.
            {aim} Answer as hours and minutes in the form H:MM."""
        total = legs[-1].landed - legs[0].left
        air = sum(leg.landed - leg.left for leg in legs)
        shift = _OFFSETS[cities[-1]] - _OFFSETS[cities[0]]
        answers = {"air": air, "ground": total - air}
        other = {"air": total - air, "ground": air}
        right = answers[self.ask]
        wrong = (right + shift, right - shift, other[self.ask], total, right + 60)
        return Draft(one_line(text), _span(right), tuple(_span(abs(span)) for span in wrong))

    def prove(self, folder: Path) -> str:
        """Read every time in the text as an aware moment, and let Python subtract them."""
        text = self.asked(folder)
        zones = {}
        for city, sign, hours, minutes in re.findall(r"(\w+(?: \w+)?) is at UTC([+-])(\d\d):(\d\d)", text):
            span = datetime.timedelta(hours=int(hours), minutes=int(minutes))
            zones[city] = datetime.timezone(span if sign == "+" else -span)
        pattern = r"(?:leaves|lands in) (\w+(?: \w+)?) at (\d\d:\d\d) on \w+, (\d+ \w+ \d{4})"
        moments = [
            datetime.datetime.strptime(f"{day} {clock}", "%d %B %Y %H:%M").replace(tzinfo=zones[city])
            for city, clock, day in re.findall(pattern, text)
        ]
        pairs = list(itertools.pairwise(moments))
        chosen = pairs[::2] if self.ask == "air" else pairs[1::2]
        seconds = int(sum((b - a).total_seconds() for a, b in chosen))
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}"


def _offset(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _local(minutes: int, city: str) -> str:
    start = datetime.datetime(2026, 3, 9)
    moment = start + datetime.timedelta(minutes=minutes + _OFFSETS[city])
    return f"at {moment:%H:%M} on {_long(moment.date())}"


def _span(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
