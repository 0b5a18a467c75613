"""Sets of actions of which every plan does at least one: the landmarks of LM-cut.

Helmert and Domshlak 2009, "Landmarks, critical paths and abstractions: what's the difference anyway?". Costs
are taken off where a set was found, so that the sets that follow are different ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentkit.planning.search_form import SearchTask
from agentkit.planning.strips import bits

__all__ = ["CutFinder"]

Numbers = NDArray[np.int64]


class CutFinder:
    """Finds such sets for states of one task."""

    def __init__(self, task: SearchTask) -> None:
        count = len(task.facts)
        # Two more facts: one that always holds, and one that a last action makes of the goals.
        self.always, self.end = count, count + 1
        self.last = len(task.actions)
        needs = [list(bits(action.pre)) or [self.always] for action in task.actions]
        needs.append(list(bits(task.goal)) or [self.always])
        self.needs = np.array([place for places in needs for place in places], dtype=np.int64)
        self.need_starts = np.cumsum([0, *(len(places) for places in needs[:-1])])
        self.need_owner = np.repeat(np.arange(len(needs)), [len(places) for places in needs])
        made = sorted((place, number) for number, a in enumerate(task.actions) for place in bits(a.add))
        made.append((self.end, self.last))
        self.made = np.array([place for place, _ in made], dtype=np.int64)
        self.makers = np.array([number for _, number in made], dtype=np.int64)
        self.made_facts, self.made_starts = np.unique(self.made, return_index=True)
        self.costs = np.array([*(float(action.cost) for action in task.actions), 0.0])

    def of(self, state: int, known: Sequence[Numbers] = ()) -> list[Numbers] | None:
        """The actions' numbers of each set, those known already first; None where the goal is out of reach.

        Beginning with sets that are known from the state before saves most of the work (Pommerening and
        Helmert 2013, "Incremental LM-cut").
        """
        held = np.array([*bits(state), self.always], dtype=np.int64)
        costs = self.costs.copy()
        found = list(known)
        for cut in known:
            costs[cut] -= costs[cut].min()
        while True:
            values, dearest = self._values(held, costs)
            if np.isinf(values[self.end]):
                return None
            if values[self.end] == 0:
                return found
            cut = self._cut(held, costs, values, dearest)
            costs[cut] -= costs[cut].min()
            found.append(cut)

    def _values(self, held: Numbers, costs: NDArray[Any]) -> tuple[NDArray[Any], Numbers]:
        """What each fact costs if only the dearest precondition counts, and each action's dearest."""
        values = np.full(self.end + 1, np.inf)
        values[held] = 0
        while True:
            before = np.maximum.reduceat(values[self.needs], self.need_starts)
            after = np.minimum.reduceat((before + costs)[self.makers], self.made_starts)
            after = np.minimum(after, values[self.made_facts])
            if np.array_equal(after, values[self.made_facts]):
                break
            values[self.made_facts] = after
        is_dearest = values[self.needs] == before[self.need_owner]
        where = np.flatnonzero(is_dearest)
        owners, first = np.unique(self.need_owner[where], return_index=True)
        dearest = np.zeros(len(costs), dtype=np.int64)
        dearest[owners] = self.needs[where[first]]
        return values, dearest

    def _cut(self, held: Numbers, costs: NDArray[Any], values: NDArray[Any], dearest: Numbers) -> Numbers:
        """The actions that lead from what is near the start to where the goal costs nothing more."""
        reachable = np.isfinite(values)[dearest]
        zone = np.zeros(self.end + 1, dtype=bool)
        zone[self.end] = True
        free = (costs[self.makers] == 0) & reachable[self.makers]
        sources = dearest[self.makers]
        while True:
            grown = zone.copy()
            grown[sources[free & zone[self.made]]] = True
            if np.array_equal(grown, zone):
                break
            zone = grown
        near = np.zeros(self.end + 1, dtype=bool)
        near[held] = True
        into = zone[self.made] & reachable[self.makers]
        crossing = np.zeros(len(costs), dtype=bool)
        crossing[self.makers[into]] = True
        onward = ~crossing[self.makers] & reachable[self.makers]
        while True:
            grown = near.copy()
            grown[self.made[onward & near[sources]]] = True
            if np.array_equal(grown, near):
                break
            near = grown
        return np.flatnonzero(crossing & near[dearest])
