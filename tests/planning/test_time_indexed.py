"""The program over time finds shortest plans, and proves that fewer steps are not enough."""

from __future__ import annotations

import pytest

from agentkit.planning.limits import Limits
from agentkit.planning.pddl import read_pddl
from agentkit.planning.search_form import search_form
from agentkit.planning.time_indexed import search_horizons, time_indexed_model
from agentkit.solvers.highs import solve_linear
from tests.planning.small_tasks import BLOCKS, blocks, cheapest, random_task


@pytest.mark.parametrize("seed", [0, 1, 4, 5])
def test_one_step_fewer_is_infeasible(seed: int) -> None:
    task = read_pddl(BLOCKS, blocks(3, seed))
    form = search_form(task)
    best = int(cheapest(task)[task.start])

    statuses = [solve_linear(time_indexed_model(form, steps).model).status for steps in (best - 1, best)]

    assert statuses == ["infeasible", "optimal"]


@pytest.mark.parametrize("seed", range(30))
def test_costs_are_minimised_and_proven(seed: int) -> None:
    task = random_task(seed, costs=(1, 2, 5))
    best = cheapest(task).get(task.start)
    form = search_form(task)

    found = search_horizons(form, Limits(), least_cost=0, by_length=False, most_steps=8)

    if best is None:
        assert found.plan is None
    elif found.proven:
        assert found.cost == best == found.bound
        assert found.plan is not None and sum(action.cost for action in found.plan) == best
    else:
        assert found.bound <= best
