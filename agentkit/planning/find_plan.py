"""`find_plan`: the best plan for a task, and the proof that it is, by whatever suits its size."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from agentkit.errors import SolverError
from agentkit.planning.counting import CountingEstimate
from agentkit.planning.cuts import CutFinder
from agentkit.planning.landmarks import LandmarkFinder
from agentkit.planning.limits import Limits
from agentkit.planning.mutex import reachable_pairs, without_impossible
from agentkit.planning.outcome import PlanMethod, PlanOutcome, PlanStatus
from agentkit.planning.search import Estimate, Found, Known, SearchOptions, best_first
from agentkit.planning.search_form import SearchAction, SearchTask, search_form
from agentkit.planning.simulation import simulate
from agentkit.planning.strips import GroundAction, StripsTask
from agentkit.planning.stubborn import StubbornSets
from agentkit.planning.symmetry import Symmetries, symmetric_form
from agentkit.planning.time_indexed import columns_needed, search_horizons

__all__ = ["Method", "find_plan"]

Method = Literal["auto", "search", "milp"]
"""search: uninformed, then A*. milp: the time-indexed program. auto: search, and the program where search
leaves a gap and the program is small enough."""

_BLIND = 2_000
"""States that are looked into before estimates are worth their price."""
_STRAY = 20
"""States that A* may look into beside a straight way to the goal, before a weighted search makes sure that
there is a plan to show."""
_WEIGHTS = (3.0, 1.2)
"""How much the weighted searches trust the estimates, one after the other."""
_IMPROVING = 0.15
"""The part of the time left that the second may take."""
_MOST_COLUMNS = 40_000
"""Programs with more columns are not tried by `auto`."""
_MOST_STEPS = 200
"""Programs with more steps are not tried at all: without a plan there is no other end to them."""
_SEARCH_SHARE = 0.7
"""The part of the time limit that `auto` gives to search."""


def find_plan(
    task: StripsTask,
    *,
    method: Method = "auto",
    time_limit: float | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PlanOutcome:
    """The best plan: of least cost where the task has costs, else the shortest.

    Blocks; stops after `time_limit` seconds, or soon after `should_stop` says so, with the best plan found
    and a bound that no plan beats. Raises `SolverError` where HiGHS breaks, or the
    plan found fails its own simulation.

    >>> from agentkit.planning.strips import FactAction, build_task
    >>> light = FactAction("light", add=frozenset({("lit",)}))
    >>> outcome = find_plan(build_task("lamp", start=[], goal=[("lit",)], actions=[light]))
    >>> outcome.status, outcome.steps
    ('optimal', ('(light)',))
    """
    begun = time.monotonic()
    deadline = None if time_limit is None else begun + time_limit
    limits = Limits(deadline=deadline, should_stop=should_stop)
    form = symmetric_form(search_form(task))
    return _Attempt(task, form.task, form.symmetries, limits, begun).run(method, time_limit)


@dataclass
class _Attempt:
    """One task on its way to a plan."""

    task: StripsTask
    form: SearchTask
    symmetries: Symmetries
    limits: Limits
    begun: float
    plan: tuple[SearchAction, ...] | None = None
    """The best so far."""
    cost: int | None = None
    """What it costs, in the form's units."""
    bound: int = 0
    """No plan costs less."""
    expanded: int = 0
    """States looked into so far."""
    found_by: PlanMethod = "analysis"
    """What found the plan, or had the last word."""
    horizon: int | None = None
    """Steps of the last program."""
    stubborn: StubbornSets | None = None
    """Which actions may be left out."""
    known: dict[int, Known] = field(default_factory=dict)
    """Estimates, kept from search to search."""

    def run(self, method: Method, time_limit: float | None) -> PlanOutcome:
        """Find a plan."""
        if not self.form.reachable:
            return self._no_plan("analysis", "a goal is out of reach even if nothing were ever undone")
        if self.form.start & self.form.goal == self.form.goal:
            self._better((), 0, "analysis")
            return self._settled()
        if method != "milp":
            ended = self._search_blindly()
            if ended is not None:
                return ended
        pairs = reachable_pairs(self.form, self.limits)
        if pairs is not None:
            self.form = without_impossible(self.form, pairs)
            if not self.form.reachable:
                return self._no_plan("analysis", "two goals can never hold together")
        counting = CountingEstimate(self.form, LandmarkFinder(self.form, pairs), CutFinder(self.form))
        least = counting.thorough(self.form.start)
        if least is None:
            return self._no_plan("analysis", "what every plan must do, and in which order, cannot be done")
        self.bound = max(self.bound, least)
        if method != "milp":
            self.stubborn = StubbornSets(self.form, pairs)
            limits = self.limits
            if method == "auto" and time_limit is not None and self._small_program():
                limits = limits.within(_SEARCH_SHARE * time_limit)
            ended = self._search(counting, limits)
            if ended is not None:
                return ended
        if method == "milp" or self._worth_a_program():
            self._programs()
        return self._settled()

    def _search_blindly(self) -> PlanOutcome | None:
        options = SearchOptions(symmetries=self.symmetries, max_expanded=_BLIND)
        found = best_first(self.form, (), self.limits, options)
        return self._taken(found, "uninformed search")

    def _search(self, counting: CountingEstimate, limits: Limits) -> PlanOutcome | None:
        """A*, then quickly any plan, then A* to the end."""
        exact: Sequence[Estimate] = (counting.quick, counting.thorough)
        ended = self._taken(self._best_first(exact, limits, max_expanded=self.bound + _STRAY), "A* search")
        if ended is not None:
            return ended
        for weight in _WEIGHTS:
            share = limits.left()
            some = limits if self.cost is None or share is None else limits.within(share * _IMPROVING)
            rough = self._best_first(exact[:1], some, weight=weight)
            self.expanded += rough.expanded
            if rough.ended == "exhausted":
                return self._taken(replace(rough, expanded=0), "weighted search")
            if rough.plan is not None and rough.cost is not None:
                self._better(rough.plan, rough.cost, "weighted search")
        return self._taken(self._best_first(exact, limits), "A* search")

    def _best_first(
        self,
        estimates: Sequence[Estimate],
        limits: Limits,
        *,
        weight: float = 1,
        max_expanded: int | None = None,
    ) -> Found:
        options = SearchOptions(
            symmetries=self.symmetries,
            stubborn=self.stubborn,
            below=self.cost,
            weight=weight,
            max_expanded=max_expanded,
        )
        return best_first(self.form, estimates, limits, options, self.known)

    def _taken(self, found: Found, method: PlanMethod) -> PlanOutcome | None:
        """Take over what a search found; the outcome where that settles it."""
        self.expanded += found.expanded
        self.bound = max(self.bound, found.bound)
        if found.plan is not None and found.cost is not None:
            self._better(found.plan, found.cost, method)
            self.bound = found.cost
            return self._settled()
        if found.ended == "exhausted":
            if self.cost is None:
                return self._no_plan(method, "every state that can be reached was looked into")
            # Nothing is cheaper than what was found before.
            self.bound = self.cost
            return self._settled()
        return None

    def _worth_a_program(self) -> bool:
        return not self.limits.reached() and self._small_program()

    def _small_program(self) -> bool:
        return columns_needed(self.form, self.bound) <= _MOST_COLUMNS

    def _programs(self) -> None:
        by_length = all(action.cost == 1 for action in self.form.actions)
        timed = search_horizons(
            self.form, self.limits, least_cost=self.bound, by_length=by_length, most_steps=_MOST_STEPS
        )
        self.horizon = timed.horizon
        self.bound = max(self.bound, timed.bound)
        if (
            timed.plan is not None
            and timed.cost is not None
            and (self.cost is None or timed.cost < self.cost)
        ):
            self._better(timed.plan, timed.cost, "time-indexed program")
        elif self.cost is not None and self.bound >= self.cost:
            self.found_by = "time-indexed program"

    def _better(self, plan: tuple[SearchAction, ...], cost: int, method: PlanMethod) -> None:
        self.plan, self.found_by = plan, method
        # Walking through symmetric states may take a cheaper way than the search had noted.
        self.cost = min(cost, sum(action.cost for action in plan))

    def _settled(self) -> PlanOutcome:
        scale = self.form.scale
        bound = self.bound / scale if self.bound % scale else self.bound // scale
        if self.plan is None or self.cost is None:
            reason = "stopped before a plan was found"
            return self._outcome("unknown", None, None, bound, reason)
        proven = self.bound >= self.cost
        plan = tuple(action.origin for action in self.plan)
        checked = simulate(self.task, [action.step for action in plan])
        if not checked.valid:
            raise SolverError(
                f"a plan was found that cannot be carried out: {checked.problem}", where=self.task.name
            )
        return self._outcome(
            "optimal" if proven else "feasible",
            plan,
            checked.cost,
            checked.cost if proven else bound,
            "" if proven else "stopped before the plan was proven best",
        )

    def _no_plan(self, method: PlanMethod, reason: str) -> PlanOutcome:
        self.found_by = method
        return self._outcome("no_plan", None, None, None, reason)

    def _outcome(
        self,
        status: PlanStatus,
        plan: tuple[GroundAction, ...] | None,
        cost: float | None,
        bound: float | None,
        reason: str,
    ) -> PlanOutcome:
        return PlanOutcome(
            status=status,
            plan=plan,
            cost=cost,
            bound=bound,
            method=self.found_by,
            seconds=time.monotonic() - self.begun,
            expanded=self.expanded,
            horizon=self.horizon,
            reason=reason,
        )
