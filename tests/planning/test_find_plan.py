"""`find_plan` gives the best plan with its proof, the proof that there is none, or an honest bound."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from agentkit.planning.find_plan import Method, find_plan
from agentkit.planning.pddl import read_pddl
from agentkit.planning.simulation import simulate
from agentkit.planning.strips import FactAction, build_task
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.linear_model import LinearModel, rows_from_triplets
from tests.planning.small_tasks import (
    BLOCKS,
    GRIPPER,
    LOGISTICS,
    blocks,
    cheapest,
    gripper,
    logistics,
    random_task,
    shared_data,
)


@pytest.mark.parametrize("method", ["auto", "search", "milp"])
def test_every_method_proves_the_same(method: Method) -> None:
    task = read_pddl(BLOCKS, blocks(4, 5))
    outcome = find_plan(task, method=method)

    assert (outcome.status, outcome.cost) == ("optimal", cheapest(task)[task.start])
    assert outcome.bound == outcome.cost
    assert outcome.plan is not None and simulate(task, [a.step for a in outcome.plan]).valid
    assert outcome.method == ("time-indexed program" if method == "milp" else "uninformed search")


@pytest.mark.parametrize("seed", range(60))
def test_random_tasks_with_fractional_costs(seed: int) -> None:
    task = random_task(seed, costs=(1, 2, 5))
    dear = build_task(
        task.name,
        start=task.holding(task.start),
        goal=task.holding(task.goal),
        negative_goal=task.holding(task.negative_goal),
        metric="cost",
        actions=[
            FactAction(
                action.name,
                (),
                frozenset(task.holding(action.preconditions)),
                frozenset(task.holding(action.negative)),
                frozenset(task.holding(action.add)),
                frozenset(task.holding(action.delete)),
                action.cost / 4,
            )
            for action in task.actions
        ],
    )
    best = cheapest(dear).get(dear.start)
    outcome = find_plan(dear)

    assert outcome.status == ("no_plan" if best is None else "optimal")
    assert outcome.cost == (None if best is None else pytest.approx(best))


def test_a_goal_that_holds_already_needs_nothing() -> None:
    outcome = find_plan(build_task("lamp", start=[("lit",)], goal=[("lit",)], actions=[]))

    assert (outcome.status, outcome.steps, outcome.cost) == ("optimal", (), 0)


def test_goals_in_a_circle_are_proven_impossible() -> None:
    circle = "(and (on b0 b1) (on b1 b2) (on b2 b0))"
    problem = blocks(12, 1).split("(:goal")[0] + f"(:goal {circle}))"
    pair = blocks(12, 1).split("(:goal")[0] + "(:goal (and (on b0 b1) (on b1 b0))))"

    for text in (problem, pair):
        outcome = find_plan(read_pddl(BLOCKS, text), time_limit=20)
        assert (outcome.status, outcome.plan, outcome.cost) == ("no_plan", None, None)
        assert outcome.reason


def test_a_goal_that_no_action_makes_is_impossible() -> None:
    outcome = find_plan(build_task("lamp", start=[], goal=[("lit",)], actions=[]))

    assert (outcome.status, outcome.method) == ("no_plan", "analysis")


def test_a_dozen_blocks() -> None:
    task = read_pddl(BLOCKS, blocks(12, 1))
    outcome = find_plan(task, time_limit=60)

    # What is lifted is put down again, so plans have an even length.
    assert outcome.status == "optimal" and outcome.cost is not None and outcome.cost % 2 == 0
    assert outcome.expanded < 2500


def test_parcels_by_road_and_air() -> None:
    outcome = find_plan(read_pddl(LOGISTICS, logistics(3, 3, 1, 6, seed=4)), time_limit=60)

    assert (outcome.status, outcome.method) == ("optimal", "A* search")
    assert outcome.expanded < 4000


def test_a_solver_that_began_with_more_threads_is_no_hindrance() -> None:
    rows = rows_from_triplets(1, [0], [0], [1.0])
    one = np.ones(1)
    model = LinearModel(one, one, one, one > 0, one, one, rows.starts, rows.indices, rows.values)
    for threads in (2, 1, 2):
        assert solve_linear(model, SolveLimits(threads=threads)).status == "optimal"
        assert find_plan(read_pddl(BLOCKS, blocks(10, 3)), time_limit=60).status == "optimal"


def test_many_balls() -> None:
    outcome = find_plan(read_pddl(GRIPPER, gripper(16)), time_limit=60)

    assert (outcome.status, outcome.cost) == ("optimal", 16 * 3 - 1)


def test_out_of_time_there_is_a_bound_and_no_lie() -> None:
    task = read_pddl(LOGISTICS, logistics(4, 3, 3, 12, seed=1))
    begun = time.monotonic()
    outcome = find_plan(task, time_limit=2)

    assert time.monotonic() - begun < 20
    assert outcome.status in ("feasible", "unknown")
    assert outcome.bound is not None and outcome.bound > 20
    if outcome.cost is not None:
        assert outcome.bound < outcome.cost
    assert "stopped" in outcome.reason


def test_it_stops_when_told() -> None:
    outcome = find_plan(read_pddl(BLOCKS, blocks(20, 1)), should_stop=lambda: True)

    assert outcome.status == "unknown"


def _problems(name: str) -> list[tuple[str, str, int | None]]:
    """Domain, problem and the gold plan's length of every problem of a file."""
    path = shared_data() / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"there is no {path.name} in ../shared/data/planning")
    domain = path.with_name(f"{name}.domain.pddl").read_text(encoding="utf-8")
    return [_problem(domain, line) for line in path.read_text(encoding="utf-8").splitlines()]


def _problem(domain: str, line: str) -> tuple[str, str, int | None]:
    row = json.loads(line)
    plan = row["plan"].splitlines() if isinstance(row["plan"], str) else row["plan"]
    return domain, row["pddl"], None if plan is None else len(plan)


def _solve(problems: list[tuple[str, str, int | None]]) -> list[float]:
    times = []
    for domain, problem, gold in problems:
        begun = time.process_time()
        task = read_pddl(domain, problem)
        outcome = find_plan(task)
        times.append(time.process_time() - begun)
        assert outcome.plan is not None and outcome.status == "optimal"
        assert simulate(task, [action.step for action in outcome.plan]).valid
        assert gold is None or len(outcome.plan) <= gold
    return sorted(times)


@pytest.mark.parametrize("name", ["blocksworld", "mystery_blocksworld"])
def test_solver_truth_on_a_sample(name: str) -> None:
    times = _solve(_problems(name)[::10])

    assert times[len(times) // 2] < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blocksworld", "mystery_blocksworld"])
def test_solver_truth_on_every_problem(name: str) -> None:
    times = _solve(_problems(name))

    assert times[len(times) // 2] < 0.1
    assert times[int(len(times) * 0.95)] < 1
