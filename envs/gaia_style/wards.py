"""A ward over a long weekend, staffed as cheaply as the rules allow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import records
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import json_file, prose, separated

__all__ = ["WardWeekend"]

_TEAM = ("Ahlers", "Bosman", "Cordes", "Dekker", "Evers", "Agency")
_WEEKEND = ("Friday", "Saturday", "Sunday", "Monday")
_KINDS = {"early": 8, "late": 8, "night": 10}
"""Kinds of shift and their hours."""


@dataclass(frozen=True, slots=True)
class _Nurse:
    name: str
    wage: int
    """Cents for an hour."""
    most: int
    """Shifts at most."""
    licences: str
    """`N` for nights, `T` for the theatre."""


@dataclass(frozen=True, slots=True)
class _Weekend:
    team: Mapping[str, _Nurse]
    theatre: tuple[int, ...]
    """Days on which the early shift needs a theatre licence."""
    leave: frozenset[tuple[str, int]]
    """Who cannot work on which day."""
    withdrawn: tuple[str, int]
    """A wish that was taken back."""


@dataclass(frozen=True, slots=True)
class _WardRules:
    """How the rules are read; every field turned off is a mistake."""

    licences: bool = True
    leave: bool = True
    rest: bool = True
    most: bool = True
    sunday: bool = True
    withdrawn: bool = True


@dataclass(frozen=True, slots=True)
class _State:
    """What of the days before matters for the next one."""

    left: tuple[int, ...]
    """Shifts that each nurse may still work."""
    late: int = -1
    night: int = -1


@dataclass(frozen=True)
class WardWeekend(Question):
    """The least that a long weekend's shifts can cost."""

    family: ClassVar[str] = "ward-weekend"
    steps: ClassVar[str] = (
        "Gather who can work what; price every nurse in every shift; search all rotas that the rules "
        "allow for the cheapest."
    )
    tools: ClassVar[tuple[str, ...]] = ("a program", "calculator")

    def make(self, dice: Dice) -> Draft:
        """Invent a team and its wishes, until there is a rota."""
        while True:
            weekend = _weekend(dice)
            costs = [_cheapest(weekend, rules) for rules in (_WardRules(), *overlooked(_WardRules()))]
            if costs[0] and costs.count(costs[0]) == 1:
                break
        names = [self.file(name) for name in ("team.json", "shifts.csv", "rules.md", "messages.txt")]
        text = f"""I must staff our ward over the long weekend, Friday to Monday, three shifts a day, each
            with exactly one nurse. {names[0]} is the team, {names[1]} the shifts, {names[2]} the rules, and
            {names[3]} what people wrote to me. What is the lowest possible cost of the whole weekend, in
            euros with two decimals?"""
        files = dict(zip(names, _ward_files(weekend), strict=True))
        told = [f"{cost // 100}.{cost % 100:02}" for cost in costs if cost]
        return Draft(one_line(text), told[0], tuple(told[1:]), files)

    def prove(self, folder: Path) -> str:
        """Fill in shift after shift; give up what is dearer than the best even at the lowest prices."""
        team = json.loads(read_text(folder / self.file("team.json")))
        shifts = records(folder / self.file("shifts.csv"))
        away = _absent(read_text(folder / self.file("messages.txt")))
        prices = [[_price(nurse, shift, away) for nurse in team] for shift in shifts]
        floor = [min(p for p in row if p is not None) for row in prices]
        best = [10**9]

        def fill(number: int, spent: float, chosen: list[int]) -> None:
            if spent + sum(floor[number:]) >= best[0]:
                return
            if number == len(shifts):
                best[0] = int(spent)
                return
            for nurse, price in enumerate(prices[number]):
                today = number - number % 3
                before = chosen[max(0, today - 3) : today]
                rested = not before or (before[2] != nurse and (number % 3 or before[1] != nurse))
                room = chosen.count(nurse) < team[nurse]["most_shifts"]
                if price is not None and room and rested and nurse not in chosen[today:]:
                    fill(number + 1, spent + price, [*chosen, nurse])

        fill(0, 0, [])
        return f"{best[0] / 100:.2f}"


def _absent(messages: str) -> set[tuple[str, str]]:
    """Who cannot come on which day, by their messages in order."""
    away: set[tuple[str, str]] = set()
    for name, body in re.findall(r"^From: (\w+)\n(.+?)(?:\n\n|\Z)", messages, flags=re.MULTILINE | re.DOTALL):
        days = {(name, day) for day in _WEEKEND if day in body}
        away = away - days if "after all" in body else away | days
    return away


