"""Meters: a house's heating shared out among its flats, and a solar roof settled hour by hour."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import query, records
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import parquet_file, prose, separated

__all__ = ["HeatingShare", "SolarRoof"]

_ROLLOVER = 100_000


@dataclass(frozen=True, slots=True)
class _Flat:
    name: str
    area: int
    """Square metres."""
    first: int
    """What the meter showed at the beginning of the year."""
    last: int
    """What the meter that was there at its end showed."""
    swap: tuple[int, int] | None
    """Where the meter was changed: what the old one showed last, and the new one first."""
    estimate: int | None
    """A reading of the end of the year that was only estimated, before it was read."""

    def used(self, rules: _HeatingRules) -> int:
        """Units of the year."""
        last = self.estimate if self.estimate is not None and not rules.read_ones else self.last
        if self.swap is None or not rules.swaps:
            parts = [(self.first, last)]
        else:
            parts = [(self.first, self.swap[0]), (self.swap[1], last)]
        return sum((b - a) % _ROLLOVER if rules.rollover else abs(b - a) for a, b in parts)


@dataclass(frozen=True, slots=True)
class _HeatingRules:
    """How the rules are read; every field turned off is a mistake."""

    read_ones: bool = True
    swaps: bool = True
    rollover: bool = True
    areas: bool = True
    empty: bool = True


_OWNERS_FLAT = "Attic"


@dataclass(frozen=True)
class HeatingShare(Question):
    """What a flat pays of a year's heating."""

    flat: str

    family: ClassVar[str] = "heating-share"
    steps: ClassVar[str] = (
        "Take the readings that count; difference over changes and rollovers; share by use and by "
        "area; round."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet", "calculator")

    def make(self, dice: Dice) -> Draft:
        """Invent eight flats, some with a new meter or one that went past its last figure."""
        flats = list(_flats(dice))
        cost = dice.whole(7000, 9500) * 100 + dice.whole(1, 99)
        table, rules = self.file("readings.csv"), self.file("statutes.txt")
        text = f"""Our house spent {cost // 100}.{cost % 100:02} euros on heating in 2024. {table} has the
            readings of the flats' meters, and {rules} says how we share. How much does the flat "{self.flat}"
            pay, in euros with two decimals?"""
        mistakes = overlooked(_HeatingRules())
        files = {table: _readings(flats), rules: prose(_statutes(flats))}
        return Draft(
            one_line(text),
            self._share(flats, cost, _HeatingRules()),
            tuple(self._share(flats, cost, mistake) for mistake in mistakes),
            files,
        )

    def _share(self, flats: Sequence[_Flat], cost: int, rules: _HeatingRules) -> str:
        used = {flat.name: flat.used(rules) for flat in flats}
        areas = {flat.name: flat.area for flat in flats if flat.name != _OWNERS_FLAT or not rules.empty}
        by_area = Fraction(areas[self.flat], sum(areas.values()))
        by_use = Fraction(used[self.flat], sum(used.values()))
        share = by_area * Fraction(2, 5) + by_use * Fraction(3, 5) if rules.areas else by_use
        cents = int(cost * share + Fraction(1, 2))
        return f"{cents // 100}.{cents % 100:02}"

    def prove(self, folder: Path) -> str:
        """Walk through each meter's readings in the order of their dates."""
        statutes = read_text(folder / self.file("statutes.txt"))
        areas = {name: int(area) for name, area in re.findall(r"^ +(.+?) +(\d+) m2$", statutes, re.MULTILINE)}
        (cost,) = re.findall(r"spent ([\d.]+) euros", self.asked(folder))
        rows = records(folder / self.file("readings.csv"))
        read = {(row["flat"], row["date"], row["meter"]) for row in rows if row["kind"] != "estimated"}
        kept = [r for r in rows if r["kind"] != "estimated" or (r["flat"], r["date"], r["meter"]) not in read]
        used: dict[str, int] = defaultdict(int)
        meters: dict[tuple[str, str], int] = {}
        for row in sorted(kept, key=lambda row: datetime.datetime.strptime(row["date"], "%d.%m.%Y")):
            shown, meter = int(row["reading"]), (row["flat"], row["meter"])
            before = meters.get(meter, shown)
            used[row["flat"]] += shown - before + (100_000 if shown < before else 0)
            meters[meter] = shown
        lived_in = sum(area for name, area in areas.items() if name != "Attic")
        share = Decimal(used[self.flat]) / sum(used.values()) * 60 + Decimal(areas[self.flat]) / lived_in * 40
        return str((Decimal(cost) * share / 100).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _flats(dice: Dice) -> Iterator[_Flat]:
    floors = (
        "Ground left",
        "Ground right",
        "First left",
        "First right",
        "Second left",
        "Second right",
        "Third",
    )
    for n, name in enumerate((*floors, _OWNERS_FLAT)):
        used = dice.whole(2100, 8900) if name != _OWNERS_FLAT else dice.whole(300, 600)
        first = 100_000 - dice.whole(500, 2000) if n in (1, 4) else dice.whole(10_000, 80_000)
        swap = None
        last = (first + used) % _ROLLOVER
        if n in (2, 4, 6):
            before, start = used // 3 + dice.whole(0, 500), dice.whole(0, 60)
            swap = ((first + before) % _ROLLOVER, start)
            last = start + used - before
        estimate = (last + dice.whole(-900, 900)) % _ROLLOVER if n in (0, 2, 5) else None
        yield _Flat(name, dice.whole(48, 112), first, last, swap, estimate)


def _readings(flats: Sequence[_Flat]) -> bytes:
    rows: list[tuple[object, ...]] = []
    for n, flat in enumerate(flats):
        old, new = f"K{n * 311 + 5021}", f"N{n * 173 + 8800}"
        rows.append((flat.name, old, "31.12.2023", f"{flat.first:05}", "read"))
        if flat.swap:
            day = f"{n * 3 + 5:02}.{n + 2:02}.2024"
            rows.append((flat.name, old, day, f"{flat.swap[0]:05}", "read at removal"))
            rows.append((flat.name, new, day, f"{flat.swap[1]:05}", "read at installation"))
        meter = new if flat.swap else old
        if flat.estimate is not None:
            rows.append((flat.name, meter, "31.12.2024", f"{flat.estimate:05}", "estimated"))
        rows.append((flat.name, meter, "31.12.2024", f"{flat.last:05}", "read"))
    return separated(("flat", "meter", "date", "reading", "kind"), rows)


def _statutes(flats: Sequence[_Flat]) -> str:
    areas = "\n        ".join(f"   {flat.name:<14}{flat.area:>4} m2" for flat in flats)
    return f"""
        How we share the cost of heating

        60 % of the cost is shared by use, as the meters show it, and 40 % by area.(1)
        A flat's share is rounded to a cent, halves up, at the very end.
        Where a meter was both estimated and read on a day, the reading holds.
        The meters have five figures: after 99999 they show 00000 and go on.
        Areas:
        {areas}

        (1) The {_OWNERS_FLAT.lower()} is not lived in. It pays for its use, but its area does not count in
            the sharing by area.
        """


_CHANGE = datetime.datetime(2025, 10, 26, 1)
"""When, in UTC, the clocks go back from two hours ahead of it to one."""

HOUR = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Hour:
    begins: datetime.datetime
    """In UTC."""
    made: int
    """Watt-hours."""
    needed: int
    """Watt-hours that the school used."""
    faulty: bool


@dataclass(frozen=True, slots=True)
class _Contract:
    """How the contract is read; every field turned off is a mistake."""

    local: bool = True
    winter: bool = True
    repeats: bool = True
    faulty: bool = True
    capped: bool = True
    amended: bool = True


_PRICES = {"day": (82, 294), "evening": (131, 351), "night": (58, 217)}
"""Tenths of a cent for a kilowatt-hour: what is paid for sending out and for taking in."""


@dataclass(frozen=True)
class SolarRoof(Question):
    """What a school owes for a month, or gets, with prices by local time."""

    family: ClassVar[str] = "solar-roof"
    steps: ClassVar[str] = (
        "Drop repeated and faulty hours; net each hour; turn UTC into local time over the change of "
        "clocks; price by band with the amendment; cap; add up."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL",)

    def make(self, dice: Dice) -> Draft:
        """Invent two months of hours round the change of the clocks."""
        hours = list(_hours(dice))
        names = [self.file(name) for name in ("hours.parquet", "prices.csv", "contract.md")]
        text = f"""Our school has panels on its roof. {names[0]} is the export of the meter for autumn 2025
            (hours in UTC, energy in watt-hours), {names[1]} the prices and {names[2]} our contract with the
            grid company with its amendments. How much do we have to pay the company for October 2025 by local
            time, what we get for energy sent out taken off, in euros with two decimals?"""
        mistakes = overlooked(_Contract())
        columns = {"hour_utc": "TIMESTAMP", "made_wh": "INTEGER", "used_wh": "INTEGER", "status": "VARCHAR"}
        prices = separated(
            ("band", "sent_out_cents_per_kwh", "taken_in_cents_per_kwh"),
            [(band, f"{out / 10:.1f}", f"{taken / 10:.1f}") for band, (out, taken) in _PRICES.items()],
        )
        contents = (parquet_file(columns, _meter_rows(hours)), prices, prose(_contract_text()))
        return Draft(
            one_line(text),
            _owed(hours, _Contract()),
            tuple(_owed(hours, mistake) for mistake in mistakes),
            dict(zip(names, contents, strict=True)),
        )

    def prove(self, folder: Path) -> str:
        """In SQL, in millionths of euros."""
        ((total,),) = query(
            """WITH once AS (
                SELECT DISTINCT hour_utc, made_wh, used_wh FROM hours WHERE status <> 'faulty'),
            clocked AS (
                SELECT *, hour_utc + INTERVAL 1 HOUR
                    + if(hour_utc < TIMESTAMP '2025-10-26 01:00:00', INTERVAL 1 HOUR, INTERVAL 0 HOUR) AS t
                FROM once),
            netted AS (
                SELECT greatest(used_wh - made_wh, 0) AS taken,
                    least(greatest(made_wh - used_wh, 0), 30000) AS sent,
                    CASE WHEN hour(t) BETWEEN 7 AND 16 AND isodow(t) < 6 AND t::DATE <> DATE '2025-10-03'
                        THEN 'day'
                        WHEN hour(t) BETWEEN 17 AND if(t::DATE < DATE '2025-10-16', 21, 22) THEN 'evening'
                        ELSE 'night' END AS band
                FROM clocked WHERE t >= '2025-10-01' AND t < '2025-11-01'),
            priced AS (SELECT taken, sent, taken_in_cents_per_kwh::DECIMAL(9, 1) AS dear,
                sent_out_cents_per_kwh::DECIMAL(9, 1) AS cheap FROM netted JOIN prices USING (band))
            SELECT sum(taken * dear - sent * cheap) FROM priced""",
            hours=folder / self.file("hours.parquet"),
            prices=folder / self.file("prices.csv"),
        )
        return str((Decimal(total) / 100_000).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _hours(dice: Dice) -> Iterator[_Hour]:
    moment = datetime.datetime(2025, 9, 16)
    while moment < datetime.datetime(2025, 11, 16):
        sun = max(0, 6 - abs(moment.hour - 11)) * dice.whole(2000, 9500)
        school = moment.weekday() < 5 and 5 <= moment.hour <= 15
        needed = dice.whole(14_000, 24_000) if school else dice.whole(1500, 5200)
        yield _Hour(moment, sun, needed, dice.chance(0.03))
        moment += HOUR


def _local(moment: datetime.datetime, contract: _Contract) -> datetime.datetime:
    if not contract.local:
        return moment
    return moment + (2 * HOUR if moment < _CHANGE or not contract.winter else HOUR)


def _band(local: datetime.datetime, contract: _Contract) -> str:
    working = local.weekday() < 5 and local.date() != datetime.date(2025, 10, 3)
    if working and 7 <= local.hour < 17:
        return "day"
    late = local.date() >= datetime.date(2025, 10, 16) and contract.amended
    return "evening" if 17 <= local.hour < (23 if late else 22) else "night"


def _owed(hours: Iterable[_Hour], contract: _Contract) -> str:
    total = 0
    for hour in hours:
        local = _local(hour.begins, contract)
        if (local.year, local.month) != (2025, 10) or (hour.faulty and contract.faulty):
            continue
        out, taken = _PRICES[_band(local, contract)]
        net = hour.needed - hour.made
        amount = net * taken if net > 0 else max(net, -30_000 if contract.capped else net) * out
        total += amount * (2 if _is_repeated(hour) and not contract.repeats else 1)
    cents = (total + 5000) // 10_000
    return f"{cents // 100}.{cents % 100:02}"


def _is_repeated(hour: _Hour) -> bool:
    """Whether the meter sent the hour twice."""
    return hour.made % 11 == 3 or hour.needed % 13 == 5


def _meter_rows(hours: Iterable[_Hour]) -> Iterator[Sequence[object]]:
    for hour in hours:
        row = (hour.begins, hour.made, hour.needed, "faulty" if hour.faulty else "ok")
        yield from [row] * (2 if _is_repeated(hour) else 1)


def _contract_text() -> str:
    return """
        # Contract on the roof of the Brook School

        1. For every hour, what the panels made and what the school used are set off against each other. Only
           the rest counts: it was taken in (more used than made) or sent out (more made than used).
        2. The price depends on the band in which the hour begins by local time:
           - day: working days (Monday to Friday), hours beginning from 07:00 to 16:00 (both included),
           - evening: every day, hours beginning from 17:00 to 21:00 (both included),
           - night: all others.
        3. Of what is sent out in an hour, at most 30 kWh are paid for.
        4. Hours with the status "faulty" do not count at all. Hours that the meter sent twice count once.
        5. Until 03:00 (local summer time) of 26 October 2025 local time is UTC plus 2 hours, then UTC plus 1
           hour. The hour from 2 to 3 occurs twice on that night, and both count.
        6. The month's sum is rounded to a cent, halves up.

        Amendment of 9 October 2025: from 16 October 2025 on, the evening has one hour more; its last hour
        begins at 22:00.

        Note to 2: the public holiday on 3 October is no working day.
        """
