"""Facts that every plan must make true, and in which order: what all estimates here rest on.

Landmarks are those of the relaxation without deletes, complete for it (Zhu and Givan 2003; Keyder, Richter
and Helmert 2010, "Sound and complete landmarks for and/or graphs"). The orders hold for plans that add a
landmark only once (after Büchner, Keller and Helmert 2021, "Exploiting cyclic dependencies in landmark
heuristics"): where they run in a circle, one landmark of the circle must be added twice.

Why "z before q" holds where q is added only once. Say z must be true before r is first added, or before r is
last added; r can only be added where q holds; and z and q never hold together. Then q holds from the one time
it is added until that addition of r, so z, which does not hold meanwhile, was added before q.

Goals have orders of their own. If all that add the goal g need what excludes the goal h, then g is last added
no later than h is, as h holds ever after. If they also need what excludes q, and h can only be added where q
holds, then by the same reasoning g is last added before q is added, and so is all that g needs. Should q
itself be among that, it must be added twice. Goals whose orders run in a circle are last added at once, by
one action; where no action can be, there is no plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentkit.planning.mutex import Pairs
from agentkit.planning.search_form import SearchTask
from agentkit.planning.strips import bits

__all__ = ["LandmarkFinder", "Landmarks", "final_facts"]

Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What every plan from one state must do."""

    needed: Numbers
    """The facts that must be added at least once, sorted."""
    nodes: Numbers
    """Those of them that do not hold yet, sorted."""
    before: Flags
    """`before[i, j]`: if node j is added only once, node i is first added before that."""
    twice: Numbers
    """The nodes, as facts, that must be added at least twice."""


