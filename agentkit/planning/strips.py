"""A planning task in its plain form: facts that hold or do not, actions that change them, a goal.

Fikes and Nilsson 1971, "STRIPS: a new approach to the application of theorem proving to problem solving".
States are whole numbers in which bit i says whether fact i holds; whatever is not said to hold does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

__all__ = [
    "Fact",
    "FactAction",
    "GroundAction",
    "Instantiates",
    "Metric",
    "StripsTask",
    "bits",
    "build_task",
    "written",
]

Fact = tuple[str, ...]
"""A predicate and its objects: `("on", "a", "b")`."""

Metric = Literal["length", "cost"]
"""What a best plan has least of: steps, or the sum of its actions' costs."""


def written(parts: Iterable[str]) -> str:
    """A fact or a step as plans write it.

    >>> written(("on", "a", "b"))
    '(on a b)'
    """
    return f"({' '.join(parts)})"


def bits(mask: int) -> Iterator[int]:
    """The places of the ones in a number, lowest first.

    >>> list(bits(0b1010))
    [1, 3]
    """
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True, slots=True)
class FactAction:
    """An action without parameters, its facts written out."""

    name: str
    """The schema's name."""
    arguments: tuple[str, ...] = ()
    """The objects it is done with."""
    preconditions: frozenset[Fact] = frozenset()
    """What must hold."""
    negative: frozenset[Fact] = frozenset()
    """What must not hold."""
    add: frozenset[Fact] = frozenset()
    """What holds afterwards."""
    delete: frozenset[Fact] = frozenset()
    """What does not hold afterwards, unless it is added as well."""
    cost: float = 1
    """What it costs, at least 0."""


@dataclass(frozen=True, slots=True)
class GroundAction:
    """An action without parameters, its facts as bits of the task's states."""

    name: str
    """The schema's name."""
    arguments: tuple[str, ...]
    """The objects it is done with."""
    preconditions: int
    """What must hold."""
    negative: int
    """What must not hold."""
    add: int
    """What holds afterwards."""
    delete: int
    """What does not hold afterwards; never anything that is added."""
    cost: float = 1
    """What it costs, at least 0."""

    @property
    def step(self) -> Fact:
        """Its name and its arguments in one."""
        return (self.name, *self.arguments)

    def __str__(self) -> str:
        return written(self.step)

    def applicable(self, state: int) -> bool:
        """Whether it can be done in a state."""
        return state & self.preconditions == self.preconditions and not state & self.negative

    def result(self, state: int) -> int:
        """The state after it, wherever it is done."""
        return state & ~self.delete | self.add


class Instantiates(Protocol):
    """Whatever can tell what an action would be with any objects, reachable or not."""

    def instantiate(self, step: Fact) -> FactAction | str:
        """The action; a text says in words why there is none."""


@dataclass(frozen=True)
class StripsTask:
    """A planning task."""

    name: str
    """How reports call it."""
    facts: tuple[Fact, ...]
    """The fact of each bit."""
    start: int
    """The state to begin in."""
    goal: int
    """What must hold in the end."""
    negative_goal: int
    """What must not hold in the end."""
    actions: tuple[GroundAction, ...]
    """Every action that can ever be done, perhaps some more."""
    metric: Metric = "length"
    """What a best plan has least of."""
    schema: Instantiates | None = field(default=None, compare=False, repr=False)
    """What the task was made from: says why an action is none."""

    @cached_property
    def places(self) -> dict[Fact, int]:
        """The bit of each fact."""
        return {fact: place for place, fact in enumerate(self.facts)}

    @cached_property
    def by_step(self) -> dict[Fact, GroundAction]:
        """The actions by name and arguments."""
        return {action.step: action for action in self.actions}

    def mask(self, facts: Iterable[Fact]) -> int:
        """The state in which just these facts hold. Raises `KeyError` for a fact that the task has not."""
        state = 0
        for fact in facts:
            state |= 1 << self.places[fact]
        return state

    def holding(self, state: int) -> tuple[Fact, ...]:
        """The facts that hold in a state."""
        return tuple(self.facts[place] for place in bits(state))

    def is_goal(self, state: int) -> bool:
        """Whether the goal is reached."""
        return state & self.goal == self.goal and not state & self.negative_goal

    def applicable(self, state: int) -> Iterator[GroundAction]:
        """What can be done in a state."""
        return (action for action in self.actions if action.applicable(state))

    def price(self, action: GroundAction) -> float:
        """What an action adds to what is minimised."""
        return action.cost if self.metric == "cost" else 1


def build_task(
    name: str,
    *,
    start: Iterable[Fact],
    goal: Iterable[Fact],
    actions: Iterable[FactAction],
    negative_goal: Iterable[Fact] = (),
    metric: Metric = "length",
    schema: Instantiates | None = None,
) -> StripsTask:
    """A task from facts that are written out; bits are given in the order in which facts are met.

    >>> light = FactAction("light", add=frozenset({("lit",)}))
    >>> build_task("lamp", start=[], goal=[("lit",)], actions=[light]).goal
    1
    """
    places: dict[Fact, int] = {}

    def mask(facts: Iterable[Fact]) -> int:
        state = 0
        for fact in facts:
            state |= 1 << places.setdefault(fact, len(places))
        return state

    first, wanted, unwanted = mask(start), mask(goal), mask(negative_goal)
    ground = []
    for action in actions:
        # Sorted, so that bits do not depend on how this process happens to order sets.
        add = mask(sorted(action.add))
        ground.append(
            GroundAction(
                action.name,
                action.arguments,
                mask(sorted(action.preconditions)),
                mask(sorted(action.negative)),
                add,
                mask(sorted(action.delete)) & ~add,
                action.cost,
            )
        )
    return StripsTask(name, tuple(places), first, wanted, unwanted, tuple(ground), metric, schema)
