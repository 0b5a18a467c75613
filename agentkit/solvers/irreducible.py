"""Why a model has no solution: an irreducible infeasible set of its parts.

Parts are left out one after another, in chunks that double while all goes well (a deletion filter: Chinneck
and Dravnieks 1991, doi 10.1287/ijoc.3.2.157; the result is that of going one by one). Of linear programs
the parts of HiGHS's proof and then of its own set are taken first, which leaves few to try.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agentkit.errors import SolverError
from agentkit.solvers.highs import LinearStatus, SolveLimits, as_highs, solve_linear
from agentkit.solvers.linear_model import Flags, LinearModel

__all__ = ["Irreducible", "ModelPart", "find_irreducible", "parts_of", "without_parts"]

FEW = 12
"""So few parts are tried at once, without HiGHS's set."""

LONGEST_SHARE = 0.25
"""No single check may take more than this share of the time that is left."""


@dataclass(frozen=True, slots=True)
class ModelPart:
    """What is left out of a model together."""

    rows: tuple[int, ...] = ()
    """These rows."""
    lower: tuple[int, ...] = ()
    """The lower bounds of these columns."""
    upper: tuple[int, ...] = ()
    """The upper bounds of these columns."""
    integer: tuple[int, ...] = ()
    """That these columns are integers."""


@dataclass(frozen=True, slots=True)
class Irreducible:
    """Parts that have no solution together with what is in no part."""

    parts: tuple[int, ...]
    """Their places in the list that was given, rising. Empty where what is in no part contradicts itself."""
    proven: bool
    """Whether without any one of them there is a solution; time may have run out before that was shown."""
    checks: int = 0
    """How many models were solved."""


def parts_of(model: LinearModel) -> tuple[ModelPart, ...]:
    """Every row, every finite bound and the integrality of every integer as a part of its own.

    Integrality comes first, so that it is left out where the rest contradicts itself without it.
    """
    return tuple(_single_parts(model))


def _single_parts(model: LinearModel) -> Iterator[ModelPart]:
    for column in np.flatnonzero(model.integer).tolist():
        yield ModelPart(integer=(column,))
    for row in range(model.rows):
        yield ModelPart(rows=(row,))
    for column in np.flatnonzero(np.isfinite(model.col_lower)).tolist():
        yield ModelPart(lower=(column,))
    for column in np.flatnonzero(np.isfinite(model.col_upper)).tolist():
        yield ModelPart(upper=(column,))


def find_irreducible(
    model: LinearModel, parts: Sequence[ModelPart] | None = None, limits: SolveLimits | None = None
) -> Irreducible:
    """An irreducible infeasible set of the parts (by default `parts_of` the model).

    What is in no part always stays. Parts that stand first are left out first, so that the last are the
    likeliest to be named. `limits.seconds` bounds the whole search. Raises `SolverError` where the model has
    a solution.

    >>> from agentkit.solvers.linear_model import rows_from_triplets
    >>> rows = rows_from_triplets(3, [0, 0, 1, 2], [0, 1, 0, 1], [1.0, 1.0, 1.0, 1.0])
    >>> model = LinearModel(np.zeros(2), np.zeros(2), np.array([2.0, 9.0]), np.array([False, False]),
    ...     np.array([-np.inf, 3.0, -np.inf]), np.array([8.0, np.inf, 5.0]),
    ...     rows.starts, rows.indices, rows.values)
    >>> found = find_irreducible(model)
    >>> [(part.rows, part.upper) for part in map(parts_of(model).__getitem__, found.parts)]  # 3 <= x0 <= 2
    [((1,), ()), ((), (0,))]
    """
    search = _Search(model, list(parts if parts is not None else parts_of(model)), limits or SolveLimits())
    everything = list(range(len(search.parts)))
    first = search.status(everything)
    if first in ("optimal", "feasible"):
        raise SolverError("has a solution, so that nothing contradicts anything", where="model")
    found = search.filtered(search.shrunk(everything))
    return Irreducible(tuple(sorted(found)), not search.doubtful, search.checks)


def without_parts(model: LinearModel, parts: Iterable[ModelPart]) -> LinearModel:
    """The model without these parts and without an objective. Rows keep their numbers: those that are left
    out have no ends any more."""
    row_lower, row_upper = model.row_lower.copy(), model.row_upper.copy()
    lower, upper, integer = model.col_lower.copy(), model.col_upper.copy(), model.integer.copy()
    for part in parts:
        row_lower[list(part.rows)], row_upper[list(part.rows)] = -np.inf, np.inf
        lower[list(part.lower)] = -np.inf
        upper[list(part.upper)] = np.inf
        integer[list(part.integer)] = False
    return replace(
        model,
        cost=np.zeros(model.columns),
        offset=0.0,
        quadratic=None,
        col_lower=lower,
        col_upper=upper,
        integer=integer,
        row_lower=row_lower,
        row_upper=row_upper,
    )


