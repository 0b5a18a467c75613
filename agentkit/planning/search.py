"""Exact best-first search: A*, with heuristics that are asked as late as possible.

Hart, Nilsson and Raphael 1968. A state takes over its parent's estimate, less the step's cost, and is
estimated itself only when its turn has come (Zhang and Bacchus 2012, "MAXSAT heuristics for cost optimal
planning", put it off so). Better ways to a known state reopen it, so estimates need not be consistent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Literal

from agentkit.planning.limits import Limits
from agentkit.planning.search_form import SearchAction, SearchTask
from agentkit.planning.stubborn import StubbornSets
from agentkit.planning.symmetry import Symmetries

__all__ = ["Estimate", "Found", "Known", "Origin", "SearchOptions", "Successors", "best_first"]

Origin = tuple[int, int]
"""The state that another was reached from, and the action's number."""

Estimate = Callable[[int, Origin | None], int | None]
"""At most the cost from a state to the goal; None where the goal is proven out of reach.

It is told where the state was reached from, as what is known there may help.
"""

Ended = Literal["goal", "exhausted", "stopped"]
"""Why a search ended."""

_EVERY = 64
"""How many states are taken between two looks at the clock."""


Known = tuple[int | None, int]
"""What is known of a state: the best estimate, and how many estimates it was asked of."""

