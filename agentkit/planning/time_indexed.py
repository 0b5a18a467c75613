"""Planning as a mixed-integer program over time: which action is done in which step.

A binary variable says that an action is done in a step, a continuous one that a fact holds after it. Rows,
the frame axioms among them, are written here: a fact holds only if it held before or was added, and not if it
was deleted. Each number of steps is tried in turn (after Vossen, Ball, Lotem and Nau 1999, "On the use of
integer programming models in AI planning"), so the first that works is proven shortest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agentkit.planning.limits import Limits
from agentkit.planning.search_form import SearchAction, SearchTask
from agentkit.planning.strips import bits
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.linear_model import LinearModel, rows_from_triplets

__all__ = ["TimedPlan", "columns_needed", "search_horizons", "time_indexed_model"]


@dataclass(frozen=True, slots=True)
class TimedPlan:
    """What the programs came to."""

    plan: tuple[SearchAction, ...] | None
    """The best plan found."""
    cost: int | None
    """What it costs."""
    bound: int
    """No plan costs less."""
    horizon: int
    """The steps of the last program."""
    proven: bool
    """Whether the plan is proven best."""


@dataclass(frozen=True, slots=True)
class TimedModel:
    """A program, and what its columns stand for."""

    model: LinearModel
    """The arrays."""
    actions: tuple[tuple[int, int], ...]
    """The step (from 0) and the action's number of each of the first columns."""


class _Layers:
    """In which step each fact and each action is possible at the earliest, if nothing is ever undone."""

    def __init__(self, task: SearchTask) -> None:
        self.facts: dict[int, int] = {place: 0 for place in bits(task.start)}
        self.actions: dict[int, int] = {}
        reached, layer = task.start, 0
        waiting = list(range(len(task.actions)))
        while True:
            ready = [number for number in waiting if not task.actions[number].pre & ~reached]
            if not ready:
                break
            waiting = [number for number in waiting if task.actions[number].pre & ~reached]
            layer += 1
            for number in ready:
                self.actions[number] = layer - 1
                for place in bits(task.actions[number].add & ~reached):
                    self.facts.setdefault(place, layer)
            for number in ready:
                reached |= task.actions[number].add


def columns_needed(task: SearchTask, steps: int) -> int:
    """How many columns the program of so many steps has."""
    return steps * len(task.actions) + (steps + 1) * len(task.facts)


def time_indexed_model(task: SearchTask, steps: int, *, idle: bool = False) -> TimedModel:
    """The program for so many steps, one action in each; `idle` allows none, and then none later either.

    The objective is the cost of the actions where `idle` is allowed, nothing otherwise.
    """
    layers = _Layers(task)
    columns = [
        (step, number)
        for step in range(steps)
        for number in sorted(layers.actions)
        if layers.actions[number] <= step
    ]
    column = {key: place for place, key in enumerate(columns)}
    fact_column: dict[tuple[int, int], int] = {}
    for step in range(1, steps + 1):
        for place, layer in layers.facts.items():
            if layer <= step:
                fact_column[step, place] = len(columns) + len(fact_column)
    rows = _Rows(task, steps, column, fact_column)
    rows.write(idle)
    width = len(columns) + len(fact_column)
    cost, lower = np.zeros(width), np.zeros(width)
    if idle:
        cost[: len(columns)] = [task.actions[number].cost for _, number in columns]
    for place in bits(task.goal):
        # A goal that cannot be reached in so many steps leaves a row that cannot be met.
        if (steps, place) in fact_column:
            lower[fact_column[steps, place]] = 1
    matrix = rows_from_triplets(len(rows.lower), rows.row, rows.col, rows.value)
    model = LinearModel(
        cost=cost,
        col_lower=lower,
        col_upper=np.ones(width),
        integer=np.arange(width) < len(columns),
        row_lower=np.array(rows.lower),
        row_upper=np.array(rows.upper),
        starts=matrix.starts,
        indices=matrix.indices,
        values=matrix.values,
    )
    return TimedModel(model, tuple(columns))


