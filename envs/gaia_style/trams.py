"""A passenger's complaint that is traced through timetable, vehicle log and roster to a driver."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, words
from agentkit.envs.gaia_style.reading import cells, query
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import SheetPlan, prose, separated, text_lines, workbook

__all__ = ["TramComplaint"]

_STOPS = ("Harbour", "Fishmarket", "Old Mint", "Theatre", "Ropewalk", "Hospital", "Windmill")
_DRIVERS = words(
    """Adeyemi Barlow Castelli Dahl Engström Farkas Grieve Hoxha Iversen Jansen Kovacs Lindgren Mbeki Nyström
    Orsini Petrov Quayle Rossi Santos Takács Ueda Varela Wolff Yilmaz Aubert Bakker Cole Demir Eder Fischer
    Gomez Hakala"""
)
_DAY = datetime.date(2025, 10, 14)
_DAYS = ("2025-10-13", "2025-10-14", "2025-10-15")
_SUMMER = datetime.timedelta(hours=2)
_SLOW = 2210
"""The vehicle whose clock is wrong."""


@dataclass(frozen=True, slots=True)
class _Trip:
    number: int
    line: int
    outward: bool
    """From Harbour to Windmill."""
    start: int
    """Minutes after midnight by local time."""
    vehicle: int

    def stops(self) -> Sequence[str]:
        return _STOPS if self.outward else _STOPS[::-1]


@dataclass(frozen=True, slots=True)
class _Passage:
    trip: _Trip
    stop: str
    planned: int
    """Seconds after local midnight."""
    left: int
    """The same, of the true departure."""


@dataclass(frozen=True, slots=True)
class _Roster:
    duties: dict[int, str]
    """By vehicle: the duty that it is on that day; two vehicles change duties at the depot at 14:00."""
    drivers: dict[str, tuple[str, str]]
    """By duty: who drives early (until 14:00) and late."""
    swaps: dict[str, str]
    """By late driver: who drove instead."""


@dataclass(frozen=True, slots=True)
class _Trace:
    """What is minded; every field turned off is a mistake."""

    utc: bool = True
    clock: bool = True
    late: bool = True
    swaps: bool = True


@dataclass(frozen=True)
class TramComplaint(Question):
    """Who drove the tram that somebody complains about."""

    family: ClassVar[str] = "tram-complaint"
    steps: ClassVar[str] = (
        "Take line, stop, direction and time from the letter; list the departures planned there; turn "
        "the log into local time and mend the wrong clock; find the one that left early; vehicle, "
        "duty, driver, swap."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL", "spreadsheet", "text editor")

    def make(self, dice: Dice) -> Draft:
        """Invent three days of service in which only one departure is early enough."""
        while True:
            trips, roster = list(_trips(dice)), _roster(dice)
            passages = {day: [p for trip in trips for p in _run(dice, trip)] for day in _DAYS}
            around = [p for p in passages[str(_DAY)] if _is_asked(p, 20)]
            here = [p for p in around if _is_asked(p, 10)]
            true = [p for p in around if p.planned - p.left > 60]
            # The vehicle with the wrong clock must seem early too, and the true driver must have swapped.
            if len(true) == 1 and true[0] in here and any(p.trip.vehicle == _SLOW for p in here):
                duty = roster.duties[true[0].trip.vehicle]
                if true[0].trip.vehicle != _SLOW and roster.drivers[duty][1] in roster.swaps:
                    break
        right = self._driver(roster, true[0].trip.vehicle, _Trace())
        others = [p for p in here if p not in true]
        wrong = {
            self._driver(roster, true[0].trip.vehicle, _Trace(late=False)),
            self._driver(roster, true[0].trip.vehicle, _Trace(swaps=False)),
            *(self._driver(roster, p.trip.vehicle, _Trace()) for p in others),
        }
        names = [
            self.file(n) for n in ("letter.txt", "timetable.csv", "vehicles.log", "roster.xlsx", "notes.md")
        ]
        text = f"""I answer letters for the tramway company. A passenger complains ({names[0]}). Please find
            out who drove that tram: the timetable is {names[1]}, the radio log of the vehicles {names[2]},
            the roster {names[3]}, and {names[4]} says what one must know about them. Answer with the driver's
            surname only."""
        contents = (
            prose(_letter()),
            _timetable(trips),
            text_lines(_log(passages)),
            _workbook(roster),
            prose(_notes()),
        )
        return Draft(
            one_line(text), right, tuple(sorted(wrong - {right})), dict(zip(names, contents, strict=True))
        )

    def _driver(self, roster: _Roster, vehicle: int, trace: _Trace) -> str:
        early, late = roster.drivers[roster.duties[vehicle]]
        name = late if trace.late else early
        return roster.swaps.get(name, name) if trace.swaps else name

    def prove(self, folder: Path) -> str:
        """Join log and timetable in SQL, then follow the vehicle through the workbook."""
        lines = read_text(folder / self.file("vehicles.log")).splitlines()
        pattern = r"(\S+ \S+)Z veh=(\d+) trip=(\d+) stop='(.+)' departed"
        found = [match.groups() for line in lines if (match := re.match(pattern, line))]
        planned = query(
            """SELECT trip, departs FROM timetable WHERE line = '4' AND stop = 'Fishmarket'
            AND towards = 'Windmill' AND departs BETWEEN '17:30' AND '17:50'""",
            timetable=folder / self.file("timetable.csv"),
        )
        times = dict(planned)
        early = []
        for stamp, vehicle, trip, stop in found:
            local = datetime.datetime.fromisoformat(stamp) + _SUMMER
            if vehicle == str(_SLOW):
                local += datetime.timedelta(seconds=170)
            if stop == "Fishmarket" and trip in times and local.date() == _DAY:
                due = datetime.datetime.fromisoformat(f"{_DAY} {times[trip]}")
                if due - local > datetime.timedelta(seconds=60):
                    early.append(vehicle)
        (vehicle,) = early
        book = folder / self.file("roster.xlsx")
        (duty,) = (
            r["Duty after 14:00"]
            for r in cells(book, "Vehicles 14 Oct", "Vehicle")
            if str(r["Vehicle"]) == vehicle
        )
        (driver,) = (r["Late (from 14:00)"] for r in cells(book, "Duties", "Duty") if r["Duty"] == duty)
        swaps = [r for r in cells(book, "Swaps", "Date") if r["Date"].date() == _DAY and r["Turn"] == "late"]
        return str(next((r["Works"] for r in swaps if r["Instead of"] == driver), driver))


def _trips(dice: Dice) -> Iterator[_Trip]:
    """Two lines over the same stops, every nine minutes or so, from noon to evening."""
    number = 4001
    vehicles = dice.shuffled(range(2201, 2217))
    for line, outward, first in ((4, True, 902), (4, False, 907), (7, True, 906), (7, False, 903)):
        start = first + dice.whole(0, 3)
        own = vehicles[:8] if line == 4 else vehicles[8:]
        for count in range(18):
            # A vehicle goes back half a round after it went out.
            yield _Trip(number, line, outward, start, own[(count + 4 * (not outward)) % 8])
            number += 1
            start += dice.whole(8, 11)


def _run(dice: Dice, trip: _Trip) -> Iterator[_Passage]:
    for place, stop in enumerate(trip.stops()[:-1]):
        planned = (trip.start + 4 * place) * 60
        early = dice.whole(66, 150) if dice.chance(0.05) else 0
        yield _Passage(trip, stop, planned, planned - early if early else planned + dice.whole(0, 95))


def _is_asked(passage: _Passage, minutes: int) -> bool:
    """Whether the letter may mean it: line 4 outward, planned so near to twenty to six."""
    near = abs(passage.planned - (17 * 60 + 40) * 60) <= minutes * 60
    return passage.trip.line == 4 and passage.trip.outward and passage.stop == "Fishmarket" and near


def _roster(dice: Dice) -> _Roster:
    names = dice.shuffled(_DRIVERS)
    duties = [f"{letter}{n}" for letter in "KM" for n in range(1, 9)]
    drivers = {duty: (names[16 + n], names[n]) for n, duty in enumerate(duties)}
    swaps: dict[str, str] = {}
    for first, second in zip(names[:10:2], names[1:10:2], strict=True):
        swaps |= {first: second, second: first}
    return _Roster(dict(zip(range(2201, 2217), dice.shuffled(duties), strict=True)), drivers, swaps)


def _letter() -> str:
    return """
        To the tramway company                                              Wednesday, 15 October 2025

        Dear Sir or Madam,

        I have taken your trams for thirty years, and never have I written a letter like this. Yesterday, at
        about twenty to six in the afternoon, I came round the corner to the stop Fishmarket, in good time, to
        take the line 4 towards Windmill. There it went, before my eyes, more than a minute before its time!
        They run every ten minutes or so, and I had left my glasses at home, so I cannot say which one it
        should have been.

        I expect an apology.

        Hedwig Aaldering
        """


def _timetable(trips: Iterable[_Trip]) -> bytes:
    rows = []
    for trip in trips:
        for place, stop in enumerate(trip.stops()[:-1]):
            minutes = trip.start + 4 * place
            clock = f"{minutes // 60:02}:{minutes % 60:02}"
            rows.append((trip.number, trip.line, trip.stops()[-1], stop, clock))
    return separated(("trip", "line", "towards", "stop", "departs"), rows)


def _log(passages: dict[str, list[_Passage]]) -> Iterator[str]:
    entries = []
    for day, found in passages.items():
        midnight = datetime.datetime.fromisoformat(day) - _SUMMER
        for p in found:
            slow = 170 if p.trip.vehicle == _SLOW else 0
            moment = midnight + datetime.timedelta(seconds=p.left - slow)
            line = f"{moment}Z veh={p.trip.vehicle} trip={p.trip.number} stop='{p.stop}'"
            entries.append(f"{line} departed")
            if p.left % 7 == 0:
                entries.append(f"{line} doors reopened")
    yield from sorted(entries)


def _workbook(roster: _Roster) -> bytes:
    duties = sorted(roster.drivers)
    morning = dict(
        zip(
            roster.duties, [*list(roster.duties.values())[3:], *list(roster.duties.values())[:3]], strict=True
        )
    )
    vehicles: list[list[object]] = [["Which vehicle was on which duty, Tuesday 14 October"]]
    vehicles.append(["Vehicle", "Duty before 14:00", "Duty after 14:00"])
    vehicles += [[vehicle, morning[vehicle], duty] for vehicle, duty in roster.duties.items()]
    plan: list[list[object]] = [["Duty", "Early (until 14:00)", "Late (from 14:00)"]]
    plan += [[duty, *roster.drivers[duty]] for duty in duties]
    swaps: list[list[object]] = [["Date", "Turn", "Instead of", "Works"]]
    for number, (driver, instead) in enumerate(roster.swaps.items()):
        # Those of the day before are there to mislead.
        swaps.append([datetime.datetime(2025, 10, 14), "late", driver, instead])
        swaps.append([datetime.datetime(2025, 10, 13), "late", driver, roster.drivers[duties[number]][0]])
    return workbook(
        SheetPlan("Vehicles 14 Oct", vehicles, ("A1:C1",)),
        SheetPlan("Duties", plan),
        SheetPlan("Swaps", swaps),
    )


def _notes() -> str:
    return f"""
        # About the files

        - The timetable is the one for working days, in local time. All stops but the last one of a trip are
          listed.
        - The radio log is kept in UTC. In October 2025, until the 25th, local time was UTC plus 2 hours.
        - A tram may leave at its time or later. Up to 60 seconds early are forgiven, as the log is not more
          exact.
        - The clock of vehicle {_SLOW} was found to be 170 seconds slow in that week: add 170 seconds to its
          times.
        - Where passengers say "about", we look at the departures planned up to 10 minutes before and after.
        - The duties do not change from day to day, but the vehicles do, and at 14:00 every vehicle gets
          another duty. The sheet Swaps tells who worked instead of whom on which day.
        """
