"""Which elements of a formulation are used by what counts."""

from __future__ import annotations

import ast
import re

from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.names import formulas_of

__all__ = ["used_names"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def used_names(formulation: Formulation) -> set[str]:
    """What constraints, objectives, variables or a planning block lead to, by way of whatever they name.

    >>> toy = Formulation.read({
    ...     "parameters": {"price": 3, "stock": 8},
    ...     "variables": {"x": {"upper": 4}},
    ...     "objective": {"maximize": "price * x"},
    ... })
    >>> sorted(used_names(toy))
    ['price', 'x']
    """
    needs: dict[str, set[str]] = {}
    roots: set[str] = set()
    for formula in formulas_of(formulation):
        names = _names(formula.text) | _over_names(formula.over)
        kind, _, rest = formula.element.partition(" ")
        owner = rest.partition(",")[0]
        if kind in ("constraint", "objective", "variable"):
            roots |= names
        else:
            needs.setdefault(owner, set()).update(names)
    for variable in formulation.variables:
        roots |= _over_names(variable.over)
    for parameter in formulation.parameters:
        needs.setdefault(parameter.name, set()).update(_over_names(parameter.over))
    if formulation.planning is not None:
        roots |= _planning_names(formulation)
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(needs.get(name, ()))
    return reached


def _planning_names(formulation: Formulation) -> set[str]:
    block = formulation.planning
    assert block is not None
    texts = [*block.start, *block.goal]
    overs = [fluent.over for fluent in block.fluents] + [action.over for action in block.actions]
    for action in block.actions:
        texts += [*action.pre, *action.effects, action.cost, action.says]
    return set(NAME.findall(" ".join([*texts, *overs])))


def _names(text: str) -> set[str]:
    return {part.id for part in ast.walk(parse_expression(text).node) if isinstance(part, ast.Name)}


def _over_names(over: str) -> set[str]:
    found = parse_over(over)
    nodes = [*(item.source for item in found.items), *found.conditions]
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}