class _Rows:
    """The rows of a program, being written."""

    def __init__(
        self,
        task: SearchTask,
        steps: int,
        column: dict[tuple[int, int], int],
        fact_column: dict[tuple[int, int], int],
    ) -> None:
        self.task = task
        self.steps = steps
        self.column = column
        self.fact_column = fact_column
        self.row: list[int] = []
        self.col: list[int] = []
        self.value: list[float] = []
        self.lower: list[float] = []
        self.upper: list[float] = []

    def write(self, idle: bool) -> None:
        """Write all of them."""
        by_step: list[list[int]] = [[] for _ in range(self.steps)]
        for step, number in self.column:
            by_step[step].append(number)
        for step, numbers in enumerate(by_step):
            self._one_action(step, numbers, idle)
            self._conditions(step, numbers)
        reached = sum(1 for step, _ in self.fact_column if step == self.steps)
        goals = [place for place in bits(self.task.goal)]
        missing = [place for place in goals if (self.steps, place) not in self.fact_column]
        if self.steps == 0:
            missing = [place for place in goals if not self.task.start >> place & 1]
        if missing or (goals and not reached and self.steps):
            self._add([], 1, np.inf)

    def _add(self, entries: list[tuple[int, float]], lower: float, upper: float) -> None:
        number = len(self.lower)
        for column, value in entries:
            self.row.append(number)
            self.col.append(column)
            self.value.append(value)
        self.lower.append(lower)
        self.upper.append(upper)

    def _one_action(self, step: int, numbers: list[int], idle: bool) -> None:
        done = [(self.column[step, number], 1.0) for number in numbers]
        self._add(done, 0 if idle else 1, 1)
        if idle and step:
            before = [(c, 1.0) for (s, _), c in self.column.items() if s == step - 1]
            self._add(before + [(c, -1.0) for c, _ in done], 0, np.inf)

    def _conditions(self, step: int, numbers: list[int]) -> None:
        """What actions need held before, and what holds afterwards held before or is added."""
        needs: dict[int, list[int]] = {}
        adds: dict[int, list[int]] = {}
        uses: dict[int, list[int]] = {}
        spoils: dict[int, list[int]] = {}
        for number in numbers:
            action = self.task.actions[number]
            tables = (
                (needs, action.pre),
                (adds, action.add),
                (uses, action.pre & action.delete),
                (spoils, action.delete & ~action.pre),
            )
            for table, mask in tables:
                for place in bits(mask):
                    table.setdefault(place, []).append(self.column[step, number])
        for place, columns in needs.items():
            held = self._held(step, place)
            if held is None:
                continue
            self._add([(held, 1.0), *((c, -1.0) for c in columns)], 0, np.inf)
        for place in range(len(self.task.facts)):
            after = self.fact_column.get((step + 1, place))
            if after is None:
                continue
            entries = [(after, -1.0), *((c, 1.0) for c in adds.get(place, ()))]
            entries += [(c, -1.0) for c in uses.get(place, ())]
            held = self._held(step, place)
            begun = step == 0 and bool(self.task.start >> place & 1)
            if held is not None:
                entries.append((held, 1.0))
            self._add(entries, -1.0 if begun else 0.0, np.inf)
            if place in spoils:
                self._add([(after, 1.0), *((c, 1.0) for c in spoils[place])], -np.inf, 1)

    def _held(self, step: int, place: int) -> int | None:
        """The column that says that a fact holds before a step; None in the first, and where none can."""
        return self.fact_column.get((step, place))


def search_horizons(
    task: SearchTask,
    limits: Limits,
    *,
    least_cost: int,
    by_length: bool,
    most_steps: int,
    on_bound: Callable[[int], None] | None = None,
) -> TimedPlan:
    """Try one number of steps after another, from the least that may do.

    `least_cost` is a bound known already, in the task's units. `by_length` says that every action costs the
    same 1, so the first number of steps that works is proven best; otherwise costs are minimised, and proven
    once longer plans must cost as much. `on_bound` hears of every bound proven.
    """
    dearest = max((action.cost for action in task.actions), default=1)
    cheapest = min((action.cost for action in task.actions), default=1)
    steps = -(-least_cost // dearest) if dearest else 0
    best: TimedPlan | None = None
    bound = least_cost
    while steps <= most_steps:
        timed = time_indexed_model(task, steps, idle=not by_length)
        outcome = solve_linear(
            timed.model, SolveLimits(seconds=limits.left(), should_stop=limits.should_stop)
        )
        if outcome.status == "optimal":
            plan = _read(task, timed, outcome.values)
            cost = sum(action.cost for action in plan)
            if best is None or best.cost is None or cost < best.cost:
                best = TimedPlan(plan, cost, bound, steps, proven=False)
        elif outcome.status != "infeasible":
            break
        # Whatever has more steps costs at least this.
        longer = max(least_cost, (steps + 1) * cheapest)
        bound = longer if best is None or best.cost is None else min(best.cost, longer)
        if on_bound is not None:
            on_bound(bound)
        if best is not None and best.cost is not None and (by_length or best.cost <= longer):
            return TimedPlan(best.plan, best.cost, best.cost, steps, proven=True)
        steps += 1
    if best is None:
        return TimedPlan(None, None, bound, steps, proven=False)
    return TimedPlan(best.plan, best.cost, bound, steps, proven=False)


def _read(task: SearchTask, timed: TimedModel, values: np.ndarray) -> tuple[SearchAction, ...]:
    """The actions that the solution does, in order."""
    done = [key for key, value in zip(timed.actions, values, strict=False) if value > 0.5]
    return tuple(task.actions[number] for _, number in sorted(done))
