"""What was seen and when: birds counted by several people at once, and an observatory's log of nights."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import prose, separated

__all__ = ["BirdWalk", "StarNights"]

_SPECIES = ("Lapwing", "Curlew", "Redshank", "Teal", "Shelduck", "Golden plover")
_PLACES = ("North hide", "Sluice", "Long dyke", "Saltmarsh")
_OBSERVERS = ("Winnie", "Okke", "Marjan", "Tibor", "Leila")


@dataclass(frozen=True, slots=True)
class _Sighting:
    observer: str
    minute: int
    place: str
    species: str
    spelled: str
    """The species as it stands in the list."""
    count: int
    flying: bool


@dataclass(frozen=True)
class BirdWalk(Question):
    """How many birds of a kind there were, when several people counted the same ones."""

    species: str

    family: ClassVar[str] = "bird-walk"
    steps: ClassVar[str] = "Take the species in every spelling; the highest count of each place; add up."
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet",)

    def make(self, dice: Dice) -> Draft:
        """Invent a morning of counting."""
        seen = [
            _sighting(dice, observer, place, species)
            for observer in _OBSERVERS
            for place in _PLACES
            for species in _SPECIES
            if dice.chance(0.62)
        ]
        seen.sort(key=lambda s: (s.minute, s.observer, s.place, s.species))
        name = self.file("counts.csv")
        text = f"""Our bird club walked the marsh in a loose group and everybody wrote down what they saw, so
            the same birds were often counted by several of us ({name}). We count like this: for every place,
            take the highest single count of the species that anyone had there (not the sum); then add up the
            places. Birds that were only flying over ("over" in the remarks) are left out beforehand. A "pair"
            is two birds, and capitals or a full stop after the name mean nothing. How many birds of the
            species {self.species} do we report? Answer with a whole number."""
        wrong = (
            self._total(seen),
            sum(s.count for s in seen if s.species == self.species and not s.flying),
            max(s.count for s in seen if s.species == self.species and not s.flying),
            self._total([s for s in seen if not s.flying and s.spelled == s.species]),
        )
        answer = str(self._total([s for s in seen if not s.flying]))
        header = ("time", "observer", "place", "species", "count", "remarks")
        rows = [_sighting_row(dice, s) for s in seen]
        return Draft(one_line(text), answer, tuple(map(str, wrong)), {name: separated(header, rows)})

    def _total(self, seen: Iterable[_Sighting]) -> int:
        best: dict[str, int] = defaultdict(int)
        for s in seen:
            if s.species == self.species:
                best[s.place] = max(best[s.place], s.count)
        return sum(best.values())

    def prove(self, folder: Path) -> str:
        """In SQL."""
        found = query(
            f"""SELECT sum(most) FROM (
                SELECT max(CASE WHEN count = 'pair' THEN 2 ELSE count::INT END) AS most FROM counts
                WHERE regexp_full_match(lower(species), '{self.species.lower()}[.]?')
                    AND coalesce(remarks, '') NOT LIKE '%over%'
                GROUP BY place)""",
            counts=folder / self.file("counts.csv"),
        )
        return str(found[0][0])


def _sighting(dice: Dice, observer: str, place: str, species: str) -> _Sighting:
    minute, count = 7 * 60 + dice.whole(0, 200), dice.whole(2, 46)
    spelled = dice.pick([species, species, species.lower(), species.upper(), f"{species}."])
    return _Sighting(observer, minute, place, species, spelled, count, dice.chance(0.15))


def _sighting_row(dice: Dice, s: _Sighting) -> Sequence[object]:
    count = "pair" if s.count == 2 else s.count
    remark = "over" if s.flying else dice.pick(["", "", "", "on the mud", "with young"])
    return (f"{s.minute // 60:02}:{s.minute % 60:02}", s.observer, s.place, s.spelled, count, remark)


_OBJECTS = {
    "QV 118": ("the Lantern", "Harl 7"),
    "QV 204": ("the Anchor", "Harl 31"),
    "QV 233": ("the Small Anchor", "Harl 13"),
    "QV 390": ("the Weir", "Harl 44"),
}
"""By catalogue number: other names of the same object."""

_LOCAL = datetime.timedelta(hours=-4)
HOUR = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Exposure:
    start: datetime.datetime
    """In UTC."""
    target: str
    """The name used in the log."""
    number: str
    """The catalogue number meant."""
    seconds: int
    frames: int
    rejected: int
    band: str

    @property
    def night(self) -> datetime.date:
        """The local date of the evening on which the night began."""
        return (self.start + _LOCAL - 12 * HOUR).date()

    @property
    def usable(self) -> int:
        return self.seconds * (self.frames - self.rejected)


@dataclass(frozen=True)
class StarNights(Question):
    """How long an object was exposed in some nights."""

    number: str
    ask: str
    """`minutes` or `night`."""

    family: ClassVar[str] = "star-nights"
    steps: ClassVar[str] = (
        "Gather the object's names; assign every exposure to its night; drop frames; add up."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL", "calculator")

    def make(self, dice: Dice) -> Draft:
        """Invent twelve nights in May."""
        log = [e for day in range(4, 16) for e in _night(dice, datetime.datetime(2025, 5, day, 22))]
        table, notes = self.file("exposures.tsv"), self.file("handbook.md")
        first, last = datetime.date(2025, 5, 7), datetime.date(2025, 5, 11)
        alias = _OBJECTS[self.number][0]
        head = f"""I am a student at the Cerro Quieto observatory. Our exposures are listed in {table}, and
            how we count is in {notes}."""
        if self.ask == "minutes":
            text = f"""{head} For how many minutes in all was {alias} usably exposed in the bands V and R
                together, in the nights from 7 to 11 May 2025 (both included)? Answer in minutes with one
                decimal."""
            right = self._minutes(log, first, last)
            wrong = (
                self._minutes(log, first, last, all_names=False),
                self._minutes(log, first, last, by_utc=True),
                self._minutes(log, first, last, bands="VRB"),
                self._minutes(log, first, last, rejected=True),
            )
            answer, traps = f"{right:.1f}", tuple(f"{minutes:.1f}" for minutes in wrong)
        else:
            text = f"""{head} In which night was {alias} usably exposed for the longest time, all bands
                together? Give the night's date as YYYY-MM-DD."""
            answer = self._longest(log)
            traps = (
                self._longest(log, by_utc=True),
                self._longest([e for e in log if e.target == alias]),
                (datetime.date.fromisoformat(answer) + datetime.timedelta(days=1)).isoformat(),
            )
        files = {table: _exposure_table(log), notes: prose(_handbook())}
        return Draft(one_line(text), answer, traps, files)

    def _minutes(
        self,
        log: Iterable[_Exposure],
        first: datetime.date,
        last: datetime.date,
        *,
        all_names: bool = True,
        by_utc: bool = False,
        bands: str = "VR",
        rejected: bool = False,
    ) -> float:
        seconds = 0
        for e in log:
            named = e.number == self.number if all_names else e.target == _OBJECTS[self.number][0]
            night = e.start.date() if by_utc else e.night
            if named and e.band in bands and first <= night <= last:
                seconds += e.seconds * e.frames if rejected else e.usable
        return seconds / 60

    def _longest(self, log: Iterable[_Exposure], *, by_utc: bool = False) -> str:
        nights: dict[datetime.date, int] = defaultdict(int)
        for e in log:
            if e.number == self.number:
                nights[e.start.date() if by_utc else e.night] += e.usable
        return max(nights, key=lambda night: nights[night]).isoformat()

    def prove(self, folder: Path) -> str:
        """Read the handbook's table of names, then sum in SQL."""
        notes = read_text(folder / self.file("handbook.md"))
        (line,) = re.findall(rf"^\| {self.number} \| (.+) \|$", notes, flags=re.MULTILINE)
        names = ", ".join(f"'{name}'" for name in (self.number, *line.split(" | ")))
        rows = query(
            f"""WITH usable AS (
                SELECT band, CAST(start_utc::TIMESTAMP - INTERVAL 16 HOUR AS DATE) AS night,
                    exposure_s::INT * (frames::INT
                        - coalesce(nullif(regexp_extract(remark, '([0-9]+) rejected', 1), '')::INT, 0)) AS s
                FROM log WHERE object IN ({names}) AND coalesce(remark, '') NOT LIKE '%all rejected%')
            SELECT night, sum(s), sum(s) FILTER (WHERE band IN ('V', 'R')) FROM usable
            GROUP BY night ORDER BY 2 DESC""",
            log=folder / self.file("exposures.tsv"),
        )
        if self.ask == "night":
            assert rows[0][1] > rows[1][1]
            return str(rows[0][0])
        return f"{sum(s or 0 for night, _, s in rows if '2025-05-07' <= str(night) <= '2025-05-11') / 60:.1f}"