_NOTHING: Known = (0, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    ended: Ended
    """Why it ended."""
    plan: tuple[SearchAction, ...] | None
    """The actions to the goal."""
    cost: int | None
    """What they cost."""
    bound: int
    """No plan costs less; where there is a limit on costs, none below it."""
    expanded: int
    """How many states were looked into."""


class Successors:
    """Finds the actions that can be done in a state.

    Each action is kept under one of its preconditions, the one that fewest others are kept under, and is
    looked at only in states where that holds.
    """

    def __init__(self, task: SearchTask) -> None:
        self.always: list[tuple[int, int, int, int, int]] = []
        self.by_fact: dict[int, list[tuple[int, int, int, int, int]]] = {}
        counts: dict[int, int] = {}
        for action in task.actions:
            rest = action.pre
            while rest:
                low = rest & -rest
                counts[low] = counts.get(low, 0) + 1
                rest ^= low
        for number, action in enumerate(task.actions):
            entry = (action.pre, ~action.delete, action.add, action.cost, number)
            if not action.pre:
                self.always.append(entry)
                continue
            best, rest = 0, action.pre
            while rest:
                low = rest & -rest
                if not best or counts[low] < counts[best]:
                    best = low
                rest ^= low
            self.by_fact.setdefault(best, []).append(entry)
        self.watched = 0
        for low in self.by_fact:
            self.watched |= low

    def of(self, state: int) -> list[tuple[int, int, int]]:
        """The state, the cost and the action's number, for all that can be done."""
        found = [(state & keep | add, cost, number) for _, keep, add, cost, number in self.always]
        rest = state & self.watched
        by_fact = self.by_fact
        while rest:
            low = rest & -rest
            rest ^= low
            for pre, keep, add, cost, number in by_fact[low]:
                if state & pre == pre:
                    found.append((state & keep | add, cost, number))
        return found


@dataclass(slots=True)
class _Frontier:
    """The states met, by what stands for them, and those to be looked into."""

    best: dict[int, int] = field(default_factory=dict)
    """The cheapest known cost to each state."""
    parents: dict[int, Origin] = field(default_factory=dict)
    """From where it was reached so."""
    heap: list[tuple[float, int, int, int, int, int]] = field(default_factory=list)
    """Order, estimate, running number, cost so far, state, and what stands for it."""
    pushed: int = 0
    """How many were put on the heap."""

    def push(self, order: float, estimate: int, cost: int, state: int, key: int) -> None:
        """Put a state on the heap; of equals the nearer to the goal comes first, then the newer."""
        self.pushed += 1
        heappush(self.heap, (order, estimate, -self.pushed, cost, state, key))


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search."""

    symmetries: Symmetries | None = None
    """Symmetric states are looked into once."""
    stubborn: StubbornSets | None = None
    """Says which actions may be left out."""
    below: int | None = None
    """Plans that do not cost less are left out."""
    weight: float = 1
    """Above 1 a search is quicker, and its plan is only proven at most so many times as dear as the best."""
    max_expanded: int | None = None
    """States that may be looked into."""


def best_first(
    task: SearchTask,
    estimates: Sequence[Estimate],
    limits: Limits,
    options: SearchOptions | None = None,
    known: dict[int, Known] | None = None,
) -> Found:
    """Search for a cheapest plan.

    `estimates` are asked one after another, the quick ones first; none at all is a search in all directions.
    `known` keeps estimates from one search to another.
    """
    return _Search(task, estimates, limits, options or SearchOptions(), {} if known is None else known).run()


class _Search:
    """One search."""

    def __init__(
        self,
        task: SearchTask,
        estimates: Sequence[Estimate],
        limits: Limits,
        options: SearchOptions,
        known: dict[int, Known],
    ) -> None:
        self.task = task
        self.estimates = estimates
        self.limits = limits
        self.options = options
        self.known = known
        # Symmetric states are one state for book-keeping; the real one is walked on from.
        self.canonical = options.symmetries.canonical if options.symmetries else None
        self.successors = Successors(task)
        self.limit = float("inf") if options.below is None else options.below
        self.front = _Frontier()
        self.expanded = 0
        self.bound = 0

    def run(self) -> Found:
        """Search to the end, or to a limit."""
        task, front, weight = self.task, self.front, self.options.weight
        start = self.canonical(task.start) if self.canonical else task.start
        front.best[start] = 0
        front.push(0, 0, 0, task.start, start)
        clock = 0
        while front.heap:
            order, guess, _, cost, state, key = heappop(front.heap)
            if cost > front.best[key]:
                continue
            if weight == 1:
                self.bound = max(self.bound, int(order))
            clock += 1
            if (self.estimates or clock % _EVERY == 0) and self._must_stop():
                return self._found("stopped")
            if state & task.goal == task.goal:
                self.bound = cost if weight == 1 else self.bound
                return self._found("goal", key, cost)
            own = self._estimate(state, key, guess)
            if own is None or cost + own >= self.limit:
                continue
            if own > guess:
                front.push(cost + weight * own, own, cost, state, key)
            else:
                self._expand(state, cost, guess)
        return self._found("exhausted")

    def _must_stop(self) -> bool:
        most = self.options.max_expanded
        if most is not None and self.expanded >= most:
            return True
        return self.limits.reached() or len(self.front.best) > self.limits.max_states

    def _estimate(self, state: int, key: int, guess: int) -> int | None:
        """Ask one estimate after another, as long as none says more than is known."""
        own, asked = self.known.get(key, _NOTHING)
        while asked < len(self.estimates) and own is not None and own <= guess:
            told = self.estimates[asked](state, self.front.parents.get(key))
            own = None if told is None else max(told, own)
            asked += 1
            self.known[key] = (own, asked)
        return own

    def _expand(self, state: int, cost: int, guess: int) -> None:
        """Put what follows a state on the heap."""
        self.expanded += 1
        canonical, front, known = self.canonical, self.front, self.known
        best, limit, weight = front.best, self.limit, self.options.weight
        following = self.successors.of(state)
        stubborn = self.options.stubborn
        if stubborn is not None and stubborn.worthwhile():
            following = _enough(following, stubborn, state)
        for child, price, number in following:
            key = canonical(child) if canonical else child
            total = cost + price
            before = best.get(key)
            if before is not None and before <= total:
                continue
            later = known.get(key, _NOTHING)[0]
            if later is None:
                continue
            hope = max(guess - price, later, 0)
            if total + hope >= limit:
                continue
            best[key] = total
            front.parents[key] = (state, number)
            front.push(total + weight * hope, hope, total, child, key)

    def _found(self, ended: Ended, key: int | None = None, cost: int | None = None) -> Found:
        plan = None
        if key is not None:
            plan = _plan(self.task, self.successors, self.front.parents, key, self.canonical)
        return Found(ended, plan, cost, self.bound, self.expanded)


def _enough(
    following: list[tuple[int, int, int]], stubborn: StubbornSets, state: int
) -> list[tuple[int, int, int]]:
    """Those of the actions that can be done which are enough to try."""
    applicable = 0
    for _, _, number in following:
        applicable |= 1 << number
    enough = stubborn.enough(state, applicable)
    return [entry for entry in following if enough >> entry[2] & 1]


def _plan(
    task: SearchTask,
    successors: Successors,
    parents: dict[int, Origin],
    key: int,
    canonical: Callable[[int], int] | None,
) -> tuple[SearchAction, ...]:
    """The actions along the states that led here.

    With symmetries the states noted only stand for the real ones: the plan is found by walking from the
    start, each time with the cheapest action to a state that the next one stands for.
    """
    path = [key]
    while key in parents:
        before = parents[key][0]
        key = canonical(before) if canonical else before
        path.append(key)
    path.reverse()
    actions = []
    here = task.start
    for following in path[1:]:
        options = [
            (price, number, child)
            for child, price, number in successors.of(here)
            if (canonical(child) if canonical else child) == following
        ]
        _, number, here = min(options)
        actions.append(task.actions[number])
    return tuple(actions)
