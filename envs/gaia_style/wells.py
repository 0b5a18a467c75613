"""Samples from wells, and their yearly means by a method with exceptions."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import parquet_file, prose, separated

__all__ = ["WellSamples"]

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Sample:
    well: str
    name: str
    """What the well is called on the label."""
    taken: datetime.datetime
    received: datetime.datetime
    substance: str
    value: int
    """Tenths of a microgram for a litre; the limit where it is below that."""
    below: bool
    unit: str
    laboratory: str
    kind: str
    """`N` for normal, `D` for the second half of a divided sample, `B` for a blank."""


@dataclass(frozen=True, slots=True)
class _Method:
    """How the method is read; every field turned off is a mistake."""

    units: bool = True
    halves: bool = True
    divided: bool = True
    holding: bool = True
    extended: bool = True
    aliases: bool = True


_WELLS = {f"W-{n:02}": f"{letter}{n * 3 + 1}" for n, letter in enumerate("KMPRTKMPRTKMPRTKMPRT", start=1)}
"""Present names and those painted on the old lids."""

_FIELDS = {well: ("Northfield", "Brook meadow", "Quarry")[n % 3] for n, well in enumerate(_WELLS)}
_SUBSTANCES = {
    "nitrite": ("nitrite", "NO2", "Nitrite (NO2)"),
    "atrazine": ("atrazine", "ATZ", "Atrazine"),
    "boron": ("boron", "B", "Boron, dissolved"),
}
_DAYS, _MORE_DAYS = 14, 21


@dataclass(frozen=True)
class WellSamples(Question):
    """The well with the highest mean of a substance in a field, by a method with exceptions."""

    substance: str
    field: str

    family: ClassVar[str] = "well-samples"
    steps: ClassVar[str] = (
        "Resolve well and substance names; drop late samples and blanks; convert units; halve limits; "
        "join divided samples; average; compare."
    )
    tools: ClassVar[tuple[str, ...]] = ("SQL",)

    def make(self, dice: Dice) -> Draft:
        """Invent three years of samples."""
        samples = _samples(dice)
        names = [self.file(name) for name in ("samples.parquet", "wells.csv", "method.md")]
        text = f"""I work for the water board. {names[0]} is the laboratory's export, {names[1]} the register
            of our wells and {names[2]} our method for yearly means. Which well of the field "{self.field}"
            had the highest mean of {self.substance} in 2024 by that method, and what was the mean? Answer in
            the form: well (present name), mean in µg/l rounded to one decimal (halves up)."""
        mistakes = overlooked(_Method())
        files = dict(zip(names, (_export(samples), _register(), prose(_method_text())), strict=True))
        right = self._worst(samples, _Method())
        return Draft(one_line(text), right, tuple(self._worst(samples, m) for m in mistakes), files)

    def _worst(self, samples: Sequence[_Sample], method: _Method) -> str:
        values: dict[str, dict[object, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, s in enumerate(samples):
            allowed = _MORE_DAYS if s.laboratory == "NORD" and method.extended else _DAYS
            late = s.received - s.taken > allowed * DAY and method.holding
            ours = s.substance == self.substance and _FIELDS[s.well] == self.field and s.taken.year == 2024
            if not ours or late or s.kind == "B" or (s.name != s.well and not method.aliases):
                continue
            amount = s.value if s.below and method.halves else s.value * 2
            if s.unit == "mg/l" and not method.units:
                amount //= 1000
            values[s.well][s.taken if method.divided else number].append(amount)
        means = {}
        for well, by_sample in values.items():
            singles = [Fraction(sum(found), len(found)) for found in by_sample.values()]
            means[well] = sum(singles, Fraction(0)) / len(singles) / 20
        well = max(means, key=lambda w: means[w])
        return f"{well}, {_rounded(means[well])}"

    def prove(self, folder: Path) -> str:
        """In SQL; the substance's names are read in the method."""
        method = read_text(folder / self.file("method.md"))
        (told,) = re.findall(rf"^- {self.substance}: (.+)$", method, flags=re.MULTILINE)
        names = ", ".join(f"'{name}'" for name in told.split("; "))
        rows = query(
            f"""WITH ours AS (
                SELECT w.well, taken, laboratory,
                    CASE WHEN result LIKE '<%' THEN replace(result, '<', '')::DECIMAL(12, 4) * 0.5
                        ELSE result::DECIMAL(12, 4) END
                    * CASE unit WHEN 'mg/l' THEN 1000 ELSE 1 END AS amount
                FROM samples s JOIN wells w ON s.well = w.well OR s.well = w.old_lid
                WHERE w.field = '{self.field}' AND s.substance IN ({names}) AND s.kind <> 'B'
                    AND year(taken) = 2024
                    AND epoch(received - taken) <= 86400 * if(laboratory = 'NORD', {_MORE_DAYS}, {_DAYS}))
            SELECT well, sum(amount), count(*) FROM ours GROUP BY well, taken""",
            samples=folder / self.file("samples.parquet"),
            wells=folder / self.file("wells.csv"),
        )
        means = []
        for well in {row[0] for row in rows}:
            values = [Fraction(total) / number for name, total, number in rows if name == well]
            means.append((sum(values) / len(values), well))
        mean, well = max(means)
        return f"{well}, {int(mean * 10 + Fraction(1, 2)) / 10:.1f}"


