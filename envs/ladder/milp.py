"""Integer programs written row by row for HiGHS: what gold is computed with.

Gold must not come from the code that it is to judge, so this knows nothing of `agentkit.formulation` or
`agentkit.solvers` and speaks to highspy itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.errors import SolverError

__all__ = ["Program", "Solved"]


@dataclass(frozen=True, slots=True)
class Solved:
    """An optimum that HiGHS proved."""

    objective: float
    """Its value."""
    values: Sequence[float]
    """A value for each column."""
    duals: Sequence[float]
    """Of linear programs: a price for each row."""


@dataclass(slots=True)
class Program:
    """An integer program under construction; columns and rows are known by their numbers."""

    maximise: bool = False
    costs: list[float] = field(default_factory=list)
    uppers: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    indices: list[int] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def column(self, cost: float = 0, upper: float = 1, *, whole: bool = True) -> int:
        """A new variable from 0 to `upper`; its number."""
        self.costs.append(cost)
        self.uppers.append(upper)
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, terms: Iterable[tuple[int, float]], low: float = -math.inf, high: float = math.inf) -> int:
        """A new row: low <= sum of factor times column <= high; its number."""
        for column, factor in terms:
            self.indices.append(column)
            self.factors.append(factor)
        self.starts.append(len(self.indices))
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def solve(self, seconds: float = 600) -> Solved:
        """The proven optimum; where there are whole columns, the objective must take whole values only.

        Raises `SolverError` where there is none, or where it is not proven in time.
        """
        import highspy

        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("time_limit", float(seconds))
        highs.setOptionValue("mip_rel_gap", 0.0)
        # A whole objective is proven best as soon as nothing can be better by one.
        highs.setOptionValue("mip_abs_gap", 0.99)
        highs.passModel(self._as_highs())
        highs.run()
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            what = f"there is no proven optimum: {highs.modelStatusToString(status)}"
            raise SolverError(what, where="HiGHS", mend="give it more time, or take another seed")
        solution = highs.getSolution()
        return Solved(
            highs.getInfo().objective_function_value, list(solution.col_value), list(solution.row_dual)
        )

    def _as_highs(self) -> Any:
        import highspy

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.costs), len(self.low)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self.costs, [0.0] * len(self.costs), self.uppers
        lp.row_lower_, lp.row_upper_ = self.low, self.high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
        lp.a_matrix_.start_, lp.a_matrix_.index_ = self.starts, self.indices
        lp.a_matrix_.value_ = self.factors
        if self.maximise:
            lp.sense_ = highspy.ObjSense.kMaximize
        if any(self.whole):
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[whole] for whole in self.whole]
        return lp
