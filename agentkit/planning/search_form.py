"""The form in which tasks are searched: no negative conditions, no fact or action that cannot matter.

It has the same best plans as the task that it comes from; each action knows which one it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from agentkit.planning.strips import Fact, GroundAction, StripsTask, bits

__all__ = ["SearchAction", "SearchTask", "reordered", "search_form"]


@dataclass(frozen=True, slots=True)
class SearchAction:
    """An action in bits."""

    pre: int
    """What must hold."""
    add: int
    """What it makes true; nothing that holds anyway where it can be done."""
    delete: int
    """What it makes false."""
    cost: int
    """Its cost, in units of `1 / scale`."""
    origin: GroundAction
    """The action that it was."""


@dataclass(frozen=True, slots=True)
class SearchTask:
    """A task in the form in which it is searched."""

    facts: tuple[Fact, ...]
    """The fact of each bit; one that begins with "not" says that the rest does not hold."""
    start: int
    """The state to begin in."""
    goal: int
    """What must hold in the end."""
    actions: tuple[SearchAction, ...]
    """What can be done."""
    scale: int
    """By what costs were multiplied to make them whole."""
    reachable: bool
    """Whether the goal can be reached if nothing is ever undone; where not, there is no plan."""


def search_form(task: StripsTask) -> SearchTask:
    """Bring a task into the form in which it is searched.

    >>> from agentkit.planning.strips import FactAction, build_task
    >>> light = FactAction("light", negative=frozenset({("wet",)}), add=frozenset({("lit",)}))
    >>> form = search_form(build_task("lamp", start=[], goal=[("lit",)], actions=[light]))
    >>> form.facts, len(form.actions)
    ((('lit',),), 1)
    """
    facts, start, goal, actions, scale = _positive(task)
    actions, reached = _reachable(start, actions)
    solvable = goal & ~reached == 0
    always = start & ~_union(action.delete for action in actions)
    actions = [replace(a, pre=a.pre & ~always, add=a.add & ~always) for a in actions]
    goal &= ~always
    actions, relevant = _relevant(goal, actions)
    form = SearchTask(tuple(facts), start & relevant, goal, tuple(_distinct(actions)), scale, solvable)
    return reordered(form, list(bits(relevant)))


def reordered(task: SearchTask, order: Sequence[int]) -> SearchTask:
    """The same task with bits in another order; facts that are not in it are left out."""
    place = {old: new for new, old in enumerate(order)}

    def moved(mask: int) -> int:
        return _union(1 << place[old] for old in bits(mask) if old in place)

    return SearchTask(
        tuple(task.facts[old] for old in order),
        moved(task.start),
        moved(task.goal),
        tuple(replace(a, pre=moved(a.pre), add=moved(a.add), delete=moved(a.delete)) for a in task.actions),
        task.scale,
        task.reachable,
    )


def _union(masks: Iterable[int]) -> int:
    whole = 0
    for mask in masks:
        whole |= mask
    return whole


def _positive(task: StripsTask) -> tuple[list[Fact], int, int, list[SearchAction], int]:
    """The task with a fact "not f" for each f that must not hold somewhere, and whole costs."""
    facts = list(task.facts)
    opposite: dict[int, int] = {}
    for place in bits(_union([task.negative_goal, *(action.negative for action in task.actions)])):
        opposite[place] = len(facts)
        facts.append(("not", *task.facts[place]))

    def negated(mask: int) -> int:
        return _union(1 << opposite[place] for place in bits(mask) if place in opposite)

    watched = _union(1 << place for place in opposite)
    prices = [Fraction(str(task.price(action))) for action in task.actions]
    scale = lcm(*(price.denominator for price in prices))
    actions = []
    for action, price in zip(task.actions, prices, strict=True):
        if action.preconditions & action.negative:
            continue
        pre = action.preconditions | negated(action.negative)
        delete = action.delete | negated(action.add)
        add = (action.add | negated(action.delete & watched)) & ~(pre & ~delete)
        actions.append(SearchAction(pre, add, delete, int(price * scale), action))
    start = task.start | negated(watched & ~task.start)
    return facts, start, task.goal | negated(task.negative_goal), actions, scale


def _reachable(start: int, actions: Iterable[SearchAction]) -> tuple[list[SearchAction], int]:
    """The actions that can be done, and the facts that can hold, if nothing is ever undone."""
    reached, waiting = start, list(actions)
    found: list[SearchAction] = []
    while True:
        ready = [action for action in waiting if not action.pre & ~reached]
        if not ready:
            return found, reached
        found += ready
        waiting = [action for action in waiting if action.pre & ~reached]
        reached |= _union(action.add for action in ready)


def _relevant(goal: int, actions: Sequence[SearchAction]) -> tuple[list[SearchAction], int]:
    """The actions that can help, and the facts that matter to them or to the goal."""
    relevant, waiting = goal, list(actions)
    found: list[SearchAction] = []
    while True:
        useful = [action for action in waiting if action.add & relevant]
        if not useful:
            break
        found += useful
        waiting = [action for action in waiting if not action.add & relevant]
        relevant |= _union(action.pre for action in useful)
    return [replace(a, add=a.add & relevant, delete=a.delete & relevant) for a in found], relevant


def _distinct(actions: Iterable[SearchAction]) -> list[SearchAction]:
    """The cheapest of those that do the same, in the order of their names."""
    best: dict[tuple[int, int, int], SearchAction] = {}
    for action in sorted(actions, key=lambda action: action.origin.step):
        key = (action.pre, action.add, action.delete)
        if key not in best or action.cost < best[key].cost:
            best[key] = action
    return list(best.values())
