"""Loops over sets: `for i in I if …` turns each row of a domain into several."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agentkit.formulation.context import Context, Expanded
from agentkit.formulation.parts import names_in
from agentkit.formulation.scope import Domain
from agentkit.formulation.universe import Codes

__all__ = ["Loop", "expand"]

MOST_ROWS = 30_000_000
"""More rows than this would not fit into memory in the end."""


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """`for names in source`."""

    names: tuple[str, ...]
    source: ast.expr


def expand(
    context: Context, domain: Domain, loops: Sequence[Loop], conditions: Sequence[ast.expr]
) -> Expanded:
    """All combinations of the loops' members for each row, of which the conditions hold.

    A condition is applied as soon as its names are bound; one that fixes a part of a tuple
    (`for (r, c) in arcs if r == i`) is used to look the tuples up instead of trying all.
    """
    _check_bound_once(context, loops)
    waiting = list(conditions)
    current = Expanded(domain, np.arange(domain.size))
    names_to_come = {name for loop in loops for name in loop.names}
    for loop in loops:
        names_to_come -= set(loop.names)
        current, used = _one_loop(context, current, loop, waiting, names_to_come)
        ready = [c for c in waiting if c is not used and not names_in(c) & names_to_come]
        waiting = [c for c in waiting if c is not used and c not in ready]
        for condition in ready:
            current = _filtered(context, current, condition)
    for condition in waiting:
        current = _filtered(context, current, condition)
    return current


def _filtered(context: Context, current: Expanded, condition: ast.expr) -> Expanded:
    kept = context.truths(condition, current.domain)
    if kept.all():
        return current
    rows = np.flatnonzero(kept)
    return Expanded(current.domain.taken(rows), current.parent[rows])


def _one_loop(
    context: Context,
    current: Expanded,
    loop: Loop,
    conditions: Sequence[ast.expr],
    names_to_come: set[str],
) -> tuple[Expanded, ast.expr | None]:
    source = loop.source
    if isinstance(source, ast.Subscript):
        return _over_slice(context, current, loop, source), None
    if _is_range(source) and names_in(source) & set(current.domain.columns):
        return _over_ranges(context, current, loop, source), None
    if own := sorted(names_in(source) & set(current.domain.columns)):
        mend = "loop over the whole set, and choose by `if`"
        context.expression.fail(f"a set cannot depend on the index {own[0]}", source, mend)
    members = context.set_of(source, current.domain)
    _check_names(context, loop, members.arity)
    join = _join(loop, conditions, current.domain, names_to_come)
    if join is not None:
        part, other, condition = join
        codes = context.codes(other, current.domain)
        parent, place = members.matches(part, np.broadcast_to(codes, (current.domain.size,)))
        return _bound(current, loop.names, members.codes, parent, place), condition
    rows, size = current.domain.size, members.size
    if rows * size > MOST_ROWS:
        what = f"{rows:,} x {size:,} combinations are too many"
        mend = "loop over a filtered set, or use an equality such as `if r == i`"
        context.expression.fail(what, source, mend)
    parent = np.repeat(np.arange(rows), size)
    place = np.tile(np.arange(size), rows)
    return _bound(current, loop.names, members.codes, parent, place), None


def _bound(current: Expanded, names: Sequence[str], members: Codes, parent: Codes, place: Codes) -> Expanded:
    columns = {name: codes[parent] for name, codes in current.domain.columns.items()}
    columns |= {name: members[place, part] for part, name in enumerate(names)}
    return Expanded(Domain(len(parent), columns), current.parent[parent])


def _over_slice(context: Context, current: Expanded, loop: Loop, source: ast.Subscript) -> Expanded:
    """`for c in arcs[p]`: what follows p in the tuples of arcs."""
    whole = context.set_of(source.value, current.domain)
    given = list(source.slice.elts) if isinstance(source.slice, ast.Tuple) else [source.slice]
    if len(given) >= whole.arity:
        context.expression.fail(f"{whole.name} has {whole.arity} parts: leave at least one open", source)
    _check_names(context, loop, whole.arity - len(given))
    rows = current.domain.size
    codes = [np.broadcast_to(context.codes(node, current.domain), (rows,)) for node in given]
    parent, place = whole.matches(0, codes[0])
    for part, code in enumerate(codes[1:], start=1):
        kept = whole.codes[place, part] == code[parent]
        parent, place = parent[kept], place[kept]
    return _bound(current, loop.names, whole.codes[:, len(given) :], parent, place)


def _over_ranges(context: Context, current: Expanded, loop: Loop, source: ast.expr) -> Expanded:
    """`for s in range(a, b)` with ends that differ from row to row."""
    assert isinstance(source, ast.Call)
    _check_names(context, loop, 1)
    rows = current.domain.size
    ends = [np.broadcast_to(context.figures(arg, current.domain), (rows,)) for arg in source.args]
    low = ends[0] if len(ends) > 1 else np.zeros(rows)
    high = ends[1] if len(ends) > 1 else ends[0]
    step = ends[2] if len(ends) > 2 else np.ones(rows)
    if not np.all(step):
        context.expression.fail("the step of a range is 0", source)
    counts = np.maximum(np.ceil((high - low) / step), 0).astype(np.int64)
    if counts.sum() > MOST_ROWS:
        context.expression.fail(f"{counts.sum():,} rows are too many", source)
    parent = np.repeat(np.arange(rows), counts)
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    codes = context.scope.universe.intern_numbers(low[parent] + step[parent] * offset)
    return _bound(current, loop.names, codes[:, None], parent, np.arange(len(parent)))


def _check_bound_once(context: Context, loops: Sequence[Loop]) -> None:
    seen: set[str] = set()
    for loop in loops:
        if twice := sorted(seen & set(loop.names)):
            context.expression.fail(f"the index {twice[0]} is bound twice", loop.source, "call one otherwise")
        seen |= set(loop.names)


def _check_names(context: Context, loop: Loop, arity: int) -> None:
    if len(loop.names) != arity:
        shown = ", ".join(loop.names)
        mend = f"write ({', '.join('abcdefgh'[:arity])}) for tuples" if arity > 1 else ""
        what = f"{len(loop.names)} names ({shown}) for members of {arity} parts"
        context.expression.fail(what, loop.source, mend)


def _join(
    loop: Loop, conditions: Sequence[ast.expr], domain: Domain, names_to_come: set[str]
) -> tuple[int, ast.expr, ast.expr] | None:
    """A condition `name == other`, of which the other side is known before the loop."""
    unknown = names_to_come | set(loop.names)
    for condition in conditions:
        if not isinstance(condition, ast.Compare) or len(condition.ops) != 1:
            continue
        if not isinstance(condition.ops[0], ast.Eq):
            continue
        sides = (condition.left, condition.comparators[0])
        for own, other in (sides, sides[::-1]):
            named = isinstance(own, ast.Name) and own.id in loop.names
            if (
                named
                and isinstance(other, ast.Name)
                and other.id in domain.columns
                and other.id not in unknown
            ):
                assert isinstance(own, ast.Name)
                return loop.names.index(own.id), other, condition
    return None


def _is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
