"""A hospital's rota, and what its shifts are paid with supplements and changes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line
from agentkit.envs.gaia_style.reading import cells
from agentkit.envs.gaia_style.writing import SheetPlan, prose, workbook

__all__ = ["NightPay"]

_NURSES = ("Abiola", "Brandt", "Castro", "Dvorak", "Eriksen", "Fontaine")
_SHIFTS = {"E": (360, 855), "L": (810, 1320), "N": (1290, 1830), "S": (960, 1290)}
"""By code: begin and end in minutes after midnight; nights end on the next day."""

_HOLIDAY = datetime.date(2025, 6, 9)
_WAGE = 2640
"""Cents for an hour."""

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Duty:
    date: datetime.date
    planned: str
    worked: str
    """Who worked in the end."""
    code: str


@dataclass(frozen=True, slots=True)
class _PayRules:
    """How the rules are read; every field turned off is a mistake."""

    changes: bool = True
    breaks: bool = True
    holiday: bool = True
    higher_only: bool = True
    past_midnight: bool = True


@dataclass(frozen=True)
class NightPay(Question):
    """What a nurse is paid for two weeks, or how long she worked at night."""

    nurse: str
    ask: str
    """`pay` or `night`."""

    family: ClassVar[str] = "night-pay"
    steps: ClassVar[str] = (
        "Apply the changes; take out the breaks; split each shift at 22:00, 06:00 and midnight; give "
        "each part its supplement; add up."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet", "calculator")

    def make(self, dice: Dice) -> Draft:
        """Invent a rota of two weeks."""
        duties = list(_duties(dice))
        book, rules = self.file("rota.xlsx"), self.file("pay.txt")
        aims = {
            "pay": """how much is {} paid for the shifts that began from 2 to 15 June 2025, in euros with two
                decimals""",
            "night": """how many minutes did {} work between 22:00 and 06:00 in the shifts that began from 2
                to 15 June 2025 (breaks are not work)""",
        }
        aim = aims[self.ask].format(f"nurse {self.nurse}")
        text = f"""Our ward's rota is in {book} (look at all its sheets), and the rules of pay are in
            {rules}. By these, {aim}?"""
        mistakes = [
            _PayRules(changes=False),
            _PayRules(breaks=False),
            _PayRules(past_midnight=False),
        ]
        if self.ask == "pay":
            mistakes += [_PayRules(holiday=False), _PayRules(higher_only=False)]
        return Draft(
            one_line(text),
            self._sum(duties, _PayRules()),
            tuple(self._sum(duties, mistake) for mistake in mistakes),
            {book: _rota(duties), rules: prose(_pay_text())},
        )

    def _sum(self, duties: Iterable[_Duty], rules: _PayRules) -> str:
        cents_times, night = 0, 0
        for duty in duties:
            if self.nurse == (duty.worked if rules.changes else duty.planned):
                for first, last in _parts(*_SHIFTS[duty.code], rules):
                    sunday = _is_sunday(duty.date + first // 1440 * rules.past_midnight * DAY, rules)
                    dark = first % 1440 >= 1320 or first % 1440 < 360
                    percent = _percent(sunday, dark, rules)
                    night += (last - first) * dark * (rules.past_midnight or first < 1440)
                    cents_times += (last - first) * _WAGE * (100 + percent)
        cents = (cents_times + 3000) // 6000
        return str(night) if self.ask == "night" else f"{cents // 100}.{cents % 100:02}"

    def prove(self, folder: Path) -> str:
        """Go through every minute of every shift."""
        path = folder / self.file("rota.xlsx")
        hours = {row["Code"]: (row["From"], row["To"]) for row in cells(path, "Shifts", "Code")}
        stands_in: dict[tuple[str, str], str] = {}
        for row in cells(path, "Changes", "Date"):
            day = datetime.datetime.strptime(f"{row['Date']} 2025", "%d %B %Y")
            stands_in[f"{day:%Y-%m-%d}", row["Instead of"]] = row["Works"]
        free = datetime.datetime(2025, 6, 9)
        minutes = night = 0.0
        for row in cells(path, "Rota", "Date"):
            for code in ("E", "S", "L", "N"):
                name = row[code]
                if stands_in.get((f"{row['Date']:%Y-%m-%d}", name), name) != self.nurse:
                    continue
                begins, ends = (datetime.datetime.combine(row["Date"], t) for t in hours[code])
                ends += DAY * (ends < begins)
                length = int((ends - begins).total_seconds()) // 60
                for n in range(length):
                    now = begins + datetime.timedelta(minutes=n)
                    if length > 360 and 240 <= n < 270:
                        continue
                    dark = now.hour >= 22 or now.hour < 6
                    festive = f"{now:%a}" == "Sun" or now.date() == free.date()
                    night += dark
                    minutes += 1.5 if festive else 1.25 if dark else 1
        return f"{night:.0f}" if self.ask == "night" else f"{minutes * 0.44 + 1e-9:.2f}"


def _percent(sunday: bool, dark: bool, rules: _PayRules) -> int:
    if rules.higher_only:
        return 50 if sunday else 25 if dark else 0
    return 50 * sunday + 25 * dark


def _parts(begin: int, end: int, rules: _PayRules) -> list[tuple[int, int]]:
    """A shift without its break, cut where supplements begin or end."""
    rest = (begin + 240, begin + 270)
    has_rest = end - begin > 360 and rules.breaks
    marks = sorted(
        {begin, end, *(rest if has_rest else ()), *(m for m in (1320, 1440, 1800) if begin < m < end)}
    )
    pairs = pairwise(marks)
    return [(a, b) for a, b in pairs if not (has_rest and rest[0] <= a < rest[1])]


def _is_sunday(day: datetime.date, rules: _PayRules) -> bool:
    return day.weekday() == 6 or (day == _HOLIDAY and rules.holiday)


def _duties(dice: Dice) -> Iterator[_Duty]:
    for number in range(14):
        date = datetime.date(2025, 6, 2) + number * DAY
        names = dice.several(_NURSES, 5)
        for code, planned in zip(_SHIFTS, names, strict=False):
            yield _Duty(date, planned, names[4] if dice.chance(0.16) else planned, code)


def _rota(duties: Sequence[_Duty]) -> bytes:
    by_day: dict[datetime.date, dict[str, str]] = {}
    for duty in duties:
        by_day.setdefault(duty.date, {})[duty.code] = duty.planned
    rota: list[list[object]] = [["Ward 4 B: rota from 2 to 15 June 2025"], ["Date", "E", "S", "L", "N"]]
    rota += [[datetime.datetime.combine(d, datetime.time()), *(by_day[d][c] for c in "ESLN")] for d in by_day]
    shifts: list[list[object]] = [["Code", "From", "To"]]
    shifts += [[code, _clock(begin), _clock(end)] for code, (begin, end) in _SHIFTS.items()]
    changes: list[list[object]] = [["Date", "Shift", "Instead of", "Works", "Why"]]
    changes += [
        [f"{d.date.day} {d.date:%B}", d.code, d.planned, d.worked, ("swap", "ill", "course")[d.date.day % 3]]
        for d in duties
        if d.worked != d.planned
    ]
    return workbook(
        SheetPlan("Rota", rota, ("A1:E1",)), SheetPlan("Shifts", shifts), SheetPlan("Changes", changes)
    )


def _clock(minutes: int) -> datetime.time:
    return datetime.time(minutes // 60 % 24, minutes % 60)


def _pay_text() -> str:
    return f"""
        Rules of pay, ward 4 B

        An hour is paid {_WAGE // 100}.{_WAGE % 100} euros.
        Whoever works the shift in the end is paid for it, whoever was planned.
        A shift of more than 6 hours has an unpaid break of 30 minutes, which begins 4 hours after the shift
        begins. Shorter shifts have none.
        Work from 22:00 to 06:00 has a supplement of 25 %.*
        Work on Sundays, from midnight to midnight, has a supplement of 50 %.*
        The sum is rounded to a cent only at the end, halves up.

        * Where both would apply, only the higher one is paid. Whit Monday (9 June 2025) is paid as a Sunday.
        """
