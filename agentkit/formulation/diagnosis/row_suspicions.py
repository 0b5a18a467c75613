"""What is odd in the rows of a formulation: variables without purpose, constraints without effect."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.compiler import CompiledModel
from agentkit.formulation.diagnosis.suspicion import Suspicion
from agentkit.formulation.diagnosis.wording import joined
from agentkit.formulation.elements import Constraint
from agentkit.formulation.values import Floats
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.linear_model import LinearModel

__all__ = ["row_suspicions"]

FEW_ROWS = 40
"""Constraints with more rows than this are not tried against all others."""

FEW_COLUMNS = 5000
"""Nor are models with more columns."""


def row_suspicions(compiled: CompiledModel, limits: SolveLimits) -> Iterator[Suspicion]:
    """Whatever the arrays show. `limits.seconds` bounds the solving of relaxations."""
    rows = _Rows(compiled)
    yield from _constant_objective(compiled)
    yield from _idle_variables(compiled, rows)
    yield from _unlimited_variables(compiled, rows)
    yield from _empty_constraints(compiled)
    yield from _duplicates(compiled, rows)
    yield from _never_binding(compiled, rows, limits)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Which rows are which constraint's."""

    compiled: CompiledModel

    @property
    def of_entries(self) -> NDArray[np.int64]:
        """The row of each entry of the matrix."""
        model = self.compiled.model
        return np.repeat(np.arange(model.rows), np.diff(model.starts)).astype(np.int64)

    def by_element(self, *, plain: bool = False) -> dict[str, NDArray[np.int64]]:
        """By element its rows; `plain` only those elements that have no auxiliary rows."""
        found: dict[str, list[NDArray[np.int64]]] = {}
        macros = set()
        for block in self.compiled.blocks:
            rows = np.arange(block.start, block.start + block.count)
            found.setdefault(block.element, []).append(rows)
            if block.domain is None:
                macros.add(block.element)
        return {
            name: np.concatenate(parts) for name, parts in found.items() if not (plain and name in macros)
        }


def _in_objectives(compiled: CompiledModel) -> NDArray[np.bool_]:
    """Which columns stand in an objective."""
    found = np.zeros(compiled.model.columns, dtype=bool)
    for objective in compiled.objectives:
        function = objective.function
        found[function.column[function.coefficient != 0]] = True
        if function.products is not None:
            found[function.products.left] = True
            found[function.products.right] = True
    # What a linearised objective came to has columns of its own.
    found[compiled.model.cost != 0] = True
    return found


def _constant_objective(compiled: CompiledModel) -> Iterator[Suspicion]:
    for objective in compiled.objectives:
        function = objective.function
        net = (
            np.bincount(function.column, weights=function.coefficient)
            if len(function.column)
            else np.zeros(1)
        )
        if not net.any() and function.products is None:
            name = objective.element.name
            text = f"{name} ({objective.element.expression}) does not depend on what is decided"
            yield Suspicion(
                kind="constant objective", element=f"objective {name}", text=text, weight="certain"
            )


def _idle_variables(compiled: CompiledModel, rows: _Rows) -> Iterator[Suspicion]:
    """Variables that no chain of constraints ties to an objective."""
    seeds = _in_objectives(compiled)
    if not seeds.any():
        return
    model = compiled.model
    row_of, column_of = rows.of_entries, model.indices
    reached, before = seeds, -1
    while reached.sum() != before:
        before = int(reached.sum())
        touched = np.zeros(model.rows, dtype=bool)
        touched[row_of[reached[column_of]]] = True
        reached = reached.copy()
        reached[column_of[touched[row_of]]] = True
    for variable in compiled.instance.formulation.variables:
        columns = compiled.columns[variable.name]
        if len(columns) and not reached[columns].any():
            text = f"{variable.name} has no part in the objective, and no constraint ties it to what has"
            yield Suspicion(kind="idle variable", element=f"variable {variable.name}", text=text)


def _unlimited_variables(compiled: CompiledModel, rows: _Rows) -> Iterator[Suspicion]:
    """Variables, or single ones of their members, that stand in an objective but in no constraint."""
    model = compiled.model
    if not compiled.instance.formulation.constraints:
        return
    limited = np.zeros(model.columns, dtype=bool)
    for name, own in rows.by_element().items():
        if name.startswith("constraint "):
            touched = np.zeros(model.rows, dtype=bool)
            touched[own] = True
            limited[model.indices[touched[rows.of_entries]]] = True
    paid = _in_objectives(compiled)
    for variable in compiled.instance.formulation.variables:
        columns = compiled.columns[variable.name]
        alone = columns[~limited[columns] & paid[columns]]
        if not len(alone):
            continue
        shown = joined([compiled.column_name(int(c)) for c in alone], most=5)
        whole = len(alone) == len(columns)
        text = f"{variable.name if whole else shown} stands in the objective, but in no constraint"
        bounded = bool(np.all(np.isfinite(model.col_upper[alone]) & np.isfinite(model.col_lower[alone])))
        yield Suspicion(
            kind="unlimited variable",
            element=f"variable {variable.name}",
            text=text,
            weight="hint" if whole and bounded else "likely",
        )


def _empty_constraints(compiled: CompiledModel) -> Iterator[Suspicion]:
    """Constraints for no member, and those in which nothing is to be decided."""
    instance = compiled.instance
    with_rows = {block.element for block in compiled.blocks}
    for constraint in instance.formulation.constraints:
        element = f"constraint {constraint.name}"
        if constraint.forall and not instance.rows(constraint.forall, element).size:
            text = f"{constraint.name} holds for no member at all: {constraint.forall} is empty"
            yield Suspicion(kind="never applies", element=element, text=text, weight="certain")
        elif element not in with_rows or _decides_nothing(compiled, constraint):
            text = f"nothing is decided in {constraint.name}: {constraint.rule}"
            yield Suspicion(kind="never applies", element=element, text=text, weight="certain")


