"""Chance that falls the same way on every machine and with every Python: what questions are invented with."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Chance from nothing but `Random.random`, the one method whose numbers never change with Python.

    >>> Dice(1).whole(1, 6) == Dice(1).whole(1, 6)
    True
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def chance(self, probability: float) -> bool:
        """Whether it happens."""
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One of them."""
        return items[self.whole(0, len(items) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of them in a random order."""
        left = list(items)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in items]

    def several(self, items: Sequence[T], number: int) -> list[T]:
        """So many different ones, in a random order."""
        return self.shuffled(items)[:number]