def _night(dice: Dice, evening: datetime.datetime) -> Iterable[_Exposure]:
    """A night's exposures, from dusk to dawn by local time; written in UTC, which is four hours ahead."""
    start = evening + datetime.timedelta(minutes=dice.whole(0, 20))
    while start < evening + 12 * HOUR:
        number = dice.pick(list(_OBJECTS))
        seconds, frames = dice.pick([60, 90, 120, 180]), dice.whole(3, 12)
        rejected = dice.whole(1, frames) if dice.chance(0.25) else 0
        target = dice.pick([number, *_OBJECTS[number]])
        yield _Exposure(start, target, number, seconds, frames, rejected, dice.pick("BVVR"))
        start += datetime.timedelta(seconds=seconds * frames + 60 * dice.whole(8, 50))


def _exposure_table(log: Iterable[_Exposure]) -> bytes:
    rows = []
    for e in log:
        remark = f"{e.rejected} rejected" if e.rejected else ""
        if e.rejected == e.frames:
            remark = "cloud, all rejected"
        rows.append((f"{e.start:%Y-%m-%d %H:%M:%S}", e.target, e.seconds, e.frames, e.band, remark))
    return separated(("start_utc", "object", "exposure_s", "frames", "band", "remark"), rows, "\t")


def _handbook() -> str:
    table = "\n        ".join(f"| {number} | {' | '.join(names)} |" for number, names in _OBJECTS.items())
    return f"""
        # Cerro Quieto: how we count

        - The log is kept in UTC. Local time is UTC minus 4 hours, all year.
        - A night runs from noon to noon local time and is named by the date of its evening: what begins at
          02:00 local time on 10 May belongs to the night of 9 May.
        - An exposure belongs to the night in which it starts.
        - exposure_s is the length of one frame in seconds. Rejected frames are not usable.
        - Observers may use any of an object's names. They must not be mixed up:

        | catalogue | popular name | old survey |
        |---|---|---|
        {table}
        """