def _price(nurse: Mapping[str, object], shift: Mapping[str, str], away: set[tuple[str, str]]) -> float | None:
    """Cents for a nurse in a shift; None where it must not be."""
    night, sunday = shift["shift"] == "night", shift["day"] == "Sunday"
    needs = "N" if night else shift["needs"]
    if (nurse["name"], shift["day"]) in away or needs not in str(nurse["licences"]):
        return None
    extra = 0 if nurse["name"] == "Agency" else 60 if sunday else 30 if night else 0
    return float(str(nurse["wage"])) * int(shift["hours"]) * (100 + extra)


def _weekend(dice: Dice) -> _Weekend:
    licences = dice.shuffled(["N", "NT", "NT", "T", ""])
    team = {
        name: _Nurse(name, 2400 + dice.whole(0, 60) * 10, dice.whole(2, 3), licence)
        for name, licence in zip(_TEAM, licences, strict=False)
    }
    team["Agency"] = _Nurse("Agency", 4450, 2, "NT")
    wishes = dice.several([(name, day) for name in _TEAM[:-1] for day in range(4)], 5)
    return _Weekend(team, tuple(dice.several(range(4), 2)), frozenset(wishes), wishes[0])


def _cheapest(weekend: _Weekend, rules: _WardRules) -> int:
    """Day by day: the least cost of every state that can be reached; 0 where there is no rota."""
    team = [weekend.team[name] for name in _TEAM]
    states = {_State(tuple(nurse.most if rules.most else 4 for nurse in team)): 0}
    for day in range(len(_WEEKEND)):
        after: dict[_State, int] = {}
        for state, spent in states.items():
            for three in permutations(range(len(team)), 3):
                if not _is_rested(three, state, rules):
                    continue
                costs = [
                    _cost(weekend, team[n], day, kind, rules) for n, kind in zip(three, _KINDS, strict=True)
                ]
                if all(costs) and all(state.left[n] for n in three):
                    left = tuple(left - (n in three) for n, left in enumerate(state.left))
                    new = _State(left, three[1], three[2])
                    after[new] = min(after.get(new, 10**9), spent + sum(costs))
        states = after
    return min(states.values(), default=0)


def _is_rested(three: Sequence[int], state: _State, rules: _WardRules) -> bool:
    return not rules.rest or (state.night not in three and state.late != three[0])


def _cost(weekend: _Weekend, nurse: _Nurse, day: int, kind: str, rules: _WardRules) -> int:
    """Cents for a nurse in a shift; 0 where it must not be."""
    needs = "N" if kind == "night" else "T" if kind == "early" and day in weekend.theatre else ""
    leave = (weekend.leave if rules.leave else frozenset()) - (
        {weekend.withdrawn} if rules.withdrawn else set()
    )
    if (nurse.name, day) in leave or (rules.licences and needs not in nurse.licences):
        return 0
    extra = 30 if kind == "night" else 0
    if _WEEKEND[day] == "Sunday" and rules.sunday:
        extra = 60
    return nurse.wage * _KINDS[kind] * (100 + (0 if nurse.name == "Agency" else extra)) // 100


def _ward_files(weekend: _Weekend) -> tuple[bytes, bytes, bytes, bytes]:
    team = [
        {"name": n.name, "wage": f"{n.wage / 100:.2f}", "most_shifts": n.most, "licences": list(n.licences)}
        for n in weekend.team.values()
    ]
    rows = [
        (day, kind, hours, "T" if kind == "early" and number in weekend.theatre else "")
        for number, day in enumerate(_WEEKEND)
        for kind, hours in _KINDS.items()
    ]
    return (
        json_file(team),
        separated(("day", "shift", "hours", "needs"), rows),
        prose(_ward_text()),
        _messages(weekend),
    )


def _messages(weekend: _Weekend) -> bytes:
    by_name: dict[str, list[str]] = {}
    for name, day in sorted(weekend.leave):
        by_name.setdefault(name, []).append(_WEEKEND[day])
    parts = [f"From: {name}\nI cannot work on {' or '.join(days)}, sorry." for name, days in by_name.items()]
    name, day = weekend.withdrawn
    parts.append(
        f"From: {name}\nAbout what I wrote: my plans fell through, so {_WEEKEND[day]} is fine after all."
    )
    return ("\n\n".join(parts) + "\n").encode()


def _ward_text() -> str:
    return """
        # Rules for the long weekend

        1. Nobody works two shifts on the same day, and nobody works more shifts in all than their
           most_shifts.
        2. After a night shift the whole next day is free. After a late shift nobody works the early shift of
           the next day.
        3. A night shift needs the licence N. What else a shift needs stands in the column "needs".
        4. A shift costs the wage (euros for an hour) times its hours. Night shifts cost 30 % more.
        5. Agency is a nurse from outside, to whom rules 1 to 3 apply like to anybody.
        6. Whoever wrote that they cannot come must not be planned.

        Amendment to 4: all shifts of Sunday cost 60 % more, the night shift too (60 %, not 90 %).
        Exception to 4 and its amendment: the wage of Agency is a flat rate without any supplement.
        """
