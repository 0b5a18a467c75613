"""The planning block of a formulation: a world that actions change, its start and the goal."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from agentkit.formulation.elements import Element, Formula, Over
from agentkit.frozen import Frozen

__all__ = ["ActionSchema", "Fluent", "PlanningBlock"]


def _listed(value: object) -> object:
    """One condition where a list is expected."""
    return (value,) if isinstance(value, str) else value


Conditions = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Fluent(Element):
    """Something that is true or false and that actions change.

    >>> Fluent(name="on", over="blocks, blocks").over
    'blocks, blocks'
    """

    over: Over = ""
    """The sets that it speaks of."""


class ActionSchema(Element):
    """Something that can be done, for the members of sets.

    >>> ActionSchema(name="lift", over="b in blocks", pre=["clear(b)"], effects=["held(b)"]).cost
    '1'
    """

    over: Over = ""
    """What it is done with: `x in blocks, y in blocks if x != y`. In the order of the plan's arguments."""
    pre: Conditions = ()
    """What must be true before: `clear(x)`, `not held(x)`, or a condition on parameters."""
    effects: Conditions = ()
    """What is true afterwards (`held(x)`) or no longer true (`not clear(x)`). All else stays as it was."""
    says: str = ""
    """How a step is written in the answer: `put {x} on {y}`. Empty: `(name x y)`."""
    cost: Formula = "1"
    """What it costs, an expression of parameters; 1 makes the shortest plan the best."""


class PlanningBlock(Frozen):
    """Objects are the formulation's sets. What `start` does not name is false."""

    fluents: tuple[Fluent, ...] = Field(min_length=1)
    """What can be true."""
    actions: tuple[ActionSchema, ...] = Field(min_length=1)
    """What can be done."""
    start: Conditions = ()
    """What is true at first: `on(a, b)`, or for many `at(p, origin[p]) for p in parcels`. Members that are no
    Python names are quoted."""
    goal: Conditions
    """What must be true at the end; `not …` for what must be false."""