class LandmarkFinder:
    """Finds the landmarks of states of one task."""

    def __init__(self, task: SearchTask, pairs: Pairs | None) -> None:
        self.count = len(task.facts)
        # One more fact that always holds, for actions that need none, and a last bit to mark the unreached.
        self.width = (self.count + 2 + 63) // 64
        self.final = final_facts(task)
        self.goals = np.array(list(bits(self.final)), dtype=np.int64)
        # In order of what they add, so that the makers of a fact lie side by side.
        made = sorted((place, number) for number, a in enumerate(task.actions) for place in bits(a.add))
        self.makers = np.array([number for _, number in made], dtype=np.int64)
        self.made = np.array([place for place, _ in made], dtype=np.int64)
        self.made_facts, self.made_starts = np.unique(self.made, return_index=True)
        self.has_makers = np.zeros(self.count, dtype=bool)
        self.has_makers[self.made_facts] = True
        needs = [list(bits(action.pre)) or [self.count] for action in task.actions]
        self.needs = np.array([place for places in needs for place in places], dtype=np.int64)
        self.need_starts = np.cumsum([0, *(len(places) for places in needs[:-1])]) if needs else self.needs
        self.own = self._rows([1 << place for place in range(self.count + 1)])
        self.pre = self._rows([action.pre for action in task.actions])
        self.beside = self._rows([action.add for action in task.actions])[self.makers]
        self.apart = self._apart(task, pairs)
        self.shared = np.zeros((self.count, self.count), dtype=bool)
        if len(self.made):
            both = np.bitwise_and.reduceat(self.pre[self.makers], self.made_starts)
            self.shared[self.made_facts] = self._flags(both)
        self.goal_needs = self.shared[self.goals]
        self.goal_excludes = _some(self.goal_needs, self.apart)
        """For each goal what excludes something that all its makers need."""
        self.goals_clash = _some(self.goal_excludes, self.goal_needs.T)
        """Pairs of goals that no action adds both."""

    def of(self, state: int) -> Landmarks | None:
        """The landmarks of a state; None where the goal is out of reach."""
        holds = self._flags(self._rows([state]))[0]
        table, actions = self._relaxed(state)
        if self._unreached(table[self.goals]).any():
            return None
        sets = self._flags(table[: self.count])
        first = self._shared_by_first(actions)
        earlier = self._earlier(actions)
        earlier[holds] = False
        found = _Orders(self, holds, sets, earlier, first).landmarks()
        if found is None:
            return None
        # What must be added, but nothing adds, is as good as an unreachable goal.
        lost = self._unreached(table[found.nodes]).any() or not self.has_makers[found.needed].all()
        return None if lost else found

    def _rows(self, masks: list[int]) -> Words:
        raw = b"".join(mask.to_bytes(self.width * 8, "little") for mask in masks)
        return np.frombuffer(raw, dtype="<u8").reshape(len(masks), self.width).astype(np.uint64)

    def _flags(self, rows: Words) -> Flags:
        raw: NDArray[Any] = np.ascontiguousarray(rows).view(np.uint8)
        return np.unpackbits(raw, axis=1, count=self.count, bitorder="little").astype(bool)

    def _apart(self, task: SearchTask, pairs: Pairs | None) -> Flags:
        """Which facts never hold together."""
        if pairs is None:
            return np.zeros((self.count, self.count), dtype=bool)
        apart = ~self._flags(self._rows(list(pairs.partners)))
        np.fill_diagonal(apart, False)
        return apart

    def _unreached(self, rows: Words) -> Flags:
        return np.asarray(rows[:, -1] >> np.uint64(63) & np.uint64(1), dtype=bool)

    def _relaxed(self, state: int) -> tuple[Words, Words]:
        """For each fact what must hold by then, itself too, and for each action what must hold before."""
        table = np.full((self.count + 1, self.width), ~np.uint64(0))
        held = np.array([*bits(state), self.count], dtype=np.int64)
        table[held] = 0
        free = np.ones(self.count + 1, dtype=bool)
        free[held] = False
        open_facts = free[self.made_facts]
        targets = self.made_facts[open_facts]
        own = self.own[targets]
        actions = np.bitwise_or.reduceat(table[self.needs], self.need_starts)
        while len(targets):
            makers = actions[self.makers] | self.beside
            made = np.bitwise_and.reduceat(makers, self.made_starts)[open_facts]
            # What cannot be reached yet keeps all its bits.
            made |= own
            if np.array_equal(made, table[targets]):
                break
            table[targets] = made
            actions = np.bitwise_or.reduceat(table[self.needs], self.need_starts)
        return table, actions

    def _earlier(self, actions: Words) -> Flags:
        """For each fact what must hold before it is added; without what only its adding brings along."""
        both = np.bitwise_and.reduceat(actions[self.makers], self.made_starts)
        earlier = np.zeros((self.count, self.count), dtype=bool)
        earlier[self.made_facts] = self._flags(both)
        return earlier

    def _shared_by_first(self, actions: Words) -> Flags:
        """For each fact what all actions need that may be the first to add it."""
        word, bit = self.made // 64, (self.made % 64).astype(np.uint64)
        later = (actions[self.makers, word] >> bit & np.uint64(1)).astype(bool)
        later |= self._unreached(actions)[self.makers]
        pre = self.pre[self.makers]
        pre[later] = ~np.uint64(0)
        both = np.bitwise_and.reduceat(pre, self.made_starts)
        shared = np.zeros((self.count, self.count), dtype=bool)
        shared[self.made_facts] = self._flags(both)
        return shared


def final_facts(task: SearchTask) -> int:
    """The goal, and what holds with it at the end of every best plan that does anything.

    Such a plan's last action adds a goal, or it could be left out; so what all actions leave behind that add
    a goal holds in the end.
    """
    common = -1
    for action in task.actions:
        if action.add & task.goal:
            common &= action.add | action.pre & ~action.delete
    return task.goal if common == -1 else task.goal | common


@dataclass(frozen=True, slots=True)
class _Chained:
    """What follows from the orders among goals."""

    before: Flags
    """`[z, q]`: z before q, for landmarks z and any facts q."""
    again: Flags
    """Facts that hold and must be added again."""


