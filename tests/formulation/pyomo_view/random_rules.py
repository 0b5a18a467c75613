"""Random logical problems over a few small integers, the same for a seed."""

from __future__ import annotations

import random
from typing import Any

__all__ = ["random_problem"]

_COMPARISONS = ("<=", ">=", "==", "<", ">", "!=")
_INNER = (
    "w[i] <= x",
    "x + i <= y",
    "w[i]",
    "i * w[i] >= z",
    "w[i] == b",
)


def random_problem(seed: int) -> dict[str, Any]:
    """One or two random conditions, and a random objective; some coefficients are no whole numbers."""
    draw = random.Random(seed)
    rules = [_Rules(draw).condition(draw.choice((1, 2, 3))) for _ in range(draw.choice((1, 1, 2)))]
    objective = f"{_Rules(draw).figure(2)} + 0.37 * x - 0.21 * y + 0.13 * z + 0.01 * b"
    return {
        "sets": {"I": [1, 2], "K": [1, 2, 3]},
        "parameters": {"n": draw.choice((1, 3)), "p": {"over": "K", "values": {1: 3, 2: -1, 3: 2}}},
        "variables": {
            "x": {"type": "integer", "lower": -2, "upper": 2},
            "y": {"type": "integer", "upper": 3},
            "z": {"type": "integer", "lower": -1, "upper": 1},
            "b": {"type": "binary"},
            "c": {"type": "binary"},
            "k": {"type": "integer", "lower": 1, "upper": 3},
            "w": {"over": "I", "type": "binary"},
        },
        "constraints": {f"rule_{n}": rule for n, rule in enumerate(rules)},
        "objective": {draw.choice(("minimize", "maximize")): objective},
    }


class _Rules:
    def __init__(self, draw: random.Random) -> None:
        self.draw = draw

    def figure(self, depth: int) -> str:
        """An expression of whole numbers."""
        pick = self.draw.choice
        if depth <= 0:
            return pick(("x", "y", "z", "b", "c", "x", "y", str(self.draw.randint(-3, 3))))
        one, other = self.figure(depth - 1), self.figure(depth - 1)
        return pick(
            (
                f"({one} {pick('+-')} {other})",
                f"{pick(('2', '-1', '-2', '0.5', '-0.3'))} * {one}",
                f"abs({one})",
                f"{pick(('max', 'min'))}({one}, {other})",
                f"count({self.condition(depth - 1)}, {self.condition(depth - 1)})",
                f"sum({pick(('w[i]', 'i * w[i]', '-w[i]'))} for i in I{self._kept()})",
                f"{pick(('x', 'y', 'b', '(x - y)'))} * {pick(('b', 'c', '(1 - b)'))}",
                "p[k]",
                f"({one} if {pick(('n > 2', 'n < 2'))} else {other})",
            )
        )

    def condition(self, depth: int) -> str:
        """A logical expression."""
        pick = self.draw.choice
        compared = f"{self.figure(depth - 1)} {pick(_COMPARISONS)} {self.figure(depth - 1)}"
        if depth <= 0 or self.draw.random() < 0.3:
            return compared
        one, other = self.condition(depth - 1), self.condition(depth - 1)
        return pick(
            (
                pick(("b", "c", "w[1]", "not b")),
                f"({one} {pick(('and', 'or'))} {other})",
                f"(not ({one}))",
                f"implies({one}, {other})",
                f"iff({one}, {other})",
                f"{pick(('exactly', 'at_least', 'at_most'))}({self.draw.randint(0, 2)}, {one}, {other})",
                f"{pick(('all', 'any'))}({pick(_INNER)} for i in I{self._kept()})",
                f"{pick(('all', 'any'))}({one}, {other})",
                f"{self.figure(0)} {pick(('<=', '<'))} {self.figure(1)} "
                f"{pick(('<=', '=='))} {self.figure(0)}",
            )
        )

    def _kept(self) -> str:
        return self.draw.choice(("", " if i > 1", " if i > 5"))