def _samples(dice: Dice) -> list[_Sample]:
    found = []
    burden = {(well, s): dice.whole(60, 260) for well in _WELLS for s in _SUBSTANCES}
    for year in (2023, 2024, 2025):
        for well in _WELLS:
            for substance in _SUBSTANCES:
                days = dice.several(range(350), 9)
                found += [s for day in days for s in _taken(dice, year, day, well, substance, burden)]
    return sorted(found, key=lambda s: (s.taken, s.well, s.substance, s.kind))


def _taken(
    dice: Dice, year: int, day: int, well: str, substance: str, burden: Mapping[tuple[str, str], int]
) -> Iterable[_Sample]:
    """One sample; now and then its second half, or a blank with it."""
    taken = datetime.datetime(year, 1, 3, dice.whole(8, 16), dice.pick([0, 15, 30, 45])) + day * DAY
    laboratory = dice.pick(["NORD", "LIM"])
    below = dice.chance(0.22)
    value = 100 if below else max(10, burden[well, substance] * dice.whole(40, 170) // 100)
    for kind, chance in (("N", 1.0), ("D", 0.35), ("B", 0.1)):
        if not dice.chance(chance):
            continue
        hours = dice.whole(1, 9 * 24) if dice.chance(0.6) else dice.whole(15 * 24, 23 * 24)
        yield _Sample(
            well,
            dice.pick([well, well, _WELLS[well]]),
            taken,
            taken + datetime.timedelta(hours=hours),
            substance,
            value if kind == "N" else 100 if below else max(10, value + dice.whole(-60, 90)),
            below,
            dice.pick(["mg/l", "µg/l", "µg/l"]),
            laboratory,
            kind,
        )


def _export(samples: Iterable[_Sample]) -> bytes:
    columns = {"sample_id": "VARCHAR", "well": "VARCHAR", "taken": "TIMESTAMP", "received": "TIMESTAMP"}
    columns |= dict.fromkeys(("substance", "result", "unit", "laboratory", "kind"), "VARCHAR")
    rows = []
    for number, s in enumerate(samples, start=40_001):
        shown = f"{s.value / 10_000:.4f}" if s.unit == "mg/l" else f"{s.value / 10:.1f}"
        result = f"<{shown}" if s.below else shown
        spelled = _SUBSTANCES[s.substance][number * 7 % 3]
        rows.append(
            (f"L{number}", s.name, s.taken, s.received, spelled, result, s.unit, s.laboratory, s.kind)
        )
    return parquet_file(columns, rows)


def _register() -> bytes:
    rows = [(well, old, _FIELDS[well], 6 + n * 5 % 17) for n, (well, old) in enumerate(_WELLS.items())]
    return separated(("well", "old_lid", "field", "depth_m"), rows)


def _method_text() -> str:
    names = "\n        ".join(f"- {key}: {'; '.join(found)}" for key, found in _SUBSTANCES.items())
    return f"""
        # Yearly means of well samples

        1. A sample belongs to the year in which it was taken. Results are compared in µg/l (1 mg/l is
           1000 µg/l).
        2. Blanks (kind B) are pure water from the laboratory and are never used.
        3. Samples received more than {_DAYS} days (24 hours each) after they were taken have spoiled and are
           not used. [Amended by letter of 6 December 2023: samples analysed by laboratory NORD, which freezes
           them, spoil only after {_MORE_DAYS} days. This holds for samples taken from 1 January 2024 on.]
        4. A result "<x" (below the limit x) counts as half of x.
        5. Kind D is the second half of a divided sample: normal sample (kind N) and D of the same well,
           substance and time of taking are one sample, whose value is the mean of those of the two that can
           be used.
        6. The yearly mean is the mean of all samples' values, each sample counting once.
        7. Samplers write the well's present name or the one painted on its old lid; the laboratory writes
           substances as it likes:

        {names}
        """


def _rounded(value: Fraction) -> str:
    tenths = (value * 20 + 1) // 2
    return f"{tenths // 10}.{tenths % 10}"
