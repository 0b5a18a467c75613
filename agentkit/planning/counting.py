"""At most what a plan costs, from how often each action must be done: a linear program over counts.

Each action has a variable, how often it is done. Rows say that a fact is added as often as it is used up
(Bonet 2013, "An admissible heuristic for SAS+ planning obtained from the state equation"; Pommerening et al.
2014, "LP-based heuristics for cost-optimal planning"), that landmarks are added, and that of landmarks whose
orders run in a circle one is added twice. The rows are the same for all states, only their limits change, so
the program is solved anew in a few steps each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agentkit.errors import SolverError
from agentkit.planning.circles import find_circles
from agentkit.planning.cuts import CutFinder
from agentkit.planning.landmarks import LandmarkFinder, Landmarks
from agentkit.planning.search import Origin
from agentkit.planning.search_form import SearchTask
from agentkit.planning.strips import bits
from agentkit.solvers.highs import use_threads

__all__ = ["CountingEstimate"]

_ROUNDS = 6
"""How often circles are looked for in one state."""
_MOST_CIRCLES = 600
"""How many are remembered."""
_SLACK = 1e-6
"""By how much a solver's numbers may be off."""


@dataclass(slots=True)
class _Circle:
    """Landmarks of which not all can be added only once."""

    members: tuple[int, ...]
    """The facts; for a circle in the order in which they run."""
    clique: bool
    """Whether each two of them are a circle: then all but one are added twice."""
    row: int
    """Its row in the program."""

    @property
    def least(self) -> int:
        """How often its members are added, all together, at least."""
        return 2 * len(self.members) - 1 if self.clique else len(self.members) + 1


