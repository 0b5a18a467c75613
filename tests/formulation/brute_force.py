"""An oracle for small integer problems: every point is tried, and formulas are run as plain Python.

The language's syntax is Python's, so a formula can be checked against Python itself, by none of the package's code.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Best", "best_point", "feasible_points"]


@dataclass(frozen=True)
class Best:
    """The best objective of all feasible points; None where there is no feasible point."""

    objective: float | None
    points: int
    """How many points are feasible."""


class _Table(dict[Any, Any]):
    """A mapping that is called as `x[i]` or `x[i, j]`."""


def _listed(args: tuple[Any, ...]) -> list[Any]:
    if len(args) == 1 and isinstance(args[0], Iterable):
        return list(args[0])
    found = []
    for arg in args:
        found.extend(arg if isinstance(arg, Iterable) else [arg])
    return found


def _piecewise(at: float, points: list[tuple[float, float]]) -> float:
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if x0 <= at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return math.nan


FUNCTIONS: dict[str, Any] = {
    "abs": abs,
    "all": lambda *args: all(_listed(args)),
    "any": lambda *args: any(_listed(args)),
    "all_different": lambda *args: len(set(_listed(args))) == len(_listed(args)),
    "at_least": lambda k, *args: sum(map(bool, _listed(args))) >= k,
    "at_most": lambda k, *args: sum(map(bool, _listed(args))) <= k,
    "count": lambda *args: sum(map(bool, _listed(args))),
    "exactly": lambda k, *args: sum(map(bool, _listed(args))) == k,
    "iff": lambda a, b: bool(a) == bool(b),
    "implies": lambda a, b: bool(b) if a else True,
    "max": lambda *args: max(_listed(args)),
    "min": lambda *args: min(_listed(args)),
    "piecewise": _piecewise,
    "sum": lambda *args: sum(_listed(args)),
    "range": range,
    "len": len,
    "first": lambda items: items[0],
    "last": lambda items: items[-1],
    "next": lambda items, one: items[items.index(one) + 1],
    "previous": lambda items, one: items[items.index(one) - 1],
    "position": lambda items, one: items.index(one) + 1,
}


def _python(text: str, names: Mapping[str, Any]) -> Any:
    return eval(text, {"__builtins__": {}, **FUNCTIONS, **names})


def _points(
    variables: Mapping[str, Mapping[str, Any]], sets: Mapping[str, list[Any]]
) -> Iterator[dict[str, Any]]:
    """All values of all variables."""
    names, places, ranges = [], [], []
    for name, variable in variables.items():
        over = [sets[part.strip()] for part in variable.get("over", "").split(",") if part.strip()]
        keys = list(itertools.product(*over))
        low, high = int(variable.get("lower", 0)), int(variable.get("upper", 1))
        for key in keys:
            names.append(name)
            places.append(key)
            ranges.append(range(low, high + 1))
    for values in itertools.product(*ranges):
        point: dict[str, Any] = {name: _Table() for name in variables}
        for name, key, value in zip(names, places, values, strict=True):
            if key:
                point[name][key[0] if len(key) == 1 else key] = value
            else:
                point[name] = value
        yield point


def feasible_points(problem: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every point of a problem in plain data, and whether all constraints hold there."""
    sets = {name: list(members) for name, members in problem.get("sets", {}).items()}
    known = {**sets, **problem.get("parameters", {})}
    known = {
        name: value["values"] if isinstance(value, dict) and "values" in value else value
        for name, value in known.items()
    }
    known = {name: _Table(value) if isinstance(value, dict) else value for name, value in known.items()}
    rules = [
        (rule, "") if isinstance(rule, str) else (rule["rule"], rule.get("forall", ""))
        for rule in problem.get("constraints", {}).values()
    ]
    for point in _points(problem["variables"], sets):
        names = {**known, **point}
        yield point, all(_holds(rule, forall, names) for rule, forall in rules)


def _holds(rule: str, forall: str, names: Mapping[str, Any]) -> bool:
    if not forall:
        return bool(_python(rule, names))
    head, _, condition = forall.partition(" if ")
    loops = " ".join(f"for {part.strip()}" for part in head.split(", "))
    return bool(_python(f"all(({rule}) {loops}{f' if {condition}' if condition else ''})", names))


def best_point(problem: Mapping[str, Any]) -> Best:
    """The optimum of a problem in plain data whose variables are integers between small bounds."""
    ((sense, text),) = problem["objective"].items()
    sets = {name: list(members) for name, members in problem.get("sets", {}).items()}
    known = {**sets, **problem.get("parameters", {})}
    known = {
        name: value["values"] if isinstance(value, dict) and "values" in value else value
        for name, value in known.items()
    }
    values = [float(_python(text, {**known, **point})) for point, holds in feasible_points(problem) if holds]
    if not values:
        return Best(None, 0)
    return Best(max(values) if sense == "maximize" else min(values), len(values))
