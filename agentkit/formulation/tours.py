"""`tour(x[i, j] for …)`: the arcs that are taken make one round through all places.

As rows: each place is left once and entered once, and an order rules out rounds beside it (Desrochers and
Laporte 1991, doi 10.1016/0167-6377(91)90083-2). The solver adds cuts, for which the arcs are handed on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.builder import Builder
from agentkit.formulation.context import Context, Expanded
from agentkit.formulation.scope import Domain
from agentkit.formulation.universe import Codes
from agentkit.formulation.values import Affine
from agentkit.solvers.subtours import TourArcs

__all__ = ["known_tour", "require_tour"]


@dataclass(frozen=True, slots=True, eq=False)
class _Arcs:
    """All arcs of a tour for each row of a domain: their row, their ends as codes."""

    rows: Expanded
    body: ast.expr
    tails: Codes
    heads: Codes

    def of(self, row: int) -> NDArray[np.int64]:
        """The arcs of one row."""
        return np.flatnonzero(self.rows.parent == row)


def _arcs(context: Context, node: ast.Call, domain: Domain) -> _Arcs:
    items = context.items(node, domain)
    body = items[0].body
    ends = body.slice.elts if isinstance(body, ast.Subscript) and isinstance(body.slice, ast.Tuple) else []
    if len(items) != 1 or len(ends) < 2:
        context.expression.fail("write tour(x[i, j] for i in places for j in places)", node)
    rows = items[0].rows
    tails, heads = (
        np.broadcast_to(context.codes(end, rows.domain), (rows.domain.size,)) for end in ends[-2:]
    )
    return _Arcs(rows, body, tails, heads)


def require_tour(context: Context, node: ast.Call, domain: Domain, builder: Builder) -> None:
    """Add rows by which the arcs taken are one round, in every row of the domain."""
    arcs = _arcs(context, node, domain)
    taken = context.affine(arcs.body, arcs.rows.domain)
    single = len(taken.column) == taken.rows and not np.any(taken.constant)
    if not single or not np.all(taken.coefficient == 1) or not np.all(builder.is_binary(taken.column)):
        context.expression.fail("a tour is made of binary variables, one for each arc", node)
    column = taken.column[np.argsort(taken.row, kind="stable")]
    for row in range(domain.size):
        own = arcs.of(row)
        _one_round(builder, arcs.tails[own], arcs.heads[own], column[own])


def _one_round(builder: Builder, tails: Codes, heads: Codes, columns: Codes) -> None:
    places, ends = np.unique(np.concatenate([tails, heads]), return_inverse=True)
    tail, head = ends[: len(tails)], ends[len(tails) :]
    loops = tail == head
    if loops.any():
        builder.add_rows(_columns(columns[loops]), 0.0, 0.0)
        tail, head, columns = tail[~loops], head[~loops], columns[~loops]
    count = len(places)
    for end in (tail, head):
        degree = Affine(np.zeros(count), end, columns, np.ones(len(columns)))
        builder.add_rows(degree, 1.0, 1.0)
    if count > 2:
        _in_order(builder, count, tail, head, columns)
    as_int = np.int32
    builder.tours.append(TourArcs(count, tail.astype(as_int), head.astype(as_int), columns.astype(as_int)))


def _in_order(builder: Builder, count: int, tail: Codes, head: Codes, columns: Codes) -> None:
    """Places other than the first have positions that grow along the arcs."""
    order = builder.add_columns(1.0, count - 1.0, count, integer=False)
    inner = (tail > 0) & (head > 0)
    tail, head, columns = tail[inner], head[inner], columns[inner]
    arcs = len(tail)
    row = np.arange(arcs)
    ends = list(zip(tail.tolist(), head.tolist(), strict=True))
    by_ends = dict(zip(ends, columns.tolist(), strict=True))
    back = np.asarray([by_ends.get((end, begin), -1) for begin, end in ends])
    two_way = np.flatnonzero(back >= 0) if arcs else np.empty(0, dtype=np.int64)
    left = Affine(
        np.zeros(arcs),
        np.concatenate([row, row, row, row[two_way]]),
        np.concatenate([order[tail], order[head], columns, back[two_way] if arcs else two_way]),
        np.concatenate(
            [np.ones(arcs), -np.ones(arcs), np.full(arcs, count - 1.0), np.full(len(two_way), count - 3.0)]
        ),
    )
    builder.add_rows(left, -np.inf, count - 2.0)


def _columns(columns: Codes) -> Affine:
    return Affine(np.zeros(len(columns)), np.arange(len(columns)), columns, np.ones(len(columns)))


def known_tour(context: Context, node: ast.Call, domain: Domain) -> NDArray[np.bool_]:
    """Whether the arcs that are taken in a solution are one round, in each row."""
    arcs = _arcs(context, node, domain)
    size = arcs.rows.domain.size
    taken = np.broadcast_to(context.figures(arcs.body, arcs.rows.domain), (size,)) > 0.5
    found = np.zeros(domain.size, dtype=bool)
    for row in range(domain.size):
        own = arcs.of(row)
        places = set(arcs.tails[own].tolist()) | set(arcs.heads[own].tolist())
        used = own[taken[own]]
        after = dict(zip(arcs.tails[used].tolist(), arcs.heads[used].tolist(), strict=True))
        found[row] = len(used) == len(places) and len(list(_walk(after))) == len(places)
    return found


def _walk(after: dict[int, int]) -> Iterator[int]:
    """The places in order, from any one until one comes back or the way ends."""
    if not after:
        return
    here, seen = next(iter(after)), set()
    while here in after and here not in seen:
        seen.add(here)
        yield here
        here = after[here]
