"""A planning task as a world to act in, step by step."""

from __future__ import annotations

from collections.abc import Callable

from agentkit.planning.simulation import Simulation, simulate
from agentkit.planning.strips import Fact, StripsTask, written
from agentkit.trajectory import Action, Observation

__all__ = ["PlanningWorld"]


class PlanningWorld:
    """The `Environment` of planning tasks: actions change facts, and an episode ends when the goal holds.

    `make` gives the task for a seed. An action's arguments are taken by their parameters' names where the
    task knows them (`{"x": "a", "y": "b"}`), else in the order in which they stand; a list under one name is
    a list of arguments.
    """

    def __init__(self, make: Callable[[int], StripsTask]) -> None:
        self._make = make
        self._task = make(0)
        self._steps: list[Fact] = []

    @classmethod
    def of(cls, task: StripsTask) -> PlanningWorld:
        """The world of one task, whatever the seed."""
        return cls(lambda seed: task)

    @property
    def steps(self) -> tuple[Fact, ...]:
        """What was done since the last reset."""
        return tuple(self._steps)

    @property
    def solved(self) -> bool:
        """Whether the goal holds."""
        return self._seen().goal_reached

    async def reset(self, seed: int | None = None) -> Observation:
        """Begin anew with the task of this seed; None is 0."""
        self._task = self._make(seed or 0)
        self._steps = []
        return Observation(text=f"{self._described(self._seen())}\nThe goal: {self._goal()}.")

    async def step(self, action: Action) -> Observation:
        """Do an action; one that cannot be done changes nothing and says what is missing."""
        step = (action.name, *self._arguments(action))
        result = simulate(self._task, [*self._steps, step])
        if result.failing_step is not None:
            reason = result.problem.partition(": ")[2]
            return Observation(text=f"{written(step)} cannot be done: {reason}.", is_error=True)
        self._steps.append(step)
        return Observation(text=self._described(result))

    async def close(self) -> None:
        """There is nothing to free."""

    def _seen(self) -> Simulation:
        return simulate(self._task, self._steps)

    def _arguments(self, action: Action) -> list[str]:
        values = list(action.arguments.values())
        if len(values) == 1 and isinstance(values[0], (list, tuple)):
            return [str(value) for value in values[0]]
        names = self._parameters(action.name)
        if names is not None and set(names) == set(action.arguments):
            values = [action.arguments[name] for name in names]
        return [str(value) for value in values]

    def _parameters(self, name: str) -> list[str] | None:
        """The names of an action's parameters, where the task was made from a schema."""
        schema = self._task.schema
        for known in getattr(schema, "actions", ()):
            if known.name == name:
                return [parameter.name.lstrip("?") for parameter in known.parameters]
        return None

    def _described(self, seen: Simulation) -> str:
        holds = " ".join(written(fact) for fact in seen.facts)
        state = f"These facts hold: {holds or 'none'}."
        return f"{state}\nThe goal is reached." if seen.goal_reached else state

    def _goal(self) -> str:
        task = self._task
        wanted = [written(fact) for fact in task.holding(task.goal)]
        unwanted = [f"not {written(fact)}" for fact in task.holding(task.negative_goal)]
        return " ".join([*wanted, *unwanted])
