"""A courier's bill by weight or volume, over a list with units of all kinds and parcels scanned twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.writing import prose, separated

__all__ = ["CourierBill"]

_CUSTOMERS = ("Pottery Ruhl", "Seedhouse Marl", "Bindery Okoro")
_ZONES = {"A": (390, 45), "B": (520, 70), "C": (890, 115)}
"""Cents for a parcel, and for every half kilogram of it."""

_WEIGHT = {"kg": 100_000, "g": 100, "lb": 45_360}
"""Hundredths of a gram."""


@dataclass(frozen=True, slots=True)
class _Parcel:
    tracking: str
    customer: str
    amount: int
    """Of the unit: tenths for kg and lb, whole for g."""
    unit: str
    sides: tuple[int, int, int]
    """Centimetres."""
    zone: str
    status: str


@dataclass(frozen=True, slots=True)
class _Tariff:
    """How the tariff is read; every field turned off is a mistake."""

    volume: bool = True
    rounds_up: bool = True
    fuel_spares_c: bool = True
    statuses: bool = True
    long_sides: bool = True
    pounds: bool = True


@dataclass(frozen=True)
class CourierBill(Question):
    """What a customer is billed, or how many parcels are billed by their volume."""

    customer: str
    ask: str
    """`bill` or `volume`."""

    family: ClassVar[str] = "courier-bill"
    steps: ClassVar[str] = (
        "Drop second scans; bring weights to kilograms; take the larger of weight and volume; round "
        "up; price by zone; surcharges; half for returns; add up."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL", "spreadsheet")

    def make(self, dice: Dice) -> Draft:
        """Invent a month's parcels; some stand twice in the list."""
        parcels = [_parcel(dice, number) for number in range(90)]
        table, tariff = self.file("parcels.csv"), self.file("tariff.txt")
        head = f"""I run a small courier service. {table} lists last month's parcels and {tariff} is what we
            charge."""
        own = [p for p in parcels if p.customer == self.customer]
        if self.ask == "bill":
            text = f"{head} What do we charge {self.customer} for the month, in euros with two decimals?"
            mistakes = overlooked(_Tariff())
            answer = _bill(own, _Tariff())
            wrong = [_bill(own, mistake) for mistake in mistakes]
            twice = [p for p in own for _ in range(1 + _is_scanned_twice(p))]
            wrong.append(_bill(twice, _Tariff()))
        else:
            text = f"""{head} Of the parcels of {self.customer} that are charged at all, how many are charged
                by their volume, because it counts for more than their weight (compared before rounding up to
                half kilograms)? Count every parcel once. Answer with a whole number."""
            paid = [p for p in own if p.status != "cancelled"]
            answer = str(sum(_volume(p) > _grams(p) for p in paid))
            repeated = [p for p in own for _ in range(1 + _is_scanned_twice(p))]
            wrong = [
                str(sum(_volume(p) > _grams(p) for p in own)),
                str(sum(_volume(p) > _grams(p) for p in repeated if p.status != "cancelled")),
                str(sum(_volume(p) > _grams(p, pounds=False) for p in paid)),
                str(sum(_volume(p) <= _grams(p) for p in paid)),
            ]
        files = {table: _list(dice, parcels), tariff: prose(_tariff_text())}
        return Draft(one_line(text), answer, tuple(wrong), files)

    def prove(self, folder: Path) -> str:
        """In SQL, in exact decimals."""
        rows = query(
            f"""WITH once AS (
                SELECT DISTINCT tracking, customer, weight, size_cm, zone, status FROM parcels
                WHERE customer = '{self.customer}' AND status <> 'cancelled'),
            measured AS (
                SELECT *, regexp_extract(weight, '^[0-9.]+')::DECIMAL(9, 4)
                    * CASE split_part(weight, ' ', 2) WHEN 'kg' THEN 1.0 WHEN 'g' THEN 0.001
                      ELSE 0.4536 END AS kilograms FROM once)
            SELECT kilograms, size_cm, zone, status FROM measured""",
            parcels=folder / self.file("parcels.csv"),
        )
        total = by_volume = 0
        for kilograms, size, zone, status in rows:
            weight, sides = Fraction(kilograms), [int(side) for side in size.split("x")]
            cubic, longest = prod(sides), max(sides)
            by_volume += Fraction(cubic, 5000) > weight
            halves = -(-max(weight, Fraction(cubic, 5000)) * 2 // 1)
            cents = {"A": 390 + 45 * halves, "B": 520 + 70 * halves, "C": 890 + 115 * halves}[zone]
            price = Fraction(cents) * (1 if zone == "C" else Fraction("1.075")) + (
                600 if longest > 100 else 0
            )
            total += int((price / 2 if status == "returned" else price) + Fraction(1, 2))
        return str(by_volume) if self.ask == "volume" else f"{total / 100:.2f}"


def _parcel(dice: Dice, number: int) -> _Parcel:
    unit = dice.pick(["kg", "kg", "g", "lb"])
    amount = {"kg": dice.whole(6, 190), "g": dice.whole(180, 990), "lb": dice.whole(12, 220)}[unit]
    longest = dice.whole(101, 130) if dice.chance(0.16) else dice.whole(25, 95)
    sides = (longest, dice.whole(12, 45), dice.whole(8, 40))
    status = dice.pick(["delivered"] * 6 + ["returned", "cancelled"])
    tracking = f"KX{70_000 + number * 37}"
    return _Parcel(tracking, dice.pick(_CUSTOMERS), amount, unit, sides, dice.pick("AABC"), status)


def _is_scanned_twice(parcel: _Parcel) -> bool:
    return int(parcel.tracking[2:]) % 6 == 0


def _grams(parcel: _Parcel, *, pounds: bool = True) -> int:
    """Hundredths of a gram."""
    unit = parcel.unit if pounds or parcel.unit != "lb" else "kg"
    whole = parcel.amount * _WEIGHT[unit]
    return whole if unit == "g" else whole // 10


def _volume(parcel: _Parcel) -> int:
    """Hundredths of a gram for which the volume counts: 5000 cubic centimetres are a kilogram."""
    return parcel.sides[0] * parcel.sides[1] * parcel.sides[2] * 20


def _bill(parcels: Iterable[_Parcel], tariff: _Tariff) -> str:
    total = 0
    for p in parcels:
        if p.status == "cancelled" and tariff.statuses:
            continue
        weight = _grams(p, pounds=tariff.pounds)
        weight = max(weight, _volume(p)) if tariff.volume else weight
        halves = -(-weight // 50_000) if tariff.rounds_up else weight // 50_000
        base, rate = _ZONES[p.zone]
        thousandths = (base + rate * halves) * (1000 if p.zone == "C" and tariff.fuel_spares_c else 1075)
        if max(p.sides) > 100 and tariff.long_sides:
            thousandths += 600_000
        divisor = 2000 if p.status == "returned" and tariff.statuses else 1000
        total += (thousandths * 2 + divisor) // (2 * divisor)
    return f"{total // 100}.{total % 100:02}"


def _list(dice: Dice, parcels: Sequence[_Parcel]) -> bytes:
    rows: list[tuple[object, ...]] = []
    for n, p in enumerate(parcels):
        weight = f"{p.amount} g" if p.unit == "g" else f"{p.amount / 10:.1f} {p.unit}"
        row = (p.tracking, p.customer, weight, "x".join(map(str, dice.shuffled(p.sides))), p.zone, p.status)
        rows.append((f"{1 + n // 4:02}.09.2025", *row))
        if _is_scanned_twice(p):
            rows.append((f"{2 + n // 4 + n % 3:02}.09.2025", *row))
    rows.sort(key=lambda row: str(row[0]))
    header = ("date", "tracking", "customer", "weight", "size_cm", "zone", "status")
    return separated(header, rows)


def _tariff_text() -> str:
    zones: Mapping[str, str] = {
        zone: f"{base / 100:.2f} euros for the parcel and {rate / 100:.2f} euros for every half kilogram"
        for zone, (base, rate) in _ZONES.items()
    }
    return f"""
        Tariff

        1. Zone A: {zones["A"]}.
           Zone B: {zones["B"]}.
           Zone C: {zones["C"]}.
        2. What counts is the weight or the volume, whichever is more: length x width x height in cm, divided
           by 5000, is the volume's weight in kg. The result is rounded up to the next half kilogram (a full
           half kilogram stays). 1 lb is 0.4536 kg.
        3. To the sum of 1 comes a fuel surcharge of 7.5 %.*
        4. Parcels with a side of more than 100 cm cost 6.00 euros more (no fuel surcharge on that).
        5. Cancelled parcels are free. Returned parcels cost half of everything.
        6. Each parcel's price is rounded to a cent, halves up. A parcel that stands in the list twice was
           scanned twice and is charged once.

        * Not in zone C, where the ferry's price is fixed.
        """