class _Orders:
    """The orders among the landmarks of one state, by the rules in the module's docstring."""

    def __init__(
        self, finder: LandmarkFinder, holds: Flags, sets: Flags, earlier: Flags, first: Flags
    ) -> None:
        self.finder = finder
        self.holds = holds
        self.sets = sets
        """For each fact what must hold at the latest when it does."""
        self.earlier = earlier
        """For each fact what must hold before it is first added."""
        self.first = first
        """For each fact what all actions need that may add it first."""

    def landmarks(self) -> Landmarks | None:
        """The landmarks and their orders; None where the goals' orders cannot be kept."""
        finder = self.finder
        goals = finder.goals
        missing = goals[~self.holds[goals]]
        needed = self.sets[missing].any(axis=0) & ~self.holds
        again = np.zeros_like(needed)
        while True:
            nodes = np.flatnonzero(needed)
            edges = self._edges(nodes)
            chained = self._chained(nodes, again)
            if chained is None:
                return None
            grown = again | (edges.any(axis=0) & self.holds) | chained.again
            # A goal that holds, but must be given up meanwhile, is added again, and so is what that needs.
            lost = goals[self.holds[goals] & finder.apart[np.ix_(nodes, goals)].any(axis=0)]
            grown[lost] = True
            wanted = finder.shared[np.flatnonzero(grown)].any(axis=0) & ~self.holds
            wider = needed | wanted | (self.sets[np.flatnonzero(wanted)].any(axis=0) & ~self.holds)
            if np.array_equal(grown, again) and np.array_equal(wider, needed):
                break
            again, needed = grown, wider
        before = (edges | chained.before)[:, nodes] | self.earlier[np.ix_(nodes, nodes)].T
        twice = nodes[np.diagonal(before)]
        np.fill_diagonal(before, False)
        return Landmarks(np.flatnonzero(needed | again), nodes, before, twice)

    def _edges(self, nodes: Numbers) -> Flags:
        """`[z, q]`: z before q, for landmarks z and any facts q."""
        finder = self.finder
        apart = finder.apart[nodes]
        # z is true before r is first added, and all that may add r first need q.
        earlier = self.earlier[np.ix_(nodes, nodes)].T
        first = apart & _some(earlier, self.first[nodes])
        # z excludes the goal g, so g is added, or added again, after z; and all that add g need q.
        goals = finder.goals
        beaten = apart[:, goals]
        last = apart & _some(beaten, finder.shared[goals])
        last[:, goals] |= beaten
        return first | last

    def _chained(self, nodes: Numbers, again: Flags) -> _Chained | None:
        """What follows from the orders among goals; None where they cannot be kept."""
        finder, goals = self.finder, self.finder.goals
        added = ~self.holds[goals] | again[goals]
        follows = finder.goal_excludes[:, goals] & added[:, None] & added[None, :]
        np.fill_diagonal(follows, False)
        while True:
            wider = follows | _some(follows, follows)
            if np.array_equal(wider, follows):
                break
            follows = wider
        if (follows & follows.T & finder.goals_clash).any():
            return None
        later = finder.goal_excludes & _some(follows, finder.goal_needs)
        sooner = self.earlier[goals] | _some(finder.goal_needs & ~self.holds, self.sets)
        before = _some(sooner[:, nodes].T, later)
        before[:, goals] |= _some(sooner[:, nodes].T, follows)
        return _Chained(before, later.any(axis=0) & self.holds)


def _some(left: Flags, right: Flags) -> Flags:
    """`[i, k]`: whether there is a j with `left[i, j]` and `right[j, k]`.

    By unions of rows as bits: a product of matrices would start threads for a moment's work.
    """
    rows, columns = np.nonzero(left)
    found = np.zeros((left.shape[0], right.shape[1]), dtype=bool)
    if len(rows):
        packed = np.packbits(right, axis=1)
        present, starts = np.unique(rows, return_index=True)
        unions = np.bitwise_or.reduceat(packed[columns], starts)
        found[present] = np.unpackbits(unions, axis=1, count=right.shape[1]).astype(bool)
    return found
