"""A branch line's timetable with footnotes, in which the earliest arrival is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import records
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import prose, separated

__all__ = ["BranchLine"]

_LINES = (
    ("Aldmoor", "Brigg", "Cray Junction", "Dunlea", "Elsham"),
    ("Fosse", "Brigg", "Cray Junction", "Garth", "Holmby"),
    ("Elsham", "Dunlea", "Garth", "Holmby"),
    ("Aldmoor", "Fosse", "Garth"),
)
_RUNS = {
    "": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat"),
    "a": ("Mon", "Tue", "Wed", "Thu", "Fri"),
    "b": ("Sat",),
    "c": ("Mon", "Tue", "Thu", "Fri", "Sat"),
}
"""By footnote of a train: the days on which it runs."""

_DAYS = {"Wed": "Wednesday", "Sat": "Saturday"}


@dataclass(frozen=True, slots=True)
class _Stop:
    station: str
    arrives: int
    leaves: int
    note: str
    """`d` to set down only, `e` to take up only."""


@dataclass(frozen=True, slots=True)
class _Train:
    number: int
    note: str
    stops: tuple[_Stop, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    """How the timetable is read; every field turned off is a mistake."""

    days: bool = True
    limits: bool = True
    changes: bool = True
    junction: bool = True


@dataclass(frozen=True)
class BranchLine(Question):
    """When one can be at the other end of the line at the earliest."""

    day: str
    """`Wed` or `Sat`."""

    family: ClassVar[str] = "branch-line"
    steps: ClassVar[str] = (
        "Strike out trains that do not run; follow all connections that leave time to change."
    )
    tools: ClassVar[tuple[str, ...]] = ("timetable",)

    def make(self, dice: Dice) -> Draft:
        """Invent trains until a journey needs a change and every rule matters."""
        mistakes = overlooked(_Rules())
        while True:
            trains, since = list(_trains(dice)), 7 * 60 + dice.whole(0, 18) * 5
            right = self._arrival(trains, since, _Rules())
            wrong = [self._arrival(trains, since, mistake) for mistake in mistakes]
            if right and len({right, *wrong}) >= 4 and wrong.count(right) <= 1:
                break
        table, notes = self.file("timetable.csv"), self.file("footnotes.md")
        text = f"""My grandmother wants to travel from Aldmoor to Holmby on a {_DAYS[self.day]}, leaving
            Aldmoor at {_clock(since)} or later. The timetable is {table} (one row for each stop of a train)
            and what its notes mean stands in {notes}. At what time can she be in Holmby at the earliest, by
            trains alone? Answer as HH:MM."""
        files = {table: _timetable(trains), notes: prose(_footnotes())}
        traps = tuple(_clock(arrival) for arrival in wrong if arrival and arrival != right)
        return Draft(one_line(text), _clock(right), traps, files)

    def _arrival(self, trains: Sequence[_Train], since: int, rules: _Rules) -> int:
        """The earliest arrival, by going through all trains until nothing gets better; 0 where there is
        none."""
        ready = {"Aldmoor": since}
        arrival: dict[str, int] = {}
        better = True
        while better:
            better = False
            for train in trains:
                if rules.days and self.day not in _RUNS[train.note]:
                    continue
                aboard = False
                for stop in train.stops:
                    free = stop.note if rules.limits else ""
                    if aboard and free != "e" and stop.arrives < arrival.get(stop.station, 24 * 60):
                        arrival[stop.station] = stop.arrives
                        ready[stop.station] = min(
                            stop.arrives + _change(stop.station, rules), ready.get(stop.station, 24 * 60)
                        )
                        better = True
                    if free != "d" and ready.get(stop.station, 24 * 60) <= stop.leaves:
                        aboard = True
        return arrival.get("Holmby", 0)

    def prove(self, folder: Path) -> str:
        """Go through all journeys with up to four trains."""
        footnotes = read_text(folder / self.file("footnotes.md"))
        rows = records(folder / self.file("timetable.csv"))
        (start,) = re.findall(r"leaving Aldmoor at (\d\d:\d\d)", self.asked(folder))
        usual, special = re.findall(r"(\d+) minutes", footnotes)[:2]
        idle = {"Wed": "bc", "Sat": "a"}[self.day]
        calls: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            if not row["train_note"] or row["train_note"] not in idle:
                calls.setdefault(row["train"], []).append(row)

        def journeys(station: str, time: int, left: int) -> Iterator[int]:
            if station == "Holmby":
                yield time
            elif left:
                wait = 0 if left == 4 else int(special if station == "Cray Junction" else usual)
                for stops in calls.values():
                    for at, stop in enumerate(stops):
                        on = stop["station"] == station and stop["stop_note"] != "d" and stop["departs"]
                        if on and _minutes(stop["departs"]) >= time + wait:
                            for down in stops[at + 1 :]:
                                if down["stop_note"] != "e":
                                    yield from journeys(down["station"], _minutes(down["arrives"]), left - 1)

        return _clock(min(journeys("Aldmoor", _minutes(start), 4)))


def _change(station: str, rules: _Rules) -> int:
    if not rules.changes:
        return 0
    return 9 if station == "Cray Junction" and rules.junction else 4


def _trains(dice: Dice) -> Iterable[_Train]:
    for number in range(16):
        line = _LINES[number % len(_LINES)]
        clock = 6 * 60 + 50 + dice.whole(0, 200)
        stops = []
        for place, station in enumerate(line):
            arrives = clock
            clock += dice.whole(1, 3)
            inner = 0 < place < len(line) - 1
            note = dice.pick("de") if inner and dice.chance(0.22) else ""
            stops.append(_Stop(station, arrives, clock, note))
            clock += dice.whole(9, 21)
        yield _Train(301 + 2 * number, dice.pick(["", "", "a", "b", "c"]), tuple(stops))


def _timetable(trains: Iterable[_Train]) -> bytes:
    rows = []
    for train in trains:
        for stop in train.stops:
            arrives = "" if stop is train.stops[0] else _clock(stop.arrives)
            leaves = "" if stop is train.stops[-1] else _clock(stop.leaves)
            rows.append((train.number, train.note, stop.station, arrives, leaves, stop.note))
    return separated(("train", "train_note", "station", "arrives", "departs", "stop_note"), rows)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _footnotes() -> str:
    return """
        # Timetable of the Cray Valley lines, weekdays and Saturdays

        No trains on Sundays. Trains without a note in the column train_note run from Monday to Saturday.

        - a: Monday to Friday only.
        - b: Saturdays only.
        - c: Monday to Saturday, but not on Wednesdays.
        - d (in the column stop_note): stops to set passengers down only; nobody can get on here.
        - e (in the column stop_note): stops to take passengers up only; nobody can get off here.

        Changing trains takes at least 4 minutes between arrival and departure; at Cray Junction, where one
        must cross the bridge, at least 9 minutes.
        """
