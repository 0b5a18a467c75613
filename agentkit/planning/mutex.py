"""Pairs of facts that never hold together, found by reachability of pairs.

Haslum and Geffner 2000, "Admissible heuristics for optimal planning": the fixed point behind h².
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agentkit.planning.limits import Limits
from agentkit.planning.search_form import SearchTask
from agentkit.planning.strips import bits

__all__ = ["Pairs", "reachable_pairs", "without_impossible"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which facts may hold together."""

    partners: tuple[int, ...]
    """For each fact those that may hold with it, itself too; nothing where it can never hold."""

    def together(self, mask: int) -> bool:
        """Whether these facts may all hold, judged by pairs."""
        return all(not mask & ~self.partners[place] for place in bits(mask))


def reachable_pairs(task: SearchTask, limits: Limits) -> Pairs | None:
    """The pairs that may hold together; None where the limits do not leave the time.

    A pair that is missing is proven never to hold in any state that can be reached from the start.
    """
    partners = [0] * len(task.facts)
    reached = task.start
    for place in bits(task.start):
        partners[place] = task.start
    # What an action's preconditions may hold with when it was last looked at: same again, nothing new.
    seen = [-1] * len(task.actions)
    changed = True
    while changed:
        changed = False
        for number, action in enumerate(task.actions):
            pre = action.pre
            if pre & ~reached:
                continue
            beside = reached
            rest = pre
            while rest:
                low = rest & -rest
                beside &= partners[low.bit_length() - 1]
                rest ^= low
            if pre & ~beside or beside == seen[number]:
                continue
            seen[number] = beside
            after = beside & ~action.delete | action.add
            reached |= action.add
            for place in bits(action.add):
                fresh = after & ~partners[place]
                if fresh:
                    changed = True
                    partners[place] |= fresh
                    one = 1 << place
                    for other in bits(fresh):
                        partners[other] |= one
        if limits.reached():
            return None
    return Pairs(tuple(partners))


def without_impossible(task: SearchTask, pairs: Pairs) -> SearchTask:
    """The task without actions whose preconditions never hold together; it knows if the goal never does."""
    actions = tuple(action for action in task.actions if pairs.together(action.pre))
    return replace(task, actions=actions, reachable=task.reachable and pairs.together(task.goal))
