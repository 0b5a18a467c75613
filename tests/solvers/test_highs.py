"""HiGHS by arrays: what comes back for each kind of problem, and that it stops when told."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agentkit.errors import SolverError
from agentkit.solvers.highs import LinearOutcome, SolveLimits, as_highs, solve_linear
from agentkit.solvers.linear_model import LinearModel, Quadratic, rows_from_triplets

INF = np.inf


def model(
    cost: list[float],
    rows: list[list[float]],
    lower: list[float],
    upper: list[float],
    *,
    integer: bool = False,
    top: float = INF,
    **more: Any,
) -> LinearModel:
    """Variables from 0 to `top`, and these rows."""
    table = np.array(rows, dtype=float).reshape(len(rows), len(cost))
    row, column = np.nonzero(table)
    sparse = rows_from_triplets(len(rows), row, column, table[row, column])
    return LinearModel(
        cost=np.array(cost, dtype=float),
        col_lower=np.zeros(len(cost)),
        col_upper=np.full(len(cost), top),
        integer=np.full(len(cost), integer),
        row_lower=np.array(lower, dtype=float),
        row_upper=np.array(upper, dtype=float),
        starts=sparse.starts,
        indices=sparse.indices,
        values=sparse.values,
        **more,
    )


MIX = model([3, 4], [[2, 1], [1, 3]], [-INF, -INF], [10, 15], maximise=True, offset=1)


def test_a_linear_program() -> None:
    found = solve_linear(MIX)
    assert (found.status, found.objective, found.bound, found.gap) == ("optimal", 26, 26, 0)
    assert found.values == pytest.approx([3, 4])
    assert found.row_duals == pytest.approx([1, 1])
    assert found.reduced_costs == pytest.approx([0, 0])
    assert found.nodes == 0


def test_an_integer_program() -> None:
    found = solve_linear(model([1, 1], [[2, 2]], [-INF], [7], integer=True, maximise=True))
    assert (found.status, found.objective) == ("optimal", 3)
    assert len(found.row_duals) == 0


def test_a_convex_quadratic_program() -> None:
    square = Quadratic(np.array([0, 1, 2]), np.array([0, 1]), np.array([2.0, 4.0]))
    found = solve_linear(model([0, 0], [[1, 1]], [1], [INF], quadratic=square))
    assert found.objective == pytest.approx(2 / 3, abs=1e-6)
    assert found.values == pytest.approx([2 / 3, 1 / 3], abs=1e-6)


def test_a_row_may_be_a_range() -> None:
    assert solve_linear(model([1], [[1]], [2], [5])).objective == 2
    assert solve_linear(model([1], [[1]], [2], [5], maximise=True)).objective == 5


def test_infeasible() -> None:
    assert solve_linear(model([1], [[1]], [5], [INF], top=3)).status == "infeasible"
    assert solve_linear(model([1], [[2]], [1], [1], integer=True, top=3)).status == "infeasible"


@pytest.mark.parametrize("integer", [False, True])
def test_unbounded(integer: bool) -> None:
    found = solve_linear(model([-1, 0, -1], [[1, -1, 0], [0, 0, 1]], [-INF, -INF], [2, 4], integer=integer))
    assert found.status == "unbounded"


@pytest.mark.parametrize(
    ("lower", "upper", "status"),
    [([0], [0], "optimal"), ([1], [INF], "infeasible"), ([-INF], [-1], "infeasible")],
)
def test_rows_without_columns(lower: list[float], upper: list[float], status: str) -> None:
    none = model([], [[]], lower, upper, offset=7)
    found = solve_linear(none)
    assert found.status == status
    assert found.objective == (7 if status == "optimal" else None)


def test_rows_without_entries() -> None:
    assert solve_linear(model([1], [[0]], [0], [INF])).status == "optimal"
    assert solve_linear(model([1], [[0]], [1], [INF])).status == "infeasible"


def test_no_rows() -> None:
    assert solve_linear(model([-2], [], [], [], top=3)).objective == -6


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (replace(MIX, row_lower=np.array([np.nan, 0.0])), "does not take these arrays"),
        (
            replace(
                MIX,
                integer=np.array([True, False]),
                quadratic=Quadratic(np.zeros(3, int), np.empty(0, int), np.empty(0)),
            ),
            "quadratic objective with integer",
        ),
        (
            replace(MIX, quadratic=Quadratic(np.array([0, 1, 2]), np.array([0, 1]), np.array([2.0, 2.0]))),
            "convex",
        ),
    ],
)
def test_what_it_cannot_take(broken: LinearModel, words: str) -> None:
    with pytest.raises(SolverError, match=words):
        solve_linear(broken)


def hard() -> LinearModel:
    """A market split problem (Cornuéjols and Dawande 1999): branch and bound does not end."""
    draw = np.random.default_rng(5)
    table = np.hstack([draw.integers(0, 100, (5, 40)), np.eye(5), -np.eye(5)])
    half = table[:, :40].sum(axis=1) // 2
    found = model([0.0] * 40 + [1.0] * 10, table.tolist(), half.tolist(), half.tolist())
    kinds = np.arange(50) < 40
    return replace(found, integer=kinds, col_upper=np.where(kinds, 1.0, INF))


class TestLimits:
    def test_seconds(self) -> None:
        began = time.monotonic()
        found = solve_linear(hard(), SolveLimits(seconds=0.5))
        assert time.monotonic() - began < 10
        assert found.status == "feasible"
        assert found.gap is not None and found.gap > 0

    def test_nodes(self) -> None:
        assert solve_linear(hard(), SolveLimits(nodes=1, seconds=30)).nodes <= 1

    def test_a_hook(self) -> None:
        asked: list[bool] = []

        def stop() -> bool:
            asked.append(True)
            return len(asked) > 20

        found = solve_linear(hard(), SolveLimits(seconds=60, should_stop=stop))
        assert found.status in ("feasible", "unknown")
        assert found.seconds < 50
        assert len(asked) > 20

    def test_a_start_is_where_it_begins(self) -> None:
        problem = hard()
        rough = solve_linear(problem, SolveLimits(seconds=0.5))
        again = solve_linear(problem, SolveLimits(seconds=10, nodes=0), rough.values)
        assert again.objective is not None and rough.objective is not None
        assert again.objective <= rough.objective + 1e-6

    def test_a_start_may_be_partial(self) -> None:
        small = model([1, 1], [[2, 2]], [3], [INF], integer=True, top=4)
        assert solve_linear(small, start=np.array([np.nan, 2.0])).objective == 2


def test_integers_are_closer_to_whole_than_the_solver_s_default() -> None:
    """By HiGHS's own tolerance a switch of 1e-6 lets 0.1 through a big-M of 100,000."""
    leaky = model([-1, 100_001], [[1, -100_000]], [-INF], [0], top=100_000)
    leaky = replace(leaky, integer=np.array([False, True]), col_upper=np.array([1e5, 1.0]))
    assert solve_linear(leaky).objective == pytest.approx(0, abs=1e-4)


def test_the_gap_of_an_outcome() -> None:
    assert LinearOutcome("feasible", objective=100.0, bound=90.0).gap == pytest.approx(0.1)
    assert LinearOutcome("feasible", objective=0.0, bound=0.0).gap == 0
    assert LinearOutcome("unknown", bound=3.0).gap is None
    assert LinearOutcome("feasible", objective=3.0, bound=-INF).gap is None


def test_it_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    as_highs(MIX).run()
    assert capfd.readouterr() == ("", "")
