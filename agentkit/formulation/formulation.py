"""`Formulation`: a whole problem as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import ValidationError, model_validator

from agentkit.errors import FormulationError
from agentkit.formulation.elements import (
    AnswerLine,
    Constraint,
    DerivedExpression,
    Element,
    IndexSet,
    Objective,
    Parameter,
    Variable,
)
from agentkit.formulation.planning_block import PlanningBlock
from agentkit.frozen import Frozen

__all__ = ["Formulation"]

_LISTS = {
    "sets": "members",
    "parameters": "values",
    "variables": "type",
    "expressions": "value",
    "constraints": "rule",
}
"""The lists of elements, and the field that a bare value in a mapping stands for."""


class Formulation(Frozen):
    """A problem: what is known, what is to be decided, what must hold, what is sought.

    Lists of elements may also be given as mappings from name to element.

    >>> bakery = Formulation.read({
    ...     "sets": {"cakes": ["plain", "cream"]},
    ...     "parameters": {"profit": {"over": "cakes", "values": {"plain": 4, "cream": 5}}, "flour": 20},
    ...     "variables": {"bake": {"over": "cakes", "type": "integer"}},
    ...     "constraints": {"flour_left": "2 * sum(bake[c] for c in cakes) <= flour"},
    ...     "objective": {"maximize": "sum(profit[c] * bake[c] for c in cakes)"},
    ... })
    >>> [variable.name for variable in bakery.variables], bakery.objectives[0].sense
    (['bake'], 'maximize')
    """

    title: str = ""
    """What it is about, in a few words."""
    sets: tuple[IndexSet, ...] = ()
    """What things there are."""
    parameters: tuple[Parameter, ...] = ()
    """What is known of them."""
    variables: tuple[Variable, ...] = ()
    """What is to be decided."""
    expressions: tuple[DerivedExpression, ...] = ()
    """Names for what is used more than once."""
    constraints: tuple[Constraint, ...] = ()
    """What must hold."""
    objectives: tuple[Objective, ...] = ()
    """What is sought, the most important first. None: any solution will do."""
    planning: PlanningBlock | None = None
    """Instead of variables, constraints and objectives: a world of actions with a goal."""
    assumptions: tuple[str, ...] = ()
    """What was assumed where the task is silent."""
    answer: tuple[AnswerLine, ...] = ()
    """The form of the answer, line by line; a text stands for a line: `Make {bake['plain']} cakes`.
    `{plan}` is the sequence of actions, a step a line."""

    @classmethod
    def read(cls, data: Any) -> Self:
        """A formulation out of plain data. Raises `FormulationError` that names the element at fault."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise _located(error, data) from error

    @property
    def elements(self) -> Iterator[Element]:
        """All of them, in the order of their kinds."""
        for kind in _LISTS:
            yield from getattr(self, kind)
        yield from self.objectives
        if self.planning is not None:
            yield from self.planning.fluents
            yield from self.planning.actions

    @model_validator(mode="before")
    @classmethod
    def _mappings_are_lists(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        given = dict(data)
        for kind, field in _LISTS.items():
            if isinstance(given.get(kind), Mapping):
                given[kind] = [_named(name, value, field) for name, value in given[kind].items()]
        if "objective" in given:
            if given.get("objectives"):
                raise FormulationError("give either objective or objectives", element="objective")
            single = given.pop("objective")
            given["objectives"] = [] if single is None else [single]
        if isinstance(given.get("objectives"), (list, tuple)):
            given["objectives"] = [_objective(one, n) for n, one in enumerate(given["objectives"])]
        if isinstance(given.get("answer"), str):
            given["answer"] = [given["answer"]] if given["answer"] else []
        if isinstance(given.get("answer"), (list, tuple)):
            given["answer"] = [{"text": one} if isinstance(one, str) else one for one in given["answer"]]
        if isinstance(given.get("planning"), Mapping):
            planning = dict(given["planning"])
            for kind, field in (("fluents", "over"), ("actions", "over")):
                if isinstance(planning.get(kind), Mapping):
                    planning[kind] = [_named(name, value, field) for name, value in planning[kind].items()]
            given["planning"] = planning
        return given


def _named(name: Any, value: Any, field: str) -> Any:
    """An element of a mapping as one of a list; parameters and sets may be given as bare values."""
    if isinstance(value, Element):
        return value
    if field in ("members", "values"):
        known = IndexSet.model_fields if field == "members" else Parameter.model_fields
        if not isinstance(value, Mapping) or not set(value) <= set(known):
            return {"name": name, field: _pairs(value) if field == "members" else value}
    if not isinstance(value, Mapping):
        return {"name": name, field: value}
    return {"name": name, **value}


def _pairs(value: Any) -> Any:
    """`{"a": [1, 3], "b": [2]}` as the pairs (a, 1), (a, 3), (b, 2)."""
    if isinstance(value, Mapping) and all(isinstance(listed, (list, tuple)) for listed in value.values()):
        return [(first, second) for first, listed in value.items() for second in listed]
    return value


def _objective(value: Any, number: int) -> Any:
    """`{"minimize": "…"}` for a sense and an expression."""
    if not isinstance(value, Mapping):
        return value
    given = dict(value)
    for sense in ("minimize", "maximize"):
        if sense in given:
            given |= {"sense": sense, "expression": given.pop(sense)}
    if number and "name" not in given:
        given["name"] = f"objective_{number + 1}"
    return given


def _located(error: ValidationError, data: Any) -> FormulationError:
    """pydantic's first complaint, with the element that it is about in words."""
    first = error.errors(include_url=False)[0]
    path = list(first["loc"])
    kind = str(path[0]) if path else ""
    element = kind
    rest = path[1:]
    if len(path) > 1 and isinstance(path[1], int):
        element = f"{kind.removesuffix('s')} {_name_at(data, kind, path[1])}"
        rest = path[2:]
    field = ".".join(str(step) for step in rest if not (isinstance(step, str) and "[" in step))
    text = f"{field}: {first['msg']}" if field else first["msg"]
    others = error.error_count() - 1
    more = f"; {others} more like it" if others else ""
    return FormulationError(
        f"{text}{more}", element=element or "formulation", mend="see Formulation's fields"
    )


def _name_at(data: Any, kind: str, place: int) -> str:
    found = data.get(kind) if isinstance(data, Mapping) else None
    if isinstance(found, Mapping):
        return str(list(found)[place])
    if isinstance(found, (list, tuple)) and isinstance(found[place], Mapping):
        return str(found[place].get("name", place + 1))
    return str(place + 1)
