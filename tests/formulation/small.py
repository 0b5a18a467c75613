"""Short ways to write, evaluate and solve a problem of a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.residuals import figure_at
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve
from agentkit.formulation.task_data import TaskData

__all__ = ["best", "instance_of", "members_of", "solved", "value_of"]

ANYTHING = {"anything": {"upper": 1}}
"""A problem needs a variable."""


def instance_of(data: Mapping[str, Any] | None = None, **parts: Any) -> Instance:
    """A formulation with its data."""
    return Instance(Formulation.read({"variables": ANYTHING, **parts}), TaskData(dict(data or {})))


def value_of(text: str, data: Mapping[str, Any] | None = None, **parts: Any) -> float:
    """What a known expression comes to."""
    return figure_at(instance_of(data, **parts), {}, text)


def members_of(expression: str, **parts: Any) -> list[Any]:
    """The members of a set that is written as an expression; single ones without their tuple."""
    parts["sets"] = {**parts.get("sets", {}), "wanted": expression}
    instance = instance_of(**parts)
    found = instance.index_of("wanted", "test").members(instance.universe)
    return [member[0] if len(member) == 1 else member for member in found]


def solved(
    objective: str = "0", sense: str = "maximize", data: Mapping[str, Any] | None = None, **parts: Any
) -> Solution:
    """A solution that breaks nothing."""
    found = solve(Formulation.read({**parts, "objective": {sense: objective}}), data)
    assert not found.violations, found.violations
    return found


def best(
    objective: str = "0", sense: str = "maximize", data: Mapping[str, Any] | None = None, **parts: Any
) -> float | str:
    """The optimum, or the status where there is none."""
    found = solved(objective, sense, data, **parts)
    return found.status if found.objective is None else round(found.objective, 6)
