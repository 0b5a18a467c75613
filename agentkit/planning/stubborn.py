"""Leaves out actions that may as well be done later: strong stubborn sets.

Wehrle and Helmert 2014, "Efficient stubborn sets: generalized algorithms and selection strategies". Where
actions do not meddle with each other, their order does not matter, and one order is enough; some best plan
always remains.
"""

from __future__ import annotations

from agentkit.planning.mutex import Pairs
from agentkit.planning.search_form import SearchTask
from agentkit.planning.strips import bits

__all__ = ["StubbornSets"]

_TRIAL = 200
"""After so many states it is judged whether leaving out pays."""
_WORTHWHILE = 0.05
"""The part of actions that must be left out for it to go on."""


class StubbornSets:
    """Tells for states of one task which of the actions that can be done are enough.

    Sets of actions are numbers: bit i stands for the action number i.
    """

    def __init__(self, task: SearchTask, pairs: Pairs | None) -> None:
        self.task = task
        count = len(task.facts)
        self.makers = [0] * count
        needers, deleters = [0] * count, [0] * count
        for number, action in enumerate(task.actions):
            one = 1 << number
            for table, mask in ((self.makers, action.add), (needers, action.pre), (deleters, action.delete)):
                for place in bits(mask):
                    table[place] |= one
        apart = [0] * count
        if pairs is not None:
            everything = (1 << count) - 1
            for place in range(count):
                for other in bits(everything & ~pairs.partners[place]):
                    apart[place] |= needers[other]
        self.meddling: list[int] = []
        for number, action in enumerate(task.actions):
            with_it, never = 0, 1 << number
            for place in bits(action.pre):
                with_it |= deleters[place]
                never |= apart[place]
            for place in bits(action.add):
                with_it |= deleters[place]
            for place in bits(action.delete):
                with_it |= needers[place] | self.makers[place]
            self.meddling.append(with_it & ~never)
        self.looked, self.seen, self.kept = 0, 0, 0

    def worthwhile(self) -> bool:
        """Whether leaving out has left out enough so far."""
        return self.looked < _TRIAL or self.kept <= (1 - _WORTHWHILE) * self.seen

    def enough(self, state: int, applicable: int) -> int:
        """Those of the actions that can be done in a state which are enough to try.

        Begins with each missing goal's makers in turn, and keeps the smallest set.
        """
        best = applicable
        for goal in bits(self.task.goal & ~state):
            found = self._closed(self.makers[goal], state, applicable) & applicable
            if found.bit_count() < best.bit_count():
                best = found
                if best.bit_count() <= 1:
                    break
        self.looked += 1
        self.seen += applicable.bit_count()
        self.kept += best.bit_count()
        return best

    def _closed(self, wanted: int, state: int, applicable: int) -> int:
        """The set grown until it needs nothing more."""
        done, waiting = 0, wanted
        actions, makers, meddling = self.task.actions, self.makers, self.meddling
        while waiting:
            one = waiting & -waiting
            number = one.bit_length() - 1
            done |= one
            if applicable & one:
                waiting |= meddling[number]
            else:
                # One missing precondition is enough to say what must come before.
                missing = actions[number].pre & ~state
                low = missing & -missing
                waiting |= makers[low.bit_length() - 1]
            waiting &= ~done
        return done
