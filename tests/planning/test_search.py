"""Every kind of search finds what looking at every state finds."""

from __future__ import annotations

import pytest

from agentkit.planning.counting import CountingEstimate
from agentkit.planning.cuts import CutFinder
from agentkit.planning.landmarks import LandmarkFinder
from agentkit.planning.limits import Limits
from agentkit.planning.mutex import reachable_pairs, without_impossible
from agentkit.planning.pddl import read_pddl
from agentkit.planning.search import Estimate, SearchOptions, Successors, best_first
from agentkit.planning.search_form import SearchTask, search_form
from agentkit.planning.strips import StripsTask
from agentkit.planning.stubborn import StubbornSets
from agentkit.planning.symmetry import SymmetricForm, symmetric_form
from tests.planning.small_tasks import (
    BLOCKS,
    GRIPPER,
    LOGISTICS,
    blocks,
    cheapest,
    gripper,
    logistics,
    random_task,
)

SENSIBLE = [
    *(read_pddl(BLOCKS, blocks(4, seed)) for seed in range(4)),
    *(read_pddl(LOGISTICS, logistics(2, 2, 2, 1, seed)) for seed in range(3)),
    read_pddl(GRIPPER, gripper(3)),
]
RANDOM = [random_task(seed, costs=costs) for seed in range(40) for costs in ((1,), (0, 1, 2, 5))]


def prepared(task: StripsTask) -> tuple[SymmetricForm, StubbornSets, CountingEstimate]:
    form = symmetric_form(search_form(task))
    pairs = reachable_pairs(form.task, Limits())
    assert pairs is not None
    reduced = SymmetricForm(without_impossible(form.task, pairs), form.symmetries)
    estimate = CountingEstimate(reduced.task, LandmarkFinder(reduced.task, pairs), CutFinder(reduced.task))
    return reduced, StubbornSets(reduced.task, pairs), estimate


def states(task: SearchTask, most: int) -> list[int]:
    """Some of the states that can be reached."""
    successors, seen, waiting = Successors(task), dict.fromkeys([task.start]), [task.start]
    while waiting and len(seen) < most:
        for child, _, _ in successors.of(waiting.pop(0)):
            if child not in seen:
                seen[child] = None
                waiting.append(child)
    return list(seen)


@pytest.mark.parametrize("task", SENSIBLE + RANDOM, ids=lambda task: task.name)
def test_every_search_finds_the_cheapest_plan(task: StripsTask) -> None:
    best = cheapest(task).get(task.start)
    form, stubborn, counting = prepared(task)
    if not form.task.reachable:
        assert best is None
        return
    for estimates in ((), (counting.quick,), (counting.quick, counting.thorough)):
        asked: tuple[Estimate, ...] = estimates
        for options in (
            SearchOptions(),
            SearchOptions(symmetries=form.symmetries),
            SearchOptions(stubborn=stubborn),
            SearchOptions(symmetries=form.symmetries, stubborn=stubborn),
        ):
            found = best_first(form.task, asked, Limits(), options)
            assert found.cost == best
            assert found.ended == ("exhausted" if best is None else "goal")


@pytest.mark.parametrize("task", SENSIBLE + RANDOM, ids=lambda task: task.name)
def test_estimates_never_say_too_much(task: StripsTask) -> None:
    form, _, counting = prepared(task)
    if not form.task.reachable:
        return
    for state in states(form.task, 25):
        truth = best_first(_from(form.task, state), (), Limits()).cost
        for value in (counting.quick(state), counting.thorough(state)):
            assert truth is None or (value is not None and value <= truth)
        # What was found out about a state is used in those that follow.
        for child, _, number in Successors(form.task).of(state)[:2]:
            truth = best_first(_from(form.task, child), (), Limits()).cost
            for value in (counting.quick(child, (state, number)), counting.thorough(child, (state, number))):
                assert truth is None or (value is not None and value <= truth)


def _from(task: SearchTask, state: int) -> SearchTask:
    return SearchTask(task.facts, state, task.goal, task.actions, task.scale, True)


@pytest.mark.parametrize("seed", range(4))
def test_block_worlds_are_estimated_without_error(seed: int) -> None:
    form, _, counting = prepared(read_pddl(BLOCKS, blocks(9, seed)))
    truth = best_first(form.task, (counting.quick,), Limits())

    assert counting.thorough(form.task.start) == truth.cost


def test_interchangeable_objects_are_found() -> None:
    form = symmetric_form(search_form(read_pddl(GRIPPER, gripper(12))))
    found = best_first(form.task, (), Limits(), SearchOptions(symmetries=form.symmetries))

    assert {len(group) for group in form.symmetries.groups} == {12, 2}
    assert found.cost == 12 * 3 - 1
    # Without symmetry there are about a hundred thousand states.
    assert found.expanded < 200


def test_objects_with_goals_of_their_own_are_not_interchangeable() -> None:
    form = symmetric_form(search_form(read_pddl(BLOCKS, blocks(5, 1))))

    assert form.symmetries.groups == ()


def test_a_search_stops_at_its_limits() -> None:
    form, _, counting = prepared(read_pddl(BLOCKS, blocks(8, 3)))

    few = best_first(form.task, (), Limits(), SearchOptions(max_expanded=64))
    late = best_first(form.task, (counting.quick,), Limits(deadline=0))
    small = best_first(form.task, (), Limits(max_states=100))
    told = best_first(form.task, (counting.quick,), Limits(should_stop=lambda: True))

    assert {few.ended, late.ended, small.ended, told.ended} == {"stopped"}
    assert few.expanded <= 128


def test_only_cheaper_plans_than_one_that_is_known() -> None:
    form, _, counting = prepared(read_pddl(BLOCKS, blocks(5, 2)))
    best = best_first(form.task, (counting.quick,), Limits())
    assert best.cost is not None

    none = best_first(form.task, (counting.quick,), Limits(), SearchOptions(below=best.cost))
    same = best_first(form.task, (counting.quick,), Limits(), SearchOptions(below=best.cost + 1))

    assert (none.ended, same.cost) == ("exhausted", best.cost)
