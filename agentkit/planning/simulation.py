"""Carries out a plan step by step, and says in words where it fails. Knows nothing of how plans are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentkit.planning.strips import Fact, FactAction, StripsTask, written

__all__ = ["Simulation", "simulate"]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What comes of a plan."""

    valid: bool
    """Whether every step can be done and the goal is reached."""
    steps_done: int
    """How many steps could be done."""
    failing_step: int | None
    """The first step that cannot be done, counted from 1; None where all can."""
    problem: str
    """What is wrong, in words; empty where the plan is valid."""
    unmet: tuple[str, ...]
    """The failing step's unmet preconditions, or the goals that are not reached, in words."""
    goal_reached: bool
    """Whether the goal holds after the steps that could be done."""
    cost: float
    """The costs of the steps done, added up; their number where the task counts steps."""
    facts: tuple[Fact, ...]
    """What holds in the end, sorted."""


def simulate(task: StripsTask, plan: Iterable[Sequence[str]]) -> Simulation:
    """Carry out a plan, whose steps are an action's name followed by its arguments.

    >>> from agentkit.planning.strips import FactAction, build_task
    >>> light = FactAction("light", preconditions=frozenset({("dry",)}), add=frozenset({("lit",)}))
    >>> lamp = build_task("lamp", start=[], goal=[("lit",)], actions=[light])
    >>> simulate(lamp, [("light",)]).problem
    'step 1, (light): (dry) does not hold'
    """
    facts = set(task.holding(task.start))
    cost: float = 0
    done = 0
    for step in plan:
        action = _action(task, tuple(step))
        if isinstance(action, str):
            return _failed(task, facts, done, cost, f"step {done + 1}, {written(step)}: {action}", ())
        unmet = _unmet(facts, sorted(action.preconditions), sorted(action.negative))
        if unmet:
            problem = f"step {done + 1}, {written(step)}: {' and '.join(unmet)}"
            return _failed(task, facts, done, cost, problem, unmet)
        facts = facts - action.delete | action.add
        cost += action.cost if task.metric == "cost" else 1
        done += 1
    unmet = _unmet(facts, task.holding(task.goal), task.holding(task.negative_goal))
    problem = f"the goal is not reached after {done} steps: {' and '.join(unmet)}" if unmet else ""
    return Simulation(not unmet, done, None, problem, unmet, not unmet, cost, tuple(sorted(facts)))


def _action(task: StripsTask, step: Fact) -> FactAction | str:
    """What the step is, with its facts written out; a text says why it is nothing."""
    found = task.by_step.get(step)
    if found is not None:
        return FactAction(
            found.name,
            found.arguments,
            frozenset(task.holding(found.preconditions)),
            frozenset(task.holding(found.negative)),
            frozenset(task.holding(found.add)),
            frozenset(task.holding(found.delete)),
            found.cost,
        )
    if task.schema is None or not step:
        return "there is no such action"
    return task.schema.instantiate(step)


def _unmet(facts: set[Fact], wanted: Sequence[Fact], unwanted: Sequence[Fact]) -> tuple[str, ...]:
    missing = [f"{written(fact)} does not hold" for fact in wanted if fact not in facts]
    surplus = [f"{written(fact)} holds, but must not" for fact in unwanted if fact in facts]
    return (*missing, *surplus)


def _failed(
    task: StripsTask, facts: set[Fact], done: int, cost: float, problem: str, unmet: tuple[str, ...]
) -> Simulation:
    reached = not _unmet(facts, task.holding(task.goal), task.holding(task.negative_goal))
    return Simulation(False, done, done + 1, problem, unmet, reached, cost, tuple(sorted(facts)))