@dataclass(slots=True)
class CountingEstimate:
    """Estimates for the states of one task."""

    task: SearchTask
    finder: LandmarkFinder
    cuts: CutFinder
    solved: int = 0
    """How many programs were solved."""
    _highs: Any = None
    _made: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _add_row: dict[int, int] = field(default_factory=dict)
    _circles: list[_Circle] = field(default_factory=list)
    _extra: int = 0
    _first_cut: int = 0
    _cuts_of: dict[int, list[NDArray[np.int64]]] = field(default_factory=dict)
    _known: set[tuple[bool, frozenset[int]]] = field(default_factory=set)

    def quick(self, state: int, origin: Origin | None = None) -> int | None:
        """At most the cost from a state to the goal; None where there is no way."""
        landmarks = self._prepared(state)
        if landmarks is None:
            return 0 if state & self.task.goal == self.task.goal else None
        self._add_cuts(self._inherited(origin))
        value = self._circled(landmarks)
        self._drop_cuts()
        return _rounded_up(value)

    def thorough(self, state: int, origin: Origin | None = None) -> int | None:
        """A better estimate that takes longer: also with sets of actions, one of which is needed."""
        landmarks = self._prepared(state)
        if landmarks is None:
            return 0 if state & self.task.goal == self.task.goal else None
        cuts = self.cuts.of(state, self._inherited(origin))
        if cuts is None:
            return None
        self._cuts_of[state] = cuts
        self._add_cuts(cuts)
        value = self._circled(landmarks)
        if value is not None and not self._is_whole():
            value = self._in_whole_numbers(value)
        self._drop_cuts()
        return _rounded_up(value)

    def _inherited(self, origin: Origin | None) -> list[NDArray[np.int64]]:
        """Sets found one state earlier that the action in between was not in: they are needed here too."""
        if origin is None:
            return []
        before, number = origin
        return [cut for cut in self._cuts_of.get(before, ()) if number not in cut]

    def _add_cuts(self, cuts: list[NDArray[np.int64]]) -> None:
        """Rows for the time being."""
        self._first_cut = self._highs.getNumRow()
        self._extra = len(cuts)
        for cut in cuts:
            self._highs.addRow(1.0, np.inf, len(cut), cut.astype(np.int32), np.ones(len(cut)))

    def _drop_cuts(self) -> None:
        """Rows of circles may have come after those of the cuts, and move up."""
        if self._extra:
            rows = np.arange(self._first_cut, self._first_cut + self._extra, dtype=np.int32)
            self._highs.deleteRows(self._extra, rows)
        self._extra = 0

    def _prepared(self, state: int) -> Landmarks | None:
        """Tell the program which state it is about; None where there is nothing to be done, or no way."""
        goal = self.task.goal
        if state & goal == goal:
            return None
        landmarks = self.finder.of(state)
        if landmarks is not None:
            if self._highs is None:
                self._build()
            self._set_limits(state, landmarks)
        return landmarks

    def _circled(self, landmarks: Landmarks) -> float | None:
        """The program's value, with rows for the circles that matter."""
        value = self._solve()
        for _ in range(_ROUNDS):
            if value is None or not self._separate(landmarks):
                break
            value = self._solve()
        return value

    def _is_whole(self) -> bool:
        counts = np.asarray(self._highs.getSolution().col_value)
        return bool(np.abs(counts - np.round(counts)).max(initial=0) < _SLACK)

    def _in_whole_numbers(self, value: float) -> float | None:
        """The program's value if actions are done a whole number of times; never less than without."""
        import highspy

        highs, count = self._highs, len(self.task.actions)
        basis = highs.getBasis()
        columns = np.arange(count, dtype=np.int32)
        highs.changeColsIntegrality(count, columns, [highspy.HighsVarType.kInteger] * count)
        highs.setOptionValue("presolve", "on")
        highs.setOptionValue("mip_max_nodes", 200)
        highs.run()
        infeasible = highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        bound = float(highs.getInfo().mip_dual_bound)
        highs.changeColsIntegrality(count, columns, [highspy.HighsVarType.kContinuous] * count)
        highs.setOptionValue("presolve", "off")
        highs.setBasis(basis)
        if infeasible:
            return None
        return max(value, bound) if math.isfinite(bound) else value

    def _build(self) -> None:
        """The program: rows for what is added and used up, then rows for what is added."""
        import highspy

        task = self.task
        count = len(task.facts)
        self._made = self.finder.made_facts
        self._add_row = {int(place): count + number for number, place in enumerate(self._made)}
        model = highspy.HighsLp()
        model.num_col_ = len(task.actions)
        model.num_row_ = count + len(self._made)
        model.col_cost_ = np.array([action.cost for action in task.actions], dtype=float)
        model.col_lower_ = np.zeros(len(task.actions))
        model.col_upper_ = np.full(len(task.actions), highspy.kHighsInf)
        model.row_lower_ = np.zeros(model.num_row_)
        model.row_upper_ = np.full(model.num_row_, highspy.kHighsInf)
        starts, index, value = [0], [], []
        for action in task.actions:
            net = {place: 1.0 for place in bits(action.add)}
            net |= {place: -1.0 for place in bits(action.pre & action.delete)}
            entries = sorted(net.items()) + [(self._add_row[place], 1.0) for place in bits(action.add)]
            index += [row for row, _ in entries]
            value += [number for _, number in entries]
            starts.append(len(index))
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        model.a_matrix_.index_ = np.array(index, dtype=np.int32)
        model.a_matrix_.value_ = np.array(value)
        use_threads(1)
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        self._highs.setOptionValue("presolve", "off")
        self._highs.passModel(model)

    def _set_limits(self, state: int, landmarks: Landmarks) -> None:
        """Tell the program which state it is about."""
        count = len(self.task.facts)
        lower = np.zeros(count + len(self._made) + len(self._circles))
        lower[list(bits(self.finder.final))] += 1
        lower[list(bits(state))] -= 1
        for place in landmarks.needed:
            lower[self._add_row[int(place)]] = 1
        for place in landmarks.twice:
            lower[self._add_row[int(place)]] = 2
        local = {int(place): number for number, place in enumerate(landmarks.nodes)}
        for circle in self._circles:
            lower[circle.row] = circle.least if _holds(circle, local, landmarks.before) else 0
        rows = np.arange(len(lower), dtype=np.int32)
        self._highs.changeRowsBounds(len(rows), rows, lower, np.full(len(lower), np.inf))

    def _solve(self) -> float | None:
        import highspy

        self._highs.run()
        self.solved += 1
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            # Begun from where the last solve ended, the simplex method may lose its way.
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            text = self._highs.modelStatusToString(status)
            raise SolverError(f"did not solve the program of action counts ({text})", where="HiGHS")
        return float(self._highs.getObjectiveValue())

    def _separate(self, landmarks: Landmarks) -> bool:
        """Add rows for circles that the solution passes over; whether there were any."""
        if not len(landmarks.nodes) or len(self._circles) >= _MOST_CIRCLES:
            return False
        activity = np.asarray(self._highs.getSolution().row_value)
        surplus = activity[[self._add_row[int(place)] for place in landmarks.nodes]] - 1
        found = False
        for circle in find_circles(landmarks.before, np.maximum(surplus, 0)):
            members = tuple(int(landmarks.nodes[number]) for number in circle.members)
            key = (circle.clique, frozenset(members))
            if key in self._known:
                continue
            self._known.add(key)
            self._add_circle(members, circle.clique)
            found = True
        return found

    def _add_circle(self, members: tuple[int, ...], clique: bool) -> None:
        # Rows that are there for the time being stand before it, and will be gone.
        circle = _Circle(members, clique, self._highs.getNumRow() - self._extra)
        counts: dict[int, float] = {}
        for place in members:
            for number in self.finder.makers[self.finder.made == place]:
                counts[int(number)] = counts.get(int(number), 0) + 1
        index = np.array(sorted(counts), dtype=np.int32)
        value = np.array([counts[number] for number in sorted(counts)])
        self._highs.addRow(float(circle.least), np.inf, len(index), index, value)
        self._circles.append(circle)


def _rounded_up(value: float | None) -> int | None:
    """Costs are whole numbers, so a bound is as good as the next one."""
    return None if value is None else max(0, math.ceil(value - _SLACK * max(1.0, value)))


def _holds(circle: _Circle, local: dict[int, int], before: NDArray[np.bool_]) -> bool:
    """Whether a circle is one in this state."""
    try:
        numbers = [local[place] for place in circle.members]
    except KeyError:
        return False
    if circle.clique:
        return all(before[i, j] for i in numbers for j in numbers if i != j)
    return all(before[i, j] for i, j in zip(numbers, numbers[1:] + numbers[:1], strict=True))
