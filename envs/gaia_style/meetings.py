"""A call between people on several continents, and the earliest time that suits all who are needed."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import json_file

__all__ = ["CommonCall"]

_PEOPLE = (("Aiko", 765), ("Ravi", 330), ("Tomasz", 60), ("Lerato", 120), ("Inès", -180), ("Dee", -210))
"""Names and their clocks' minutes ahead of UTC; Aiko is so far ahead that her date may be another."""

_START = datetime.datetime(2026, 3, 12)
"""The day of the call, in UTC."""


@dataclass(frozen=True, slots=True)
class _Busy:
    begins: int
    """Minutes after the day's midnight in UTC."""
    ends: int


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    offset: int
    begins: int
    """Of the working day, in minutes after midnight of the own clock."""
    ends: int
    needed: bool
    busy: tuple[_Busy, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the request is read; every field turned off is a mistake."""

    zones: bool = True
    optional: bool = True
    length: bool = True
    busy: bool = True


@dataclass(frozen=True)
class CommonCall(Question):
    """The earliest start of a call, by one clock or another."""

    clock: str
    """Whose clock the answer is told by; empty for UTC."""
    minutes: int

    family: ClassVar[str] = "common-call"
    steps: ClassVar[str] = (
        "Turn all hours into UTC; leave out who is not needed; try the half-hours in order."
    )
    tools: ClassVar[tuple[str, ...]] = ("calculator",)

    def make(self, dice: Dice) -> Draft:
        """Invent people until there is a time, and every mistake gives another."""
        mistakes = overlooked(_Reading())
        while True:
            people = [_person(dice, name, offset) for name, offset in _PEOPLE]
            right = self._start(people, _Reading())
            wrong = {self._start(people, mistake) for mistake in mistakes}
            if right is not None and right not in wrong and len(wrong) >= 3:
                break
        offset = dict(_PEOPLE).get(self.clock, 0)
        whose = f"on {self.clock}'s clock" if self.clock else "in UTC"
        name = self.file("people.json")
        text = f"""I have to set up a call of {self.minutes} minutes on 12 March 2026 (that is the date in
            UTC, from 00:00 to 24:00). {name} says who takes part, with everybody's hours and engagements by
            their own clock: all whose "needed" is true must be within their working hours for the whole call
            and must not be engaged at any minute of it (a call may begin the minute an engagement ends, or
            end when one begins). The others do not matter. The call must begin on a full or a half hour UTC.
            When is the earliest possible start, {whose}? Answer as HH:MM."""
        traps = {
            self._told(right + 30, offset),
            self._told(right, 0 if offset else 60),
            *(self._told(start, offset) for start in wrong if start is not None),
        }
        files = {name: json_file(_entries(people))}
        return Draft(one_line(text), self._told(right, offset), tuple(sorted(traps)), files)

    def _start(self, people: Iterable[_Person], reading: _Reading) -> int | None:
        wanted = [p for p in people if p.needed or not reading.optional]
        length = self.minutes if reading.length else 30
        for start in range(0, 24 * 60 - length + 1, 30):
            if all(_suits(p, start, start + length, reading) for p in wanted):
                return start
        return None

    def _told(self, start: int, offset: int) -> str:
        minutes = (start + offset) % (24 * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"

    def prove(self, folder: Path) -> str:
        """Cross out minutes of the day in sets."""
        free = set(range(24 * 60))
        offsets = {"": datetime.timedelta()}
        for person in json.loads(read_text(folder / self.file("people.json"))):
            sign, hours, minutes = re.findall(r"UTC([+-])(\d\d):(\d\d)", person["clock"])[0]
            offset = datetime.timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
            offsets[person["name"]] = offset
            if not person["needed"]:
                continue
            first, last = person["working_hours"].split(" to ")
            local = {n: _START + datetime.timedelta(minutes=n) + offset for n in range(24 * 60)}
            free &= {n for n, moment in local.items() if first <= f"{moment:%H:%M}" < last}
            for entry in person["engaged"]:
                begins, ends = entry["from"], entry["to"]
                free -= {n for n, moment in local.items() if begins <= f"{moment:%Y-%m-%d %H:%M}" < ends}
        start = min(n for n in range(0, 24 * 60, 30) if set(range(n, n + self.minutes)) <= free)
        return f"{_START + datetime.timedelta(minutes=start) + offsets[self.clock]:%H:%M}"


def _person(dice: Dice, name: str, offset: int) -> _Person:
    # Long hours in the middle of the day in UTC, so that there is a chance of a common time.
    first = 6 * 60 + dice.whole(0, 12) * 15
    last = first + dice.whole(26, 38) * 15
    begins, ends = first + offset, last + offset
    if ends > 24 * 60:
        # Who works past midnight by the own clock is told to begin after it.
        begins, ends = (begins - 24 * 60, ends - 24 * 60) if begins >= 24 * 60 else (begins, 24 * 60 - 15)
    busy = []
    for _ in range(dice.whole(2, 4)):
        start = 6 * 60 + dice.whole(0, 36) * 15
        busy.append(_Busy(start, start + dice.whole(2, 6) * 15))
    return _Person(name, offset, begins, ends, name != "Dee" and name != "Inès", tuple(busy))


def _suits(person: _Person, start: int, end: int, reading: _Reading) -> bool:
    """Whether somebody can be there from start to end, both in UTC."""
    offset = person.offset if reading.zones else 0
    begins, ends = (start + offset) % (24 * 60), (start + offset) % (24 * 60) + end - start
    if begins < person.begins or ends > person.ends:
        return False
    # Whoever forgets the zones takes engagements for UTC too.
    shift = 0 if reading.zones else person.offset
    taken = [(b.begins + shift, b.ends + shift) for b in person.busy] if reading.busy else []
    return all(end <= first or last <= start for first, last in taken)


def _entries(people: Sequence[_Person]) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = []
    for p in people:
        own = _START + datetime.timedelta(minutes=p.offset)
        engaged = [
            {
                "from": f"{own + datetime.timedelta(minutes=b.begins):%Y-%m-%d %H:%M}",
                "to": f"{own + datetime.timedelta(minutes=b.ends):%Y-%m-%d %H:%M}",
            }
            for b in sorted(p.busy, key=lambda b: b.begins)
        ]
        sign, away = "-" if p.offset < 0 else "+", abs(p.offset)
        entries.append(
            {
                "name": p.name,
                "needed": p.needed,
                "clock": f"UTC{sign}{away // 60:02}:{away % 60:02}",
                "working_hours": f"{_hours(p.begins)} to {_hours(p.ends)}",
                "engaged": engaged,
            }
        )
    return entries


def _hours(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
