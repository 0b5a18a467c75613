"""Plans are carried out step by step; the first failing step is named, and what it lacks."""

from __future__ import annotations

import pytest

from agentkit.planning.pddl import read_pddl
from agentkit.planning.simulation import simulate
from agentkit.planning.strips import StripsTask
from tests.planning.small_tasks import BLOCKS

TOWER = """(define (problem tower) (:domain blocks) (:objects a b c)
  (:init (handempty) (ontable a) (ontable b) (on c a) (clear c) (clear b)) (:goal (and (on a b))))"""
RIGHT = [("unstack", "c", "a"), ("put-down", "c"), ("pick-up", "a"), ("stack", "a", "b")]


@pytest.fixture
def task() -> StripsTask:
    return read_pddl(BLOCKS, TOWER)


def test_a_right_plan(task: StripsTask) -> None:
    result = simulate(task, RIGHT)

    assert result.valid and result.goal_reached
    assert (result.steps_done, result.failing_step, result.cost, result.problem) == (4, None, 4, "")
    assert ("on", "a", "b") in result.facts


def test_an_unmet_precondition(task: StripsTask) -> None:
    result = simulate(task, [RIGHT[0], RIGHT[2]])

    assert not result.valid
    assert result.failing_step == 2
    assert result.unmet == ("(handempty) does not hold",)
    assert result.problem == "step 2, (pick-up a): (handempty) does not hold"


def test_a_goal_that_is_missed(task: StripsTask) -> None:
    result = simulate(task, RIGHT[:2])

    assert not result.valid and result.failing_step is None
    assert result.problem == "the goal is not reached after 2 steps: (on a b) does not hold"


def test_a_goal_reached_before_the_failing_step(task: StripsTask) -> None:
    result = simulate(task, [*RIGHT, ("pick-up", "a")])

    assert not result.valid and result.goal_reached
    assert result.failing_step == 5


def test_steps_that_can_never_be_done_are_explained_too(task: StripsTask) -> None:
    assert "(on a a) does not hold" in simulate(task, [("unstack", "a", "a")]).problem
    assert "there is no action called fly" in simulate(task, [("fly", "a")]).problem
    assert "takes 2 arguments, not 1" in simulate(task, [("stack", "a")]).problem
    assert "d cannot be ?x" in simulate(task, [("pick-up", "d")]).problem


def test_what_must_not_hold(task: StripsTask) -> None:
    lamp = """(define (domain lamp) (:requirements :negative-preconditions) (:predicates (lit) (wet))
      (:action light :parameters () :precondition (not (wet)) :effect (lit)))"""
    problem = "(define (problem p) (:domain lamp) (:init (wet)) (:goal (and (lit) (not (wet)))))"

    result = simulate(read_pddl(lamp, problem), [("light",)])

    assert result.problem == "step 1, (light): (wet) holds, but must not"
