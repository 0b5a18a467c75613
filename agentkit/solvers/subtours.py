"""Cuts for round tours: of every part of the places, the tour must leave at least once.

Dantzig, Fulkerson and Johnson 1954, "Solution of a large-scale traveling-salesman problem". A compact model
is right without them, but its relaxation is weak; these make it strong enough for a proof.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agentkit.errors import SolverError
from agentkit.solvers.highs import SolveLimits, as_highs, use_threads
from agentkit.solvers.linear_model import Floats, Indices, LinearModel

__all__ = ["TourArcs", "with_tour_cuts"]

LEAST_VIOLATION = 1e-4
"""A cut that is broken by less is not worth its row."""

MOST_ROUNDS = 80


@dataclass(frozen=True, slots=True)
class TourArcs:
    """The arcs of one tour: from which place to which, counted from 0, and the column that takes each."""

    places: int
    tails: Indices
    heads: Indices
    columns: Indices


def with_tour_cuts(model: LinearModel, tours: Sequence[TourArcs], limits: SolveLimits) -> LinearModel:
    """The model with the cuts that its relaxation breaks: round by round until it breaks none, or for a
    third of the time there is."""
    end = None if limits.seconds is None else time.monotonic() + limits.seconds / 3
    relaxed = as_highs(replace(model, integer=np.zeros(model.columns, dtype=bool), quadratic=None))
    use_threads(limits.threads)
    relaxed.setOptionValue("threads", limits.threads)
    cuts: list[Indices] = []
    for _ in range(MOST_ROUNDS):
        stopped = limits.should_stop is not None and limits.should_stop()
        if stopped or (end is not None and time.monotonic() > end):
            break
        found = _broken(relaxed, tours)
        if not found:
            break
        for columns in found:
            relaxed.addRow(1.0, np.inf, len(columns), columns, np.ones(len(columns)))
        cuts.extend(found)
    return _with_rows(model, cuts)


def _broken(relaxed: object, tours: Sequence[TourArcs]) -> list[Indices]:
    """The cuts that the relaxation's optimum breaks."""
    import highspy

    assert isinstance(relaxed, highspy.Highs)
    if relaxed.run() == highspy.HighsStatus.kError:
        raise SolverError("stopped with an error while cutting off subtours", where="HiGHS")
    solution = relaxed.getSolution()
    if not solution.value_valid or relaxed.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return []
    values = np.asarray(solution.col_value, dtype=np.float64)
    cuts: dict[bytes, Indices] = {}
    for tour in tours:
        for side in _weak_sides(tour, values[tour.columns]):
            leaving = tour.columns[side[tour.tails] & ~side[tour.heads]]
            cuts[leaving.tobytes()] = leaving
    return list(cuts.values())


def _weak_sides(tour: TourArcs, weights: Floats) -> list[np.ndarray]:
    """Parts of the places that the arcs taken leave less than once: unconnected parts, else smallest cuts."""
    used = weights > 1e-7
    parts = _parts(tour, used)
    if len(parts) > 1:
        return [_mask(tour.places, part) for part in parts]
    found = []
    capacity: dict[tuple[int, int], float] = {}
    rows = zip(tour.tails[used].tolist(), tour.heads[used].tolist(), weights[used].tolist(), strict=True)
    for tail, head, weight in rows:
        capacity[tail, head] = capacity.get((tail, head), 0.0) + weight
    for sink in range(1, tour.places):
        for source, target in ((0, sink), (sink, 0)):
            flow, side = _smallest_cut(tour.places, capacity, source, target)
            if flow < 1 - LEAST_VIOLATION:
                found.append(_mask(tour.places, side))
        if len(found) > 20:
            break
    return found


def _mask(places: int, part: Sequence[int] | set[int]) -> np.ndarray:
    mask = np.zeros(places, dtype=bool)
    mask[list(part)] = True
    return mask


def _parts(tour: TourArcs, used: np.ndarray) -> list[list[int]]:
    """The places in connected parts, whichever way the arcs go."""
    beside: list[list[int]] = [[] for _ in range(tour.places)]
    for tail, head in zip(tour.tails[used].tolist(), tour.heads[used].tolist(), strict=True):
        beside[tail].append(head)
        beside[head].append(tail)
    seen: set[int] = set()
    found = []
    for place in range(tour.places):
        if place in seen:
            continue
        part, waiting = [], [place]
        seen.add(place)
        while waiting:
            here = waiting.pop()
            part.append(here)
            fresh = [there for there in beside[here] if there not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
        found.append(part)
    return found


def _smallest_cut(
    places: int, capacity: dict[tuple[int, int], float], source: int, sink: int
) -> tuple[float, set[int]]:
    """The greatest flow, up to 1, and the source's side of the cut (Edmonds and Karp 1972)."""
    left = dict(capacity)
    beside: list[set[int]] = [set() for _ in range(places)]
    for tail, head in capacity:
        beside[tail].add(head)
        beside[head].add(tail)
    flow = 0.0
    while True:
        before = {source: source}
        waiting = deque([source])
        while waiting and sink not in before:
            here = waiting.popleft()
            for there in beside[here]:
                if there not in before and left.get((here, there), 0.0) > 1e-9:
                    before[there] = here
                    waiting.append(there)
        if sink not in before:
            return flow, set(before)
        path, here = [], sink
        while here != source:
            path.append((before[here], here))
            here = before[here]
        pushed = min(left[arc] for arc in path)
        for tail, head in path:
            left[tail, head] -= pushed
            left[head, tail] = left.get((head, tail), 0.0) + pushed
        flow += pushed
        if flow >= 1 - LEAST_VIOLATION:
            return flow, set()


def _with_rows(model: LinearModel, cuts: Sequence[Indices]) -> LinearModel:
    if not cuts:
        return model
    lengths = np.cumsum([len(columns) for columns in cuts])
    return replace(
        model,
        row_lower=np.concatenate([model.row_lower, np.ones(len(cuts))]),
        row_upper=np.concatenate([model.row_upper, np.full(len(cuts), np.inf)]),
        starts=np.concatenate([model.starts, model.starts[-1] + lengths]).astype(np.int32),
        indices=np.concatenate([model.indices, *cuts]).astype(np.int32),
        values=np.concatenate([model.values, *(np.ones(len(columns)) for columns in cuts)]),
    )
