"""A village run with starts in waves, and a sailing series with handicaps, discards and redress."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked, words
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import json_file, prose, separated

__all__ = ["SailingSeries", "VillageRun"]

_WAVES = {"A": 0, "B": 6 * 60, "C": 13 * 60 + 30}
"""Seconds after the first start."""

_FIRST = words("""Anneke Berit Chiara Dagny Elena Farah Greta Heidi Imke Juno Katja Lotte Marit Noor Oona
    Petra Rhea Saskia Thora Ulla""")
_MALE = words("""Anton Bastian Casper Derek Emil Florin Gustav Henrik Ivo Jasper Kamil Lorenz Matteo Niklas
    Oskar Piet Ruben Stellan Tobias Valentin""")
_LAST = words("""Achterberg Brandt Cusack Dufour Eklund Farrow Gallo Hensel Ibsen Jarvis Koval Lorimer Moreau
    Novak Olsen Pires Quist Rasmussen Sorley Tanner Urban Varga Weiss Yates Zeller""")


@dataclass(frozen=True, slots=True)
class _Runner:
    bib: int
    name: str
    sex: str
    age: int
    wave: str
    clock: int | None
    """Seconds after the first start at the finish; None for those who gave up."""
    note: str

    @property
    def net(self) -> int:
        return (self.clock or 0) - _WAVES[self.wave]


@dataclass(frozen=True)
class VillageRun(Question):
    """Who is third in a class by net time."""

    sex: str
    low: int
    high: int

    family: ClassVar[str] = "village-run"
    steps: ClassVar[str] = (
        "Keep the class and those who finished; subtract the wave's start; sort; take the third."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet",)

    def make(self, dice: Dice) -> Draft:
        """Invent runners of all classes."""
        runners = _runners(dice)
        name = self.file("finish.tsv")
        people = "woman" if self.sex == "F" else "man"
        text = f"""{name} holds the times of day at which the runners of our village run crossed the line.
            Wave A started at 09:30:00, wave B at 09:36:00 and wave C at 09:43:30. Who was the third fastest
            {people} aged {self.low} to {self.high} (both included) by net time, that is from the start of
            the own wave to the finish? Whoever did not finish (DNF) or was disqualified (DQ) is left out;
            other notes change nothing. Give first name and surname."""
        own = [r for r in runners if self._is_in_class(r)]
        clean = [r for r in own if not r.note.startswith("DQ")]
        wrong = (
            _third(clean, by_clock=True),
            _third(own),
            _third([r for r in runners if r.sex == self.sex and not r.note.startswith("DQ")]),
            sorted(clean, key=lambda r: r.net)[1].name,
            sorted(clean, key=lambda r: r.net)[3].name,
        )
        table = separated(
            ("bib", "name", "sex", "age", "wave", "finish", "note"), map(_finish_row, runners), "\t"
        )
        return Draft(one_line(text), _third(clean), wrong, {name: table})

    def _is_in_class(self, runner: _Runner) -> bool:
        return runner.sex == self.sex and self.low <= runner.age <= self.high and runner.clock is not None

    def prove(self, folder: Path) -> str:
        """In SQL."""
        found = query(
            f"""SELECT name FROM runs WHERE finish LIKE '__:__:__' AND coalesce(note, '') NOT LIKE 'DQ%'
                AND sex = '{self.sex}' AND age::INT BETWEEN {self.low} AND {self.high}
            ORDER BY epoch(finish::TIME) - epoch(CASE wave WHEN 'A' THEN TIME '09:30:00'
                WHEN 'B' THEN TIME '09:36:00' ELSE TIME '09:43:30' END)
            LIMIT 1 OFFSET 2""",
            runs=folder / self.file("finish.tsv"),
        )
        return str(found[0][0])


def _runners(dice: Dice) -> list[_Runner]:
    women = dice.several([(first, last) for first in _FIRST for last in _LAST], 36)
    men = dice.several([(first, last) for first in _MALE for last in _LAST], 36)
    entered = [("F", *names) for names in women] + [("M", *names) for names in men]
    runners = []
    taken: set[int] = set()
    for bib, (sex, first, last) in enumerate(dice.shuffled(entered), start=101):
        wave = dice.pick("ABC")
        # Later waves are a little faster, so that the order at the line misleads.
        net = dice.whole(2300, 3500) - {"A": 0, "B": 120, "C": 260}[wave]
        while net in taken:
            net += 1
        taken.add(net)
        clock = None if dice.chance(0.07) else net + _WAVES[wave]
        note = "DNF" if clock is None else "DQ short cut" if dice.chance(0.12) else ""
        if not note and dice.chance(0.1):
            note = dice.pick(["lost a shoe", "first run ever", "helped a fallen runner"])
        runners.append(_Runner(bib, f"{first} {last}", sex, dice.whole(19, 68), wave, clock, note))
    return runners


def _third(runners: Iterable[_Runner], *, by_clock: bool = False) -> str:
    finished = [runner for runner in runners if runner.clock is not None]
    return sorted(finished, key=lambda r: (r.clock or 0) if by_clock else r.net)[2].name


def _finish_row(runner: _Runner) -> Sequence[object]:
    start = datetime.datetime(2025, 5, 4, 9, 30)
    at = f"{start + datetime.timedelta(seconds=runner.clock):%H:%M:%S}" if runner.clock is not None else ""
    return (runner.bib, runner.name, runner.sex, runner.age, runner.wave, at, runner.note)


_BOATS = """Adelaide, Black Swan, Corsair, Dipper, Elsinore, Fulmar, Gannet, Heather, Idler, Jackdaw, Kestrel,
    Lapwing, Merganser, Nightjar, Osprey, Petrel, Quickstep, Redshank, Sandpiper, Turnstone, Undine,
    Vagabond""".replace("\n   ", "").split(", ")
_RACES = 10
_ABANDONED = 6
_RERATED_FROM = 5
_PENALTIES = ("DNF", "DNF", "DNS", "DSQ", "RDG")


@dataclass(frozen=True, slots=True)
class _Series:
    results: Mapping[tuple[int, str], int | str]
    """By race and boat: seconds sailed, or a code."""
    ratings: Mapping[str, int]
    """Thousandths by which a boat's time is multiplied."""
    rerated: tuple[str, int]
    """Whose rating was changed, and to what."""


