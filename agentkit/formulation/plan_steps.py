"""A plan's steps in the words that the formulation gives them (`ActionSchema.says`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.figures import written_figure
from agentkit.formulation.instance import Instance
from agentkit.formulation.planning_block import ActionSchema
from agentkit.formulation.scope import Domain
from agentkit.formulation.values import Symbols
from agentkit.planning.strips import GroundAction

__all__ = ["written_steps"]

_PART = re.compile(r"\{([^{}]*)\}")


def written_steps(instance: Instance, plan: Sequence[GroundAction]) -> tuple[str, ...]:
    """Each step as its action says it, with members or what is known of them: `drive {t} to {home[t]}`.

    Raises `FormulationError` where an expression in it cannot be evaluated.
    """
    block = instance.formulation.planning
    schemas = {action.name: action for action in block.actions} if block is not None else {}
    return tuple(_written(instance, action, schemas.get(action.name)) for action in plan)


def _written(instance: Instance, action: GroundAction, schema: ActionSchema | None) -> str:
    if schema is None or not schema.says:
        return str(action)
    items = parse_over(schema.over, f"action {schema.name}").items
    names = [name for item in items for name in item.names]
    given = dict(zip(names, action.arguments, strict=True))
    by_text = {str(member): code for code, member in enumerate(instance.universe.members)}
    columns = {name: np.asarray([by_text[text]], dtype=np.int64) for name, text in given.items()}

    def shown(found: re.Match[str]) -> str:
        inner = found.group(1).strip()
        return given[inner] if inner in given else _shown(instance, inner, schema.name, Domain(1, columns))

    return _PART.sub(shown, schema.says)


def _shown(instance: Instance, text: str, action: str, domain: Domain) -> str:
    formula = parse_expression(text, f"action {action}, says")
    evaluation = Evaluation(formula, instance)
    value = evaluation.evaluate(formula.node, domain)
    if isinstance(value, Symbols):
        return str(instance.universe.members[int(np.broadcast_to(value.codes, (1,))[0])])
    return written_figure(float(np.broadcast_to(evaluation.numbers(value, formula.node), (1,))[0]))
