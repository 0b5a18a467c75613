"""Finds where being whole is part of a contradiction although no integrality of a column is.

`x < 5` of an integer is compiled to `x <= 4`, so that the rows contradict `x > 4` by themselves; yet with a
real x there would be room between 4 and 5.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.diagnosis.loosened import LoosenedModel, Statement, loosen
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.instance import Instance
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.irreducible import ModelPart, without_parts

__all__ = ["hidden_wholeness"]


def hidden_wholeness(
    loosened: LoosenedModel, statements: Sequence[Statement], limits: SolveLimits
) -> list[Statement]:
    """What to add to statements of whole elements that contradict each other: that variables are whole."""
    candidates = list(_candidates(loosened, statements))
    if not candidates or not _has_steps(loosened.compiled.instance, statements):
        return []
    if not _possible(loosened.compiled.instance, statements, candidates, limits):
        return []
    needed = [
        name for name in candidates if _possible(loosened.compiled.instance, statements, [name], limits)
    ]
    columns = loosened.compiled.columns
    return [
        Statement("whole", f"variable {name}", part=ModelPart(integer=tuple(columns[name].tolist())))
        for name in needed or candidates
    ]


def _candidates(loosened: LoosenedModel, statements: Sequence[Statement]) -> Iterator[str]:
    """Integers that stand in the statements and are not said to be whole yet."""
    model = loosened.model
    rows = [row for statement in statements for row in statement.part.rows]
    touched = np.zeros(model.columns, dtype=bool)
    for row in rows:
        touched[model.indices[model.starts[row] : model.starts[row + 1]]] = True
    said = {s.element for s in statements if s.kind == "whole"}
    for variable in loosened.compiled.instance.formulation.variables:
        whole = variable.type == "integer" and f"variable {variable.name}" not in said
        if whole and touched[loosened.compiled.columns[variable.name]].any():
            yield variable.name


def _has_steps(instance: Instance, statements: Sequence[Statement]) -> bool:
    """Whether comparisons are compiled otherwise for integers: strict ones, and those within logic."""
    said = {s.element for s in statements}
    for constraint in instance.formulation.constraints:
        if f"constraint {constraint.name}" in said:
            root = parse_expression(constraint.rule, f"constraint {constraint.name}").node
            for node in ast.walk(root):
                if isinstance(node, (ast.Lt, ast.Gt)) or (isinstance(node, ast.Compare) and node is not root):
                    return True
    return False


def _possible(
    instance: Instance, statements: Sequence[Statement], names: Sequence[str], limits: SolveLimits
) -> bool:
    """Whether the statements have a solution when these variables are real."""
    said = {(s.kind, s.element) for s in statements}
    formulation = instance.formulation
    variables = tuple(
        v.model_copy(update={"type": "real"}) if v.name in names else v for v in formulation.variables
    )
    kept = tuple(c for c in formulation.constraints if ("constraint", f"constraint {c.name}") in said)
    changed = formulation.model_copy(update={"variables": variables, "constraints": kept})
    try:
        loose = loosen(Instance(changed, instance.data))
    except FormulationError:
        return False  # != and all_different are for integers alone
    dropped = [s.part for s in loose.statements if (s.kind, s.element) not in said]
    model = without_parts(loose.model, dropped)
    return solve_linear(model, limits).status in ("optimal", "feasible")
