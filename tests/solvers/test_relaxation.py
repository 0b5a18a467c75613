"""The least relaxation says which rows have to give, and by how much at least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agentkit.errors import SolverError
from agentkit.solvers.highs import solve_linear
from agentkit.solvers.linear_model import LinearModel
from agentkit.solvers.relaxation import least_relaxation
from tests.solvers.small_models import model_of, random_model


def relaxed(model: LinearModel, amounts: np.ndarray[tuple[int], np.dtype[np.float64]]) -> LinearModel:
    return replace(
        model,
        row_upper=model.row_upper + np.maximum(amounts, 0) + 1e-7,
        row_lower=model.row_lower + np.minimum(amounts, 0) - 1e-7,
    )


@pytest.mark.parametrize("integer", [False, True], ids=["real", "integer"])
@pytest.mark.parametrize("seed", range(4))
def test_it_makes_room_for_a_solution_and_less_would_not_do(seed: int, integer: bool) -> None:
    model = random_model(seed, integer=integer)
    found = least_relaxation(model)
    assert found is not None
    assert found.proven
    assert solve_linear(relaxed(model, found.amounts)).status in ("optimal", "feasible")
    assert solve_linear(relaxed(model, 0.99 * found.amounts)).status == "infeasible"


def test_dear_rows_are_spared() -> None:
    model = model_of([[1.0], [1.0]], [10.0, -np.inf], [np.inf, 4.0])
    cheap_first = least_relaxation(model, np.array([1.0, 2.0]))
    cheap_second = least_relaxation(model, np.array([2.0, 1.0]))
    assert cheap_first is not None and cheap_second is not None
    assert cheap_first.amounts.tolist() == [-6.0, 0.0]
    assert cheap_second.amounts.tolist() == [0.0, 6.0]
    assert cheap_second.rows == (1,)
    assert cheap_second.price == pytest.approx(6.0)


def test_by_default_large_figures_give_more_easily() -> None:
    model = model_of([[1.0], [1.0]], [1000.0, -np.inf], [np.inf, 900.0])
    found = least_relaxation(model)
    assert found is not None
    assert found.amounts.tolist() == [-100.0, 0.0]


def test_rows_of_infinite_price_hold() -> None:
    model = model_of([[1.0], [1.0]], [10.0, -np.inf], [np.inf, 4.0])
    assert least_relaxation(model, np.array([np.inf, np.inf])) is None


def test_an_equality_gives_either_way() -> None:
    model = model_of([[2.0]], [7.0], [7.0], most=3.0, integer=True)
    found = least_relaxation(model)
    assert found is not None
    assert found.amounts.tolist() == [-1.0]
    assert found.values.tolist() == [3.0]


def test_a_model_with_a_solution_need_not_give() -> None:
    found = least_relaxation(model_of([[1.0]], [1.0], [4.0]))
    assert found is not None
    assert found.rows == ()
    assert found.price == 0.0


def test_there_must_be_a_price_for_each_row() -> None:
    with pytest.raises(SolverError, match="1 prices for 2 rows"):
        least_relaxation(model_of([[1.0], [1.0]], [0.0, 0.0], [1.0, 1.0]), np.array([1.0]))
