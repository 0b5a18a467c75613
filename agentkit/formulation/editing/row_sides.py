"""Both sides of constraints at known values: how much room each row leaves."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agentkit.formulation.elements import Constraint
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.figures import as_figures
from agentkit.formulation.instance import Instance
from agentkit.formulation.residuals import KnownDecisions
from agentkit.formulation.universe import show_member
from agentkit.formulation.values import Floats

__all__ = ["RowSides", "row_sides"]


@dataclass(frozen=True, slots=True, eq=False)
class RowSides:
    """Both sides of a comparison, in each row."""

    rows: list[str]
    """What people call each row: `capacity[a]`."""
    left: Floats
    """The left sides' values."""
    right: Floats
    """The right sides' values."""
    sign: int
    """1 for <=, -1 for >=, 0 for ==."""


def row_sides(instance: Instance, constraint: Constraint, arrays: Mapping[str, Floats]) -> RowSides | None:
    """A constraint's sides where the variables have these values; None for what is no single comparison.

    Nothing of the compiled model is used, so that it can be asked of any values.
    """
    element = f"constraint {constraint.name}"
    formula = parse_expression(constraint.rule, element)
    node = formula.node
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return None
    signs: dict[type[ast.cmpop], int] = {ast.LtE: 1, ast.Lt: 1, ast.GtE: -1, ast.Gt: -1, ast.Eq: 0}
    sign = signs.get(type(node.ops[0]))
    if sign is None:
        return None
    domain = instance.rows(constraint.forall, element)
    evaluation = Evaluation(formula, instance, KnownDecisions(instance, arrays))
    values = [evaluation.evaluate(side, domain) for side in (node.left, node.comparators[0])]
    left, right = (as_figures(value, instance.universe) for value in values)
    if left is None or right is None:
        return None
    members = instance.universe.members
    columns = [codes.tolist() for codes in domain.columns.values()]
    rows = [
        f"{constraint.name}[{show_member([members[code] for code in codes])}]"
        for codes in zip(*columns, strict=True)
    ] or [constraint.name] * domain.size
    shape = (domain.size,)
    return RowSides(rows, np.broadcast_to(left, shape), np.broadcast_to(right, shape), sign)