@dataclass(frozen=True, slots=True)
class _Instructions:
    """How the sailing instructions are read; every field turned off is a mistake."""

    corrected: bool = True
    abandoned: bool = True
    rerated: bool = True
    dsq_stays: bool = True
    redress: bool = True
    discards: int = 2


@dataclass(frozen=True)
class SailingSeries(Question):
    """Who is at a place in a series of races, and with how many points."""

    place: int

    family: ClassVar[str] = "sailing-series"
    steps: ClassVar[str] = (
        "Correct the times; give points by race; apply the amendments; work out redress; discard; add "
        "up; sort."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL", "spreadsheet")

    def make(self, dice: Dice) -> Draft:
        """Invent a series in which nobody round the place asked for has as many points as another."""
        while True:
            series = _sail(dice)
            table = _table(series, _Instructions())
            if len({points for _, points in table[: self.place + 2]}) == self.place + 2:
                break
        names = [self.file(name) for name in ("results.csv", "boats.json", "instructions.md")]
        text = f"""I keep the books of the Saltings Sailing Club. The finishing times of our autumn series are
            in {names[0]}, the boats and their ratings as they entered in {names[1]}, and the sailing
            instructions with all amendments in {names[2]}. Which boat is in place {self.place} of the final
            table, and with how many points? Answer in the form: boat, points with one decimal."""
        mistakes = [*overlooked(_Instructions()), _Instructions(discards=1)]
        right = self._told(table)
        wrong = tuple(self._told(_table(series, mistake)) for mistake in mistakes)
        files = dict(zip(names, _series_files(series), strict=True))
        return Draft(one_line(text), right, wrong, files)

    def _told(self, table: Sequence[tuple[str, Fraction]]) -> str:
        boat, points = table[self.place - 1]
        return f"{boat}, {float(points):.1f}"

    def prove(self, folder: Path) -> str:
        """Give points by race in SQL; then redress, discards and sums boat by boat."""
        boats = json.loads(read_text(folder / self.file("boats.json")))
        notes = read_text(folder / self.file("instructions.md"))
        new = re.search(r"From race (\d+) on, (.+?) sails with a rating of (\d\.\d+)", notes)
        dead = re.search(r"Race (\d+) was abandoned", notes)
        assert new and dead
        rows = query(
            f"""WITH sailed AS (
                SELECT race::INT AS race, r.sail, b.name, r.result,
                    CASE WHEN r.result LIKE '%:%' THEN floor(epoch(r.result::TIME)::BIGINT
                        * CASE WHEN b.name = '{new[2]}' AND race::INT >= {new[1]} THEN {new[3]}
                          ELSE b.rating::DECIMAL(6, 3) END + 0.5) END AS corrected
                FROM results r JOIN boats b USING (sail) WHERE race::INT <> {dead[1]})
            SELECT name, result, CASE WHEN corrected IS NULL THEN {len(boats) + 1} ELSE
                rank() OVER (PARTITION BY race ORDER BY corrected)
                + (count(*) OVER (PARTITION BY race, corrected) - 1) / 2.0 END
            FROM sailed""",
            results=folder / self.file("results.csv"),
            boats=folder / self.file("boats.json"),
        )
        totals = {}
        for boat in {row[0] for row in rows}:
            own = [(result, Fraction(str(points))) for name, result, points in rows if name == boat]
            plain = [points for result, points in own if result != "RDG"]
            mean = Fraction(int(sum(plain) / len(plain) * 10 + Fraction(1, 2)), 10)
            kept = [points for result, points in own if result == "DSQ"]
            free = sorted(mean if result == "RDG" else points for result, points in own if result != "DSQ")
            totals[boat] = sum(kept) + sum(free[:-2])
        name, points = sorted(totals.items(), key=lambda item: item[1])[self.place - 1]
        return f"{name}, {float(points):.1f}"


def _sail(dice: Dice) -> _Series:
    ratings = {boat: dice.whole(880, 1120) for boat in _BOATS}
    skill = {boat: dice.whole(-110, 110) for boat in _BOATS}
    results: dict[tuple[int, str], int | str] = {}
    for race in range(1, _RACES + 1):
        for boat in _BOATS:
            corrected = 3900 + skill[boat] + dice.whole(-160, 160)
            results[race, boat] = corrected * 1000 // ratings[boat]
            if dice.chance(0.13):
                results[race, boat] = dice.pick(_PENALTIES)
    fast = sorted(_BOATS, key=lambda boat: skill[boat])[:4]
    rerated = dice.pick(fast)
    results[2, dice.pick([boat for boat in fast if boat != rerated])] = "DSQ"
    return _Series(results, ratings, (rerated, ratings[rerated] + dice.whole(14, 26)))


def _table(series: _Series, reading: _Instructions) -> list[tuple[str, Fraction]]:
    """The final table, best boat first."""
    points: dict[str, list[tuple[str, Fraction]]] = {boat: [] for boat in _BOATS}
    for race in range(1, _RACES + 1):
        if race == _ABANDONED and reading.abandoned:
            continue
        times = {boat: _corrected(series, race, boat, reading) for boat in _BOATS}
        finished = sorted(time for time in times.values() if time is not None)
        for boat, time in times.items():
            if time is None:
                points[boat].append((str(series.results[race, boat]), Fraction(len(_BOATS) + 1)))
            else:
                first, last = finished.index(time) + 1, finished.index(time) + finished.count(time)
                points[boat].append(("", Fraction(first + last, 2)))
    found = [(boat, _net(own, reading)) for boat, own in points.items()]
    return sorted(found, key=lambda entry: entry[1])


def _corrected(series: _Series, race: int, boat: str, reading: _Instructions) -> int | None:
    result = series.results[race, boat]
    if isinstance(result, str):
        return None
    rating = series.ratings[boat]
    if boat == series.rerated[0] and race >= _RERATED_FROM and reading.rerated:
        rating = series.rerated[1]
    return (result * rating + 500) // 1000 if reading.corrected else result


def _net(own: Sequence[tuple[str, Fraction]], reading: _Instructions) -> Fraction:
    """A boat's points in all, after redress and discards."""
    others = [points for code, points in own if code != "RDG"]
    tenths = int(sum(others) * 20 / len(others) + 1) // 2
    redress = Fraction(tenths, 10) if reading.redress else Fraction(len(_BOATS) + 1)
    scores = [(redress if code == "RDG" else points, code) for code, points in own]
    for _ in range(reading.discards):
        free = [score for score in scores if score[1] != "DSQ" or not reading.dsq_stays]
        scores.remove(max(free))
    return sum((points for points, _ in scores), Fraction(0))


def _series_files(series: _Series) -> tuple[bytes, bytes, bytes]:
    sails = {boat: f"SLT {n * 37 % 83 + 11}" for n, boat in enumerate(_BOATS)}
    rows = [(race, sails[boat], _shown(result)) for (race, boat), result in series.results.items()]
    boats = [
        {"sail": sails[boat], "name": boat, "rating": f"{series.ratings[boat] / 1000:.3f}"} for boat in _BOATS
    ]
    rating = series.rerated[1] / 1000
    notes = f"""
        # Saltings Sailing Club: sailing instructions for the autumn series

        1. There are {_RACES} races. A boat's corrected time is its time sailed multiplied by its rating,
           rounded to a whole second (halves up).
        2. The boat with the lowest corrected time in a race gets 1 point, the next 2 points, and so on. Boats
           with the same corrected time share the points of their places equally (two boats on places 3 and 4
           get 3.5 points each).
        3. Whoever did not start (DNS), did not finish (DNF) or was disqualified (DSQ) gets as many points as
           boats have entered the series, plus one.
        4. Every boat leaves out its worst race.
        5. The boat with the fewest points wins.

        ## Amendments

        A1. (to 4) As more than seven races were sailed, every boat leaves out its two worst races, but never
            one in which it was disqualified.
        A2. Race {_ABANDONED} was abandoned after a protest about the leeward mark. It counts for nobody and
            for nothing, although the times had been taken.
        A3. From race {_RERATED_FROM} on, {series.rerated[0]} sails with a rating of {rating:.3f}.
        A4. RDG stands for redress: the boat gets the mean of its points in all its other races that count and
            that are not RDG themselves, before anything is left out, rounded to one decimal (halves up).
            Such a race can be left out like any other.
        """
    return separated(("race", "sail", "result"), rows), json_file(boats), prose(notes)


def _shown(result: int | str) -> str:
    return result if isinstance(result, str) else f"{datetime.timedelta(seconds=result)}"
