"""The NL4OPT competition's declarations as formulations, solved without a model.

The declarations (Ramamonjison et al. 2022, arXiv 2203.15565) say of each word problem what its objective
and its constraints are; other collections have the optima of some. `python -m tests.formulation.nl4opt`
prints how many compile, have an optimum, and agree.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agentkit.errors import AgentkitError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve
from tests.formulation.number_words import read_number

__all__ = ["DATA", "Declared", "Outcome", "Report", "declared_problems", "formulation_of", "measure"]

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "optimization"

EVERYTHING = "sum(amount[t] for t in things)"

TOLERANCE = 1e-4
"""Objectives that differ by less, relatively, are the same, as the field has it."""

_LESS = ("decreas", "least", "low", "min", "reduc")
"""How the directions begin that want less."""

SAME_TEXT = 0.9
"""Two texts this alike are the same problem, if their figures are the same as well."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A problem of the competition, with the optima that others say it has."""

    text: str
    declaration: Mapping[str, Any]
    gold: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one."""

    problem: Declared
    found: Mapping[str, Solution] = field(default_factory=dict)
    """With `integer` and with `real` variables."""
    refused: str = ""
    """Why it could not be compiled."""

    @property
    def objectives(self) -> tuple[float, ...]:
        """What was reached, with integers and without."""
        return tuple(s.objective for s in self.found.values() if s.objective is not None)

    @property
    def agrees(self) -> bool:
        """Whether one of the optima is one of the gold ones."""
        return any(_same(mine, gold) for mine in self.objectives for gold in self.problem.gold)


def formulation_of(declaration: Mapping[str, Any], type_: Literal["integer", "real"]) -> Formulation:
    """A declaration as a formulation; every constraint's source is what it was declared to be.

    Raises `ValueError` where a figure cannot be read, and `KeyError` where a name stands for nothing.
    """
    things = list(declaration["vars"])
    named = {name: things[place] for name, place in declaration["order_mapping"].items()}
    reader = _Reader(named, declaration["document"])
    goal = declaration["obj_declaration"]
    sense = "minimize" if goal["direction"].lower().startswith(_LESS) else "maximize"
    return Formulation.read(
        {
            "title": goal.get("name", ""),
            "sets": {"things": things},
            "variables": {"amount": {"over": "things", "type": type_}},
            "constraints": [
                {"name": f"{one['type']}_{number}", "rule": reader.rule(one), "source": json.dumps(one)}
                for number, one in enumerate(declaration["const_declarations"], start=1)
            ],
            "objective": {sense: reader.objective(goal)},
        }
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Writes the formulas of a declaration."""

    names: Mapping[str, str]
    """What each mention of a thing stands for."""
    text: str
    """The problem's."""

    def amount(self, name: str) -> str:
        return f"amount[{self.names[name]!r}]"

    def total(self, terms: Mapping[str, str]) -> str:
        return " + ".join(f"{read_number(factor)!r} * {self.amount(name)}" for name, factor in terms.items())

    def objective(self, goal: Mapping[str, Any]) -> str:
        if goal["type"] == "objvar":
            return " + ".join(map(self.amount, goal["vars"])) or EVERYTHING
        return self.total(goal["terms"])

    def rule(self, one: Mapping[str, Any]) -> str:
        relation = ">=" if one["operator"] == "GREATER_OR_EQUAL" else "<="
        left, right = self._sides(one)
        return f"{left} {relation} {right}"

    def _sides(self, one: Mapping[str, Any]) -> tuple[str, str]:
        limit = repr(read_number(one["limit"])) if "limit" in one else ""
        match one["type"]:
            case "sum":
                return EVERYTHING, limit
            case "lowerbound" | "upperbound":
                return self.amount(one["var"]), limit
            case "ratio":
                share = one["limit"] if f"{one['limit']}%" not in self.text else f"{one['limit']}%"
                return self.amount(one["var"]), f"{read_number(share)!r} * {EVERYTHING}"
            case "linear":
                return self.total(one["terms"]), limit
            case "xby":
                return self.amount(
                    one["x_var"]
                ), f"{read_number(one['param'])!r} * {self.amount(one['y_var'])}"
            case "xy":
                return self.amount(one["x_var"]), self.amount(one["y_var"])
        raise ValueError(f"a constraint of the type {one['type']}")


def declared_problems(data: Path = DATA) -> list[Declared]:
    """All that are there, with the optima of the collections beside them."""
    golds = list(_gold_of(data))
    return [
        Declared(one["document"], one, tuple(_golds_for(one["document"], golds)))
        for one in map(
            json.loads, (data / "nl4opt_declarations.jsonl").read_text(encoding="utf-8").splitlines()
        )
    ]


def _gold_of(data: Path) -> Iterator[tuple[str, float]]:
    for file in ("nl4opt_e.jsonl", "optibench.jsonl"):
        for line in (data / file).read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            try:  # the objective is what the results name last
                yield one["question"], float(str(list(one["results"].values())[-1]).replace(",", ""))
            except ValueError:
                continue


def _golds_for(text: str, golds: Sequence[tuple[str, float]]) -> Iterator[float]:
    own, figures = _words(text), _figures(text)
    for other, gold in golds:
        if _figures(other) == figures:
            matcher = difflib.SequenceMatcher(None, own, _words(other), autojunk=False)
            if matcher.ratio() >= SAME_TEXT:
                yield gold


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _figures(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", text.replace(",", "")))


def measure(problem: Declared) -> Outcome:
    """Compile and solve one."""
    try:
        found = {
            "integer": solve(formulation_of(problem.declaration, "integer"), time_limit=10),
            "real": solve(formulation_of(problem.declaration, "real"), time_limit=10),
        }
    except (AgentkitError, KeyError, ValueError) as error:
        return Outcome(problem, refused=f"{type(error).__name__}: {error}")
    return Outcome(problem, found)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(abs(other), 1.0)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all."""

    outcomes: tuple[Outcome, ...]

    @property
    def compiled(self) -> list[Outcome]:
        """Those whose declaration became arrays."""
        return [o for o in self.outcomes if not o.refused]

    @property
    def solved(self) -> list[Outcome]:
        """Those with an optimum."""
        return [o for o in self.compiled if any(s.status == "optimal" for s in o.found.values())]

    @property
    def compared(self) -> list[Outcome]:
        """Those whose optimum others tell as well."""
        return [o for o in self.outcomes if o.problem.gold]

    @property
    def missed(self) -> list[Outcome]:
        """Those that differ."""
        return [o for o in self.compared if not o.agrees]

    def __str__(self) -> str:
        counts = (len(self.outcomes), len(self.compiled), len(self.solved), len(self.compared))
        lines = [
            "{} declarations: {} compile, {} have an optimum; of {} with a known one ".format(*counts)
            + f"{len(self.compared) - len(self.missed)} agree"
        ]
        lines += [f"  refused: {o.refused}: {o.problem.text[:90]}" for o in self.outcomes if o.refused]
        lines += [f"  {_status(o)}: {o.problem.text[:90]}" for o in self.compiled if o not in self.solved]
        lines += [
            f"  {', '.join(f'{v:g}' for v in o.objectives) or _status(o)} here, {o.problem.gold} there:"
            f" {o.problem.declaration['id']} {o.problem.text[:90]}"
            for o in self.missed
        ]
        return "\n".join(lines)


def _status(outcome: Outcome) -> str:
    return "/".join(s.status for s in outcome.found.values()) or "refused"


if __name__ == "__main__":
    if not DATA.exists():
        sys.exit(f"the data are not at {DATA}")
    print(Report(tuple(map(measure, declared_problems()))))
