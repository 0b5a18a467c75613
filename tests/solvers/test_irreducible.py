"""Irreducible infeasible sets contradict each other, and would not without any one of their parts."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from agentkit.errors import SolverError
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.irreducible import ModelPart, find_irreducible, parts_of, without_parts
from agentkit.solvers.linear_model import LinearModel
from tests.solvers.small_models import model_of, random_model


def is_infeasible(model: LinearModel, kept: set[int], parts: tuple[ModelPart, ...]) -> bool:
    rest = without_parts(model, (part for n, part in enumerate(parts) if n not in kept))
    return solve_linear(rest).status == "infeasible"


@pytest.mark.parametrize("integer", [False, True], ids=["real", "integer"])
@pytest.mark.parametrize("seed", range(6))
def test_every_part_is_needed(seed: int, integer: bool) -> None:
    model = random_model(seed, integer=integer)
    assert solve_linear(model).status == "infeasible"
    parts = parts_of(model)
    found = find_irreducible(model, limits=SolveLimits(seconds=30))
    kept = set(found.parts)
    assert found.proven
    assert is_infeasible(model, kept, parts)
    for one in kept:
        assert not is_infeasible(model, kept - {one}, parts)


def test_highs_own_set_spares_most_of_the_checks() -> None:
    """Of 2,000 rows three contradict each other; going one by one would take 2,000 solves."""
    rows = 2000
    matrix = np.zeros((rows, 40))
    matrix[np.arange(rows), np.arange(rows) % 40] = 1.0
    lower, upper = np.full(rows, -np.inf), np.full(rows, 50.0)
    matrix[700] = 0.0
    matrix[700, :2] = 1.0
    lower[700], upper[700] = 101.0, np.inf
    found = find_irreducible(model_of(matrix.tolist(), lower.tolist(), upper.tolist()))
    assert len(found.parts) == 3
    assert found.proven
    assert found.checks < 20


def test_an_integer_gap_needs_integrality() -> None:
    model = model_of([[2.0, 4.0]], [7.0], [7.0], most=5.0, integer=True)
    parts = parts_of(model)
    found = [parts[place] for place in find_irreducible(model).parts]
    assert {part.rows for part in found if part.rows} == {(0,)}
    assert {part.integer for part in found if part.integer} == {(0,), (1,)}


def test_integrality_is_not_named_where_it_is_not_needed() -> None:
    model = model_of([[1.0, 1.0], [1.0, 1.0]], [-np.inf, 5.0], [4.0, np.inf], integer=True)
    parts = parts_of(model)
    assert [parts[place].rows for place in find_irreducible(model).parts] == [(0,), (1,)]


def test_the_parts_that_stand_last_are_kept() -> None:
    """Two rows say the same; the first is left out."""
    model = model_of([[1.0], [1.0], [1.0]], [3.0, 3.0, -np.inf], [np.inf, np.inf, 2.0])
    parts = [ModelPart(rows=(0,)), ModelPart(rows=(1,)), ModelPart(rows=(2,))]
    assert find_irreducible(model, parts).parts == (1, 2)
    assert find_irreducible(model, parts[::-1]).parts == (0, 2)


def test_what_is_in_no_part_always_stays() -> None:
    model = model_of([[1.0], [1.0]], [3.0, -np.inf], [np.inf, 2.0])
    assert find_irreducible(model, [ModelPart(rows=(1,))]).parts == (0,)
    contradicts_itself = replace(model, col_upper=np.array([1.0]))
    assert find_irreducible(contradicts_itself, [ModelPart(rows=(1,))]).parts == ()


def test_rows_that_are_one_part_go_together() -> None:
    model = model_of([[1.0], [1.0], [1.0]], [3.0, 1.0, -np.inf], [np.inf, np.inf, 2.0])
    found = find_irreducible(model, [ModelPart(rows=(0, 1)), ModelPart(rows=(2,))])
    assert found.parts == (0, 1)


def test_a_row_without_entries_can_contradict_itself() -> None:
    model = model_of([[1.0], [0.0]], [-np.inf, 5.0], [4.0, np.inf])
    parts = parts_of(model)
    assert [parts[place].rows for place in find_irreducible(model).parts] == [(1,)]


def test_a_model_with_a_solution_is_refused() -> None:
    with pytest.raises(SolverError, match="has a solution"):
        find_irreducible(model_of([[1.0]], [0.0], [4.0]))


def test_nothing_is_claimed_for_which_there_was_no_time() -> None:
    model = random_model(0, integer=True)
    parts = parts_of(model)
    begun = time.monotonic()
    found = find_irreducible(model, parts, SolveLimits(seconds=0.0))
    assert time.monotonic() - begun < 5
    assert not found.proven
    assert is_infeasible(model, set(found.parts), parts)


def test_it_stops_when_it_is_told_to() -> None:
    model = random_model(0, integer=False)
    found = find_irreducible(model, limits=SolveLimits(should_stop=lambda: True))
    assert not found.proven