def _decides_nothing(compiled: CompiledModel, constraint: Constraint) -> bool:
    model = compiled.model
    own = [b for b in compiled.blocks if b.element == f"constraint {constraint.name}"]
    return all(model.starts[b.start] == model.starts[b.start + b.count] for b in own)


def _duplicates(compiled: CompiledModel, rows: _Rows) -> Iterator[Suspicion]:
    """Constraints of which every row is a row of another one, too."""
    owners: dict[bytes, str] = {}
    for name, own in rows.by_element(plain=True).items():
        if not name.startswith("constraint ") or len(own) > 20_000:
            continue
        keys = [_key(compiled.model, int(row)) for row in own]
        others = {owners.get(key) for key in keys}
        if None not in others and keys:
            same = joined([str(other).partition(" ")[2] for other in sorted(map(str, others))])
            text = f"{name.partition(' ')[2]} says nothing that {same} does not say"
            yield Suspicion(kind="duplicate", element=name, text=text, weight="certain")
        for key in keys:
            owners.setdefault(key, name)


def _key(model: LinearModel, row: int) -> bytes:
    """What two rows have in common that say the same: scaled so that the first entry is 1."""
    entries = slice(model.starts[row], model.starts[row + 1])
    values = model.values[entries]
    scale = float(values[0]) if len(values) else 1.0
    ends = sorted([float(model.row_lower[row]) / scale, float(model.row_upper[row]) / scale])
    figures = np.round(np.array([*ends, *(values / scale)]), 9) + 0.0
    return bytes(model.indices[entries].tobytes() + figures.tobytes())


def _never_binding(compiled: CompiledModel, rows: _Rows, limits: SolveLimits) -> Iterator[Suspicion]:
    """Constraints whose rows all stay clear of their ends, by bounds alone or by what else must hold."""
    model = compiled.model
    low, high = _activities(model)
    clear = _clear(model.row_lower, model.row_upper, low, high)
    end = time.monotonic() + (limits.seconds or 1.0)
    soft = {
        f"constraint {c.name}" for c in compiled.instance.formulation.constraints if c.penalty is not None
    }
    for name, own in rows.by_element(plain=True).items():
        filled = own[model.starts[own] < model.starts[own + 1]]
        if not name.startswith("constraint ") or name in soft or not len(filled):
            continue
        constraint = name.partition(" ")[2]
        if clear[own].all():
            text = f"{constraint} can never matter: the bounds of its variables keep it far from its limit"
            yield Suspicion(kind="never binding", element=name, text=text)
        elif _few(model, own) and time.monotonic() < end and _implied(model, own, clear, limits, end):
            text = f"{constraint} can never matter: the other constraints keep it far from its limit"
            yield Suspicion(kind="never binding", element=name, text=text, weight="hint")


def _few(model: LinearModel, own: NDArray[np.int64]) -> bool:
    return len(own) <= FEW_ROWS and model.columns <= FEW_COLUMNS


def _activities(model: LinearModel) -> tuple[Floats, Floats]:
    """Between which values each row lies, by the columns' bounds."""
    row_of = np.repeat(np.arange(model.rows), np.diff(model.starts))
    value, column = model.values, model.indices
    positive = value > 0
    low = value * np.where(positive, model.col_lower[column], model.col_upper[column])
    high = value * np.where(positive, model.col_upper[column], model.col_lower[column])
    least = np.bincount(row_of, weights=low, minlength=model.rows).astype(np.float64)
    return least, np.bincount(row_of, weights=high, minlength=model.rows).astype(np.float64)


def _clear(lower: Floats, upper: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Where a value between low and high never comes near the ends."""
    room = 1e-6 * np.maximum(1.0, np.abs(np.where(np.isfinite(upper), upper, 0.0)))
    under = np.isinf(upper) | (high < upper - room)
    over = np.isinf(lower) | (low > lower + room)
    found: NDArray[np.bool_] = under & over
    return found


def _implied(
    model: LinearModel, own: NDArray[np.int64], clear: NDArray[np.bool_], limits: SolveLimits, end: float
) -> bool:
    """Whether the continuous relaxation of the other rows keeps these clear of their ends."""
    free_lower, free_upper = model.row_lower.copy(), model.row_upper.copy()
    free_lower[own], free_upper[own] = -np.inf, np.inf
    relaxed = replace(
        model,
        row_lower=free_lower,
        row_upper=free_upper,
        integer=np.zeros(model.columns, dtype=bool),
        quadratic=None,
        offset=0.0,
    )
    for row in own[~clear[own]].tolist():
        ends: Mapping[bool, float] = {True: float(model.row_upper[row]), False: float(model.row_lower[row])}
        for maximise, limit in ends.items():
            if not np.isfinite(limit):
                continue
            left = end - time.monotonic()
            if left <= 0:
                return False
            cost = np.zeros(model.columns)
            entries = slice(model.starts[row], model.starts[row + 1])
            cost[model.indices[entries]] = model.values[entries]
            tried = replace(relaxed, cost=cost, maximise=maximise)
            outcome = solve_linear(tried, replace(limits, seconds=left))
            if outcome.status != "optimal" or outcome.objective is None:
                return False
            gap = limit - outcome.objective if maximise else outcome.objective - limit
            if gap <= 1e-6 * max(1.0, abs(limit)):
                return False
    return True
