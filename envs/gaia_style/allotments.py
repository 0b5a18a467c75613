"""An allotment society's waiting list, worked through by its rules to see who gets a plot."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked, words
from agentkit.envs.gaia_style.reading import records
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import prose, separated, text_lines

__all__ = ["AllotmentList"]

_NAMES = words("""Akker Bloom Copley Drummond Ellery Fallow Garland Hedger Innes Juniper Kale Lovage Medlar
    Nettle Orchard Parsley Quince Rowan Sorrel Tansy""")
_OURS = ("Mill Lane", "Church Row", "Weir Street")
_STREETS = (*_OURS, "Castle Road", "Harbour Way", "Station Yard")
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Applicant:
    name: str
    applied: datetime.date
    street: str
    least: int
    """Square metres below which a plot is not wanted."""
    withdrawn: datetime.date | None


@dataclass(frozen=True, slots=True)
class _Plot:
    number: int
    free: datetime.date
    size: int


@dataclass(frozen=True, slots=True)
class _Rules:
    """How the rules are read; every field turned off is a mistake."""

    residents: bool = True
    waited: bool = True
    sizes: bool = True
    withdrawals: bool = True
    second_refusal: bool = True


@dataclass(frozen=True, slots=True)
class _Year:
    applicants: Sequence[_Applicant]
    plots: Sequence[_Plot]
    refusals: frozenset[tuple[str, int]]
    """Who refused which plot."""


@dataclass(frozen=True)
class AllotmentList(Question):
    """Who gets one of the last plots of a year."""

    place: int
    """Which of the plots, counted from 0 in the order in which they become free."""

    family: ClassVar[str] = "allotment-list"
    steps: ClassVar[str] = (
        "Plot by plot: order the list by the rules of that day, skip who does not want the size, "
        "apply refusals, give the plot."
    )
    tools: ClassVar[tuple[str, ...]] = ("pen and paper", "spreadsheet")

    def make(self, dice: Dice) -> Draft:
        """Invent lists until every rule changes who gets the plot."""
        mistakes = overlooked(_Rules())
        while True:
            year = _year(dice)
            right = _given(year, _Rules())[self.place]
            wrong = [_given(year, mistake)[self.place] for mistake in mistakes]
            if right and right not in wrong:
                break
        names = [self.file(name) for name in ("list.csv", "plots.csv", "refusals.txt", "rules.md")]
        plot = sorted(year.plots, key=lambda plot: plot.free)[self.place]
        text = f"""I took over the books of our allotment society. {names[0]} is the waiting list as it stood
            on New Year's Day 2025, {names[1]} the plots that became free in the course of 2025, {names[2]}
            who refused what, and {names[3]} our rules. Who gets plot {plot.number}? Answer with the surname
            only."""
        files = dict(zip(names, _files(dice, year), strict=True))
        return Draft(one_line(text), right, tuple(name for name in wrong if name), files)

    def prove(self, folder: Path) -> str:
        """Keep a list of open applications, and take the best for each plot in turn."""
        refused = {
            (name, plot)
            for name, plot in re.findall(
                r"(\w+) refused plot (\d+)", read_text(folder / self.file("refusals.txt"))
            )
        }
        (asked,) = re.findall(r"Who gets plot (\d+)", self.asked(folder))
        people = {row["name"]: dict(row) for row in records(folder / self.file("list.csv"))}
        times = dict.fromkeys(people, 0)
        for plot in sorted(records(folder / self.file("plots.csv")), key=lambda row: row["free_from"]):
            today = plot["free_from"]
            tried: set[str] = set()
            while True:
                able = [
                    (_rank(row, today), name)
                    for name, row in people.items()
                    if name not in tried
                    and not "" < row["withdrawn_on"] <= today
                    and int(row["at_least_m2"] or 0) <= int(plot["m2"])
                ]
                if not able:
                    break
                name = min(able)[1]
                tried.add(name)
                if (name, plot["plot"]) not in refused:
                    if plot["plot"] == asked:
                        return name
                    del people[name]
                    break
                times[name] += 1
                if times[name] == 2:
                    people[name]["applied_on"] = today
        raise LookupError(asked)


def _rank(row: Mapping[str, str], today: str) -> tuple[bool, str]:
    """Residents and those who have waited three years first, then by date."""
    three_years = f"{int(row['applied_on'][:4]) + 3}{row['applied_on'][4:]}"
    return (row["street"] not in _OURS and three_years > today, row["applied_on"])


def _given(year: _Year, rules: _Rules) -> list[str]:
    """Who gets each plot, in the order in which they become free; empty where nobody does."""
    left = list(year.applicants)
    dates = {a.name: a.applied for a in left}
    refused = dict.fromkeys(dates, 0)
    given = []
    for plot in sorted(year.plots, key=lambda plot: plot.free):
        winner = None
        for applicant in list(_in_order(left, dates, plot, rules)):
            if (applicant.name, plot.number) not in year.refusals:
                winner = applicant
                break
            refused[applicant.name] += 1
            if refused[applicant.name] == 2 and rules.second_refusal:
                dates[applicant.name] = plot.free
        if winner:
            left.remove(winner)
        given.append(winner.name if winner else "")
    return given


def _in_order(
    left: Iterable[_Applicant], dates: Mapping[str, datetime.date], plot: _Plot, rules: _Rules
) -> Iterator[_Applicant]:
    """Those who would take a plot of this size now, the first in rank first."""
    ranked = []
    for a in left:
        since = dates[a.name]
        gone = a.withdrawn is not None and a.withdrawn <= plot.free and rules.withdrawals
        waited = since.replace(year=since.year + 3) <= plot.free and rules.waited
        first = a.street in _OURS or waited or not rules.residents
        if not gone and (a.least <= plot.size or not rules.sizes):
            ranked.append((not first, since, a.name, a))
    yield from (entry[3] for entry in sorted(ranked, key=lambda entry: entry[:3]))


def _year(dice: Dice) -> _Year:
    # Without 29 February 2024, which has no third anniversary.
    days = dice.several([day for day in range(4 * 365) if day != 1185], len(_NAMES))
    applicants = [
        _Applicant(
            name,
            datetime.date(2020, 12, 1) + day * DAY,
            dice.pick(_STREETS),
            dice.pick([0, 0, 150, 200]),
            datetime.date(2025, 1, 15) + dice.whole(0, 200) * DAY if dice.chance(0.25) else None,
        )
        for name, day in zip(_NAMES, days, strict=True)
    ]
    frees = dice.several(range(15, 340), 8)
    numbers = dice.several(range(3, 60), 8)
    plots = [
        _Plot(number, datetime.date(2025, 1, 1) + day * DAY, dice.whole(9, 26) * 10)
        for number, day in zip(numbers, frees, strict=True)
    ]
    refusals: set[tuple[str, int]] = set()
    dates = {a.name: a.applied for a in applicants}
    picky = dice.several(_NAMES, 7)
    for plot in plots:
        # Refusals are only noted of people who are offered the plot.
        order = list(_in_order(applicants, dates, plot, _Rules()))[:4]
        refusals |= {(a.name, plot.number) for a in order if a.name in picky and dice.chance(0.8)}
    return _Year(applicants, plots, frozenset(refusals))


def _files(dice: Dice, year: _Year) -> tuple[bytes, bytes, bytes, bytes]:
    people = [
        (a.name, a.applied, a.street, a.least or "", a.withdrawn or "")
        for a in sorted(year.applicants, key=lambda a: a.name)
    ]
    plots = [(p.number, p.free, p.size) for p in sorted(year.plots, key=lambda p: p.number)]
    frees = {p.number: p.free for p in year.plots}
    lines = sorted((frees[number], name, number) for name, number in year.refusals)
    return (
        separated(("name", "applied_on", "street", "at_least_m2", "withdrawn_on"), people),
        separated(("plot", "free_from", "m2"), plots),
        text_lines(f"{free}: {name} refused plot {number}." for free, name, number in lines),
        prose(_rules_text()),
    )


def _rules_text() -> str:
    return f"""
        # Rules for the waiting list

        1. Plots are given away one by one, in the order and on the day on which they become free.
        2. A plot is offered to the first on the list who wants one of its size. Those who asked for a least
           size (at_least_m2) are passed over where the plot is smaller; that is no refusal.
        3. The list is ordered by the date of application, but residents come before all others. Residents are
           those who live in {", ".join(_OURS[:-1])} or {_OURS[-1]}.(1)
        4. Whoever refuses is passed over for that plot, and it is offered to the next. Whoever refuses for
           the second time in the year goes on with the day of this refusal as the new date of application
           (from the next plot on; further refusals change nothing more).
        5. Whoever has withdrawn is not offered anything from the day of the withdrawal on. Whoever got a plot
           leaves the list.
        6. Only a person who would otherwise be offered a plot can refuse it. Where the refusals name somebody
           who was not offered that plot at all, the entry means nothing.

        (1) Whoever has been on the list for three years or more on the day when a plot becomes free (applied
            on 5 May 2022, say, and the plot free on 5 May 2025 or later) counts as a resident for that plot.
            Where rule 4 has set a new date of application, the years are counted from that.
        """
