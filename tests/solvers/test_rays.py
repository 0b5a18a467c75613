"""Directions of endless improvement, and the columns that they need."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agentkit.solvers.rays import few_columns, improving_ray
from tests.solvers.small_models import model_of

NONE = np.zeros(3, dtype=bool)

BALANCE = replace(
    model_of([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]], [0.0, -np.inf], [0.0, 8.0]),
    cost=np.array([3.0, -2.0, 5.0]),
    maximise=True,
)
"""x0 and x1 grow together; x2 is limited."""


def test_the_ray_improves_and_breaks_no_row() -> None:
    ray = improving_ray(BALANCE)
    assert ray.tolist() == [1.0, 1.0, 0.0]
    assert BALANCE.cost @ ray == 1.0


def test_columns_can_be_held_still() -> None:
    assert len(improving_ray(BALANCE, np.array([True, False, False]))) == 0


def test_a_bounded_model_has_no_ray() -> None:
    assert len(improving_ray(replace(BALANCE, col_upper=np.full(3, 9.0)))) == 0


def test_only_the_groups_that_are_needed_are_named() -> None:
    groups = [np.array([column]) for column in range(3)]
    assert few_columns(BALANCE, groups, NONE) == [0, 1]
    free = replace(BALANCE, cost=np.array([3.0, 2.0, 5.0]), row_upper=np.array([0.0, np.inf]))
    assert few_columns(free, groups, NONE) == [2]


def test_no_group_is_named_where_nothing_grows() -> None:
    assert few_columns(replace(BALANCE, cost=-BALANCE.cost * 0), [np.arange(3)], NONE) == []
