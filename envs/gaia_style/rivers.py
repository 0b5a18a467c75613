"""River gauges that change places and calibrations."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.writing import json_file, separated

__all__ = ["RiverGauges"]

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Calibration:
    sensor: str
    since: datetime.datetime
    slope: int
    """Thousandths of a centimetre for a millivolt."""
    offset: int
    """Thousandths of a centimetre."""
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    at: datetime.datetime
    sensor: str
    millivolts: int
    quality: str


@dataclass(frozen=True, slots=True)
class _River:
    readings: Sequence[_Reading]
    calibrations: Sequence[_Calibration]
    swap: datetime.datetime
    """When sensor S2 took the place of S1 at the weir, and S1 that of S2 at the bridge."""


@dataclass(frozen=True, slots=True)
class _Care:
    """What is minded; every field turned off is a mistake."""

    swap: bool = True
    quality: bool = True
    withdrawn: bool = True
    latest: bool = True
    enough: bool = True


@dataclass(frozen=True)
class RiverGauges(Question):
    """The highest daily mean of the level at a station."""

    station: str
    """`weir` or `bridge`."""

    family: ClassVar[str] = "river-gauges"
    steps: ClassVar[str] = (
        "Find each reading's station and calibration; convert; average by day; take the highest."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL",)

    def make(self, dice: Dice) -> Draft:
        """Invent three weeks of readings by two sensors that change places."""
        river = _river(dice)
        table, settings = self.file("readings.csv"), self.file("calibrations.json")
        swap = f"{river.swap.day} {river.swap:%B at %H:%M}"
        text = f"""Two sensors measure our river. S1 hung at the weir and S2 at the bridge until {swap}; from
            that minute on they had changed places (S1 at the bridge, S2 at the weir). {table} has the
            readings in millivolts and {settings} the calibrations: level in cm = slope x millivolts + offset,
            always with the sensor's latest calibration that was valid at the reading's time ("valid_from" is
            included) and has not been withdrawn. Readings of quality "bad" are not used. For days with at
            least four usable readings at the {self.station}, take the mean of all of them. On which day was
            it highest, and how high was it? Answer in the form: YYYY-MM-DD, mean in cm rounded to one decimal
            (halves up)."""
        mistakes = overlooked(_Care())
        return Draft(
            one_line(text),
            self._highest(river, _Care()),
            tuple(self._highest(river, care) for care in mistakes),
            dict(zip((table, settings), _river_files(river), strict=True)),
        )

    def _highest(self, river: _River, care: _Care) -> str:
        days: dict[datetime.date, list[int]] = defaultdict(list)
        for reading in river.readings:
            late = reading.at >= river.swap and care.swap
            at_weir = (reading.sensor == "S1") != late
            if at_weir != (self.station == "weir") or (reading.quality == "bad" and care.quality):
                continue
            own = [
                c
                for c in river.calibrations
                if c.sensor == reading.sensor
                and c.since <= reading.at
                and not (c.withdrawn and care.withdrawn)
            ]
            chosen = max(own, key=lambda c: c.since) if care.latest else own[0]
            days[reading.at.date()].append(chosen.slope * reading.millivolts + chosen.offset)
        means = {
            day: Fraction(sum(levels), len(levels) * 1000)
            for day, levels in days.items()
            if len(levels) >= 4 or not care.enough
        }
        day = max(means, key=lambda d: means[d])
        return f"{day}, {_rounded(means[day])}"

    def prove(self, folder: Path) -> str:
        """In SQL, joining every reading with the latest calibration before it."""
        until = re.search(r"at the bridge until (.+?); from", self.asked(folder))
        assert until
        swap = datetime.datetime.strptime(f"{until[1]} 2025", "%d %B at %H:%M %Y")
        home, guest = ("S1", "S2") if self.station == "weir" else ("S2", "S1")
        rows = query(
            f"""WITH usable AS (
                SELECT r.time::TIMESTAMP AS t, r.sensor, r.millivolts::INT AS mv FROM readings r
                WHERE coalesce(quality, '') <> 'bad'
                    AND sensor = CASE WHEN r.time::TIMESTAMP < '{swap}' THEN '{home}' ELSE '{guest}' END),
            levels AS (
                SELECT t, max_by(slope::DECIMAL(9, 3) * mv + "offset"::DECIMAL(9, 3), valid_from::TIMESTAMP)
                    AS level
                FROM usable u JOIN calibrations c ON c.sensor = u.sensor
                    AND c.valid_from::TIMESTAMP <= u.t AND coalesce(c.withdrawn, '') <> 'True'
                GROUP BY t)
            SELECT t::DATE, sum(level), count(*) FROM levels GROUP BY 1 HAVING count(*) >= 4
            ORDER BY sum(level) / count(*) DESC LIMIT 1""",
            readings=folder / self.file("readings.csv"),
            calibrations=folder / self.file("calibrations.json"),
        )
        day, total, number = rows[0]
        mean = (Decimal(total) / number).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return f"{day}, {mean}"


def _rounded(value: Fraction) -> str:
    tenths = (value * 20 + 1) // 2
    return f"{tenths // 10}.{tenths % 10}"


def _river(dice: Dice) -> _River:
    start = datetime.datetime(2025, 11, 3)
    swap = start + 9 * DAY + datetime.timedelta(hours=dice.whole(9, 15), minutes=10 * dice.whole(0, 5))
    calibrations = [
        _Calibration(
            sensor,
            start
            + (day + dice.whole(0, 1)) * DAY
            + datetime.timedelta(hours=dice.whole(0, 14) if day > 0 else 0),
            dice.whole(82, 118),
            dice.whole(-9000, 9000),
            withdrawn=number == 2,
        )
        for sensor in ("S1", "S2")
        for number, day in enumerate((-40, 5, 9, 16))
    ]
    readings = []
    for hour in range(0, 20 * 24, 4):
        for sensor in ("S1", "S2"):
            at = start + datetime.timedelta(hours=hour, minutes=dice.whole(0, 50))
            flood = at.day in (8, 17)
            # Of the two days with the highest levels too few readings are left.
            if dice.chance(0.13) or (flood and at.hour > 10):
                continue
            level = 1500 + 260 * (at.day % 7) + dice.whole(-160, 160) + 1900 * flood
            bad = dice.chance(0.12)
            readings.append(
                _Reading(at, sensor, level * (2 if bad else 1), "bad" if bad else dice.pick(["", "ok"]))
            )
    return _River(sorted(readings, key=lambda r: (r.at, r.sensor)), calibrations, swap)


def _river_files(river: _River) -> tuple[bytes, bytes]:
    rows = [(f"{r.at:%Y-%m-%d %H:%M}", r.sensor, r.millivolts, r.quality) for r in river.readings]
    listed = []
    # By date and not by sensor, so that the file's order misleads nobody but the hasty.
    for c in sorted(river.calibrations, key=lambda c: (c.slope, c.since)):
        entry: dict[str, object] = {"sensor": c.sensor, "valid_from": f"{c.since:%Y-%m-%d %H:%M}"}
        entry |= {"slope": c.slope / 1000, "offset": c.offset / 1000}
        if c.withdrawn:
            entry["withdrawn"] = True
        listed.append(entry)
    return separated(("time", "sensor", "millivolts", "quality"), rows), json_file(listed)