class _Search:
    def __init__(self, model: LinearModel, parts: list[ModelPart], limits: SolveLimits) -> None:
        self.parts = parts
        self.doubtful = False
        self.checks = 0
        self._model = model
        self._limits = limits
        self._end = None if limits.seconds is None else time.monotonic() + limits.seconds

    def reduced(self, kept: Iterable[int]) -> LinearModel:
        """The model with only these of the parts."""
        held = set(kept)
        return without_parts(self._model, (p for n, p in enumerate(self.parts) if n not in held))

    def status(self, kept: Iterable[int]) -> LinearStatus:
        """What the solver says of the model with only these of the parts."""
        self.checks += 1
        model = self.reduced(kept)
        model = model.with_rows(_kept_rows(model))
        if _breaks_an_empty_row(model):
            return "infeasible"
        limits = self._limits
        if self._end is not None:
            left = max(self._end - time.monotonic(), 0.0)
            limits = replace(limits, seconds=max(left * LONGEST_SHARE, 0.05))
        return solve_linear(model, limits).status

    @property
    def out_of_time(self) -> bool:
        """Whether to stop with what there is."""
        stop = self._limits.should_stop
        return (self._end is not None and time.monotonic() >= self._end) or (stop is not None and stop())

    def filtered(self, candidates: list[int]) -> list[int]:
        """Those that are needed for the contradiction."""
        kept: list[int] = []
        waiting = candidates
        size = max(len(waiting) // 4, 1)
        while waiting:
            if self.out_of_time:
                self.doubtful = True
                return kept + waiting
            size = min(size, len(waiting))
            status = self.status(kept + waiting[size:])
            if status == "infeasible":
                waiting = waiting[size:]
                size *= 2
            elif size > 1:
                size = max(size // 4, 1)
            else:
                self.doubtful |= status == "unknown"
                kept.append(waiting[0])
                waiting = waiting[1:]
        return kept

    def shrunk(self, candidates: list[int]) -> list[int]:
        """Fewer that still contradict each other, by HiGHS's own set where it can give one."""
        if len(candidates) <= FEW:
            return candidates
        whole = {n for n in candidates if self.parts[n].integer}
        relaxed = [n for n in candidates if n not in whole]
        first = bool(whole and relaxed) and max(whole) < min(relaxed)
        if first and self.status(relaxed) == "infeasible":
            candidates, whole = relaxed, set()
        if whole or self.reduced(candidates).integer.any():
            return candidates
        for find in (_proof, _own_set):
            if len(candidates) <= FEW or self.out_of_time:
                break
            rest = None if self._end is None else max(self._end - time.monotonic(), 0.05) * LONGEST_SHARE
            own = find(self.reduced(candidates), rest)
            fewer = candidates if own is None else [n for n in candidates if own.touches(self.parts[n])]
            if len(fewer) < len(candidates) and self.status(fewer) == "infeasible":
                candidates = fewer
        return candidates


@dataclass(frozen=True, slots=True)
class _Suspects:
    """Rows, and columns of which a bound matters, that contradict each other by themselves."""

    rows: frozenset[int]
    columns: frozenset[int]

    def touches(self, part: ModelPart) -> bool:
        """Whether something of the part is in it."""
        return bool(self.rows & set(part.rows) or self.columns & {*part.lower, *part.upper})


def _proof(model: LinearModel, seconds: float | None) -> _Suspects | None:
    """What has a part in a proof that a linear program is infeasible (a dual ray: Farkas 1902)."""
    import highspy

    kept = _kept_rows(model)
    highs: Any = as_highs(model.with_rows(kept))
    if seconds is not None:
        highs.setOptionValue("time_limit", seconds)
    highs.run()
    status, exists, ray = highs.getDualRay()
    if status != highspy.HighsStatus.kOk or not exists:
        return None
    factors = np.zeros(model.rows)
    factors[kept] = ray
    size = float(np.abs(factors).max()) or 1.0
    factors[np.abs(factors) <= 1e-9 * size] = 0.0
    weights = model.values * np.repeat(factors, np.diff(model.starts))
    columns = np.bincount(model.indices, weights=weights, minlength=model.columns)
    return _Suspects(
        frozenset(np.flatnonzero(factors).tolist()),
        frozenset(np.flatnonzero(np.abs(columns) > 1e-9 * size).tolist()),
    )


def _own_set(model: LinearModel, seconds: float | None) -> _Suspects | None:
    """HiGHS's irreducible set of a linear program; None where it finds none."""
    import highspy

    kept = _kept_rows(model)
    highs: Any = as_highs(model.with_rows(kept))
    if seconds is not None:
        highs.setOptionValue("iis_time_limit", seconds)
    # 4 stands for an irreducible set; the default gives an empty one.
    highs.setOptionValue("iis_strategy", 4)
    status, found = highs.getIis()
    if status == highspy.HighsStatus.kError or not found.valid_:
        return None
    rows = np.flatnonzero(kept)[np.asarray(found.row_index_, dtype=np.int64)]
    return _Suspects(frozenset(rows.tolist()), frozenset(found.col_index_))


def _kept_rows(model: LinearModel) -> Flags:
    """The rows that say something."""
    found: Flags = np.isfinite(model.row_lower) | np.isfinite(model.row_upper)
    return found


def _breaks_an_empty_row(model: LinearModel) -> bool:
    """Whether a row without entries asks for something else than 0."""
    empty = np.diff(model.starts) == 0
    return bool(np.any(empty & ((model.row_lower > 1e-9) | (model.row_upper < -1e-9))))
