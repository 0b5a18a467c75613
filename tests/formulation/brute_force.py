"""An oracle for small integer problems: every point is tried, and formulas are run as plain Python.

The language has the syntax of Python, so that Python itself can check a formula, by none of our own code.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, TypeAlias

__all__ = ["Best", "Point", "best_point", "tried_points"]

Point: TypeAlias = dict[str, Any]
"""By variable its figure, or its figures by member."""


@dataclass(frozen=True)
class Best:
    """The best objective of all feasible points; None where there is no feasible point."""

    objective: float | None


def best_point(problem: Mapping[str, Any]) -> Best:
    """The optimum of a problem in plain data whose variables are integers between small bounds."""
    ((sense, text),) = problem["objective"].items()
    known = _known(problem)
    values = [_python(text, {**known, **point}) for point, holds in tried_points(problem) if holds]
    if not values:
        return Best(None)
    return Best(float(max(values) if sense == "maximize" else min(values)))


def tried_points(problem: Mapping[str, Any]) -> Iterator[tuple[Point, bool]]:
    """Every point, and whether all constraints hold there."""
    known = _known(problem)
    rules = [
        (rule, "") if isinstance(rule, str) else (rule["rule"], rule.get("forall", ""))
        for rule in problem.get("constraints", {}).values()
    ]
    for point in _points(problem):
        names = {**known, **point}
        yield point, all(_holds(rule, forall, names) for rule, forall in rules)


def _known(problem: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: list(members) for name, members in problem.get("sets", {}).items()}
    for name, value in problem.get("parameters", {}).items():
        found[name] = value["values"] if isinstance(value, Mapping) and "values" in value else value
    return found


def _points(problem: Mapping[str, Any]) -> Iterator[Point]:
    sets = problem.get("sets", {})
    places, ranges = [], []
    for name, variable in problem["variables"].items():
        over = [sets[part.strip()] for part in variable.get("over", "").split(",") if part.strip()]
        for key in itertools.product(*over):
            places.append((name, key))
            ranges.append(range(variable.get("lower", 0), variable.get("upper", 1) + 1))
    for values in itertools.product(*ranges):
        point: Point = {}
        for (name, key), value in zip(places, values, strict=True):
            if key:
                point.setdefault(name, {})[key[0] if len(key) == 1 else key] = value
            else:
                point[name] = value
        yield point


def _holds(rule: str, forall: str, names: Mapping[str, Any]) -> bool:
    if not forall:
        return bool(_python(rule, names))
    head, _, condition = forall.partition(" if ")
    loops = " ".join(f"for {part}" for part in head.split(", "))
    kept = f"if {condition}" if condition else ""
    return bool(_python(f"all(({rule}) {loops} {kept})", names))


def _python(text: str, names: Mapping[str, Any]) -> Any:
    return eval(_code(text), {"__builtins__": {}, **_FUNCTIONS, **names})


@lru_cache
def _code(text: str) -> CodeType:
    return compile(text, "formula", "eval")


def _listed(args: tuple[Any, ...]) -> list[Any]:
    found: list[Any] = []
    for arg in args:
        found.extend(arg if isinstance(arg, Iterable) else [arg])
    return found


def _holding(args: tuple[Any, ...]) -> int:
    return sum(map(bool, _listed(args)))


def _piecewise(at: float, points: list[tuple[float, float]]) -> float:
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        if x <= at <= next_x:
            return y + (next_y - y) * (at - x) / (next_x - x)
    return math.nan


_FUNCTIONS: dict[str, Any] = {
    "abs": abs,
    "all": lambda *args: all(_listed(args)),
    "all_different": lambda *args: len(set(_listed(args))) == len(_listed(args)),
    "any": lambda *args: any(_listed(args)),
    "at_least": lambda least, *args: _holding(args) >= least,
    "at_most": lambda most, *args: _holding(args) <= most,
    "count": lambda *args: _holding(args),
    "exactly": lambda number, *args: _holding(args) == number,
    "iff": lambda one, other: bool(one) == bool(other),
    "implies": lambda first, then: bool(then) or not first,
    "len": len,
    "max": lambda *args: max(_listed(args)),
    "min": lambda *args: min(_listed(args)),
    "piecewise": _piecewise,
    "range": range,
    "sum": lambda *args: sum(_listed(args)),
}
