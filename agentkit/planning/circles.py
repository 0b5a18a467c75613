"""Circles in the orders of landmarks that a solution of the counting program does not respect yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

__all__ = ["Circle", "find_circles"]

_SLACK = 1e-4
"""By how much a circle must be passed over to be worth a row."""
_MOST = 40
"""How many circles are given at once."""


@dataclass(frozen=True, slots=True)
class Circle:
    """Nodes whose orders run in a circle."""

    members: tuple[int, ...]
    """The nodes, each before the next and the last before the first."""
    clique: bool
    """Whether each is before each other one."""


def find_circles(before: NDArray[np.bool_], surplus: NDArray[np.float64]) -> list[Circle]:
    """Circles whose nodes' surpluses add up to less than 1, and cliques of k nodes with less than k - 1.

    `surplus` says for each node how often more than once it is added.

    >>> find_circles(np.array([[False, True], [True, False]]), np.zeros(2))
    [Circle(members=(0, 1), clique=True)]
    """
    found = [*_cliques(before & before.T, surplus)]
    covered = {frozenset(circle.members) for circle in found}
    for circle in _shortest(before, surplus):
        if len(found) >= _MOST:
            break
        if frozenset(circle.members) not in covered:
            covered.add(frozenset(circle.members))
            found.append(circle)
    return found


def _cliques(mutual: NDArray[np.bool_], surplus: NDArray[np.float64]) -> Iterator[Circle]:
    """From each pair on, the clique that grows by the node with the least surplus."""
    seen: set[frozenset[int]] = set()
    nodes = np.flatnonzero(mutual.any(axis=0))
    for start in nodes:
        members = [int(start)]
        candidates = mutual[start].copy()
        while candidates.any():
            options = np.flatnonzero(candidates)
            best = int(options[np.argmin(surplus[options])])
            members.append(best)
            candidates &= mutual[best]
        key = frozenset(members)
        if key not in seen and surplus[members].sum() < len(members) - 1 - _SLACK:
            seen.add(key)
            yield Circle(tuple(members), True)


def _shortest(before: NDArray[np.bool_], surplus: NDArray[np.float64]) -> Iterator[Circle]:
    """From each node that may lie on a circle, the one with the least surplus, where that is below 1."""
    inside = _on_circles(before)
    following = {
        int(node): [int(n) for n in np.flatnonzero(before[node] & inside)] for node in np.flatnonzero(inside)
    }
    done: set[int] = set()
    for start in following:
        if start in done or surplus[start] >= 1 - _SLACK:
            continue
        path = _least_circle(start, following, surplus)
        if path:
            done.update(path)
            yield Circle(tuple(path), False)


def _on_circles(before: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The nodes left when those without a predecessor or a successor are taken away, again and again."""
    inside: NDArray[np.bool_] = np.ones(len(before), dtype=bool)
    while True:
        inner = before & inside[:, None] & inside[None, :]
        fewer = np.logical_and(inner.any(axis=0), inner.any(axis=1))
        if np.array_equal(fewer, inside):
            return inside
        inside = fewer


def _least_circle(start: int, following: dict[int, list[int]], surplus: NDArray[np.float64]) -> list[int]:
    """The circle through a node with the least surplus below 1, of those the shortest; empty for none."""
    best: dict[int, tuple[float, int]] = {}
    parents: dict[int, int] = {}
    heap = [(float(surplus[start]), 0, start)]
    while heap:
        weight, steps, node = heappop(heap)
        if best.get(node, (weight, steps)) < (weight, steps):
            continue
        for after in following[node]:
            if after == start:
                path = [node]
                while path[-1] != start:
                    path.append(parents[path[-1]])
                return path[::-1]
            there = (weight + float(surplus[after]), steps + 1)
            if there[0] < 1 - _SLACK and there < best.get(after, (2.0, 0)):
                best[after] = there
                parents[after] = node
                heappush(heap, (*there, after))
    return []
