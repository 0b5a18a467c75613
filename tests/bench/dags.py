"""The same random graphs of subtasks for every contestant.

Standard library only: peers import it in environments of their own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["SEEDS", "Node", "critical_path", "random_dag"]

SEEDS = (1, 2, 3)
"""Graphs of each size that are measured; the middle ratio is reported."""

SHORTEST, LONGEST = 0.010, 0.200
"""Bounds of a subtask's duration, in seconds."""


@dataclass(frozen=True, slots=True)
class Node:
    """A subtask that does nothing but take time."""

    id: str
    """Its name: `s0`, `s1`, … in an order in which they could be done one by one."""
    needs: tuple[str, ...]
    """Those that must be done first."""
    seconds: float
    """How long it takes."""


def random_dag(size: int, seed: int) -> list[Node]:
    """`size` subtasks, each with up to three needs among those before it; the same for the same seed.

    >>> random_dag(10, seed=1) == random_dag(10, seed=1) != random_dag(10, seed=2)
    True
    """
    rng = random.Random(f"{size}/{seed}")
    nodes: list[Node] = []
    for number in range(size):
        wanted = min(number, rng.choice((0, 1, 1, 2, 2, 3)))
        needs = tuple(f"s{i}" for i in sorted(rng.sample(range(number), wanted)))
        nodes.append(Node(f"s{number}", needs, rng.uniform(SHORTEST, LONGEST)))
    return nodes


def critical_path(nodes: list[Node]) -> float:
    """Seconds of the longest chain of needs: no scheduler can be faster.

    >>> critical_path([Node("a", (), 1.0), Node("b", ("a",), 0.5), Node("c", (), 1.2)])
    1.5
    """
    ends: dict[str, float] = {}
    for node in nodes:
        ends[node.id] = node.seconds + max((ends[need] for need in node.needs), default=0.0)
    return max(ends.values())
