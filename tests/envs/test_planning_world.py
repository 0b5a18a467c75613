"""A planning task can be acted in step by step."""

from __future__ import annotations

from agentkit.envs.planning import PlanningWorld
from agentkit.envs.planning.generators import make_problem
from agentkit.planning.find_plan import find_plan
from agentkit.planning.pddl import read_pddl
from agentkit.planning.strips import FactAction, StripsTask, build_task
from agentkit.protocols import Environment
from agentkit.testing import check_environment
from agentkit.trajectory import Action
from tests.planning.small_tasks import BLOCKS

TOWER = """(define (problem tower) (:domain blocks) (:objects a b)
  (:init (handempty) (ontable a) (ontable b) (clear a) (clear b)) (:goal (and (on a b))))"""


def tower() -> PlanningWorld:
    return PlanningWorld.of(read_pddl(BLOCKS, TOWER))


async def test_it_is_an_environment() -> None:
    world = tower()

    assert isinstance(world, Environment)
    await check_environment(world, [Action(name="pick-up", arguments={"x": "a"}), Action(name="stack")])


async def test_acting_until_the_goal_is_reached() -> None:
    world = tower()
    seen = await world.reset()
    assert "(clear a)" in seen.text and "The goal: (on a b)." in seen.text

    lifted = await world.step(Action(name="pick-up", arguments={"x": "a"}))
    assert "(holding a)" in lifted.text and not world.solved
    # By name, whatever their order.
    placed = await world.step(Action(name="stack", arguments={"y": "b", "x": "a"}))

    assert placed.text.endswith("The goal is reached.") and world.solved
    assert world.steps == (("pick-up", "a"), ("stack", "a", "b"))


async def test_what_cannot_be_done_changes_nothing() -> None:
    world = tower()
    await world.reset()
    seen = await world.step(Action(name="stack", arguments={"arguments": ["a", "b"]}))

    assert seen.is_error
    assert seen.text == "(stack a b) cannot be done: (holding a) does not hold."
    assert world.steps == ()


async def test_arguments_in_order_where_names_are_not_known() -> None:
    light = FactAction("light", ("lamp",), add=frozenset({("lit", "lamp")}))
    world = PlanningWorld.of(build_task("lamp", start=[], goal=[("lit", "lamp")], actions=[light]))
    await world.reset()

    assert not (await world.step(Action(name="light", arguments={"what": "lamp"}))).is_error
    assert world.solved


async def test_a_world_of_many_tasks_is_solved_by_its_plan() -> None:
    def make(seed: int) -> StripsTask:
        problem = make_problem("logistics", 2, seed)
        return read_pddl(problem.domain, problem.problem)

    world = PlanningWorld(make)
    starts = {(await world.reset(seed)).text for seed in (1, 2, 3)}
    assert len(starts) == 3

    plan = find_plan(make(3)).plan
    assert plan
    for action in plan:
        seen = await world.step(Action(name=action.name, arguments={"arguments": list(action.arguments)}))
        assert not seen.is_error
    assert world.solved
