"""Arrays by hand, straight to HiGHS: what no library can beat by much, and nobody wants to write."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from formulation_cases import Case, Data
from formulation_speed import compete
from scipy.sparse import csr_matrix

__all__ = ["solve"]

INF = np.inf


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    lp = highspy.HighsLp()
    {"facility": facility, "assignment": assignment, "sparse": sparse}[case](lp, data)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(lp)
    highs.run()
    np.array(highs.getSolution().col_value)
    return float(highs.getInfo().objective_function_value)


def facility(lp: highspy.HighsLp, data: Data) -> None:
    """Columns: open, then serve."""
    facilities, customers = data["cost"].shape
    serve = facilities + np.arange(facilities * customers)
    own, theirs = np.divmod(np.arange(facilities * customers), customers)
    link = customers + np.arange(facilities * customers)
    top = customers + facilities * customers
    rows = np.concatenate([theirs, link, link, top + own, top + np.arange(facilities)])
    columns = np.concatenate([serve, serve, own, serve, np.arange(facilities)])
    ones = np.ones(facilities * customers)
    values = np.concatenate([ones, ones, -ones, data["demand"][theirs], -data["capacity"]])
    count = top + facilities
    lower, upper = np.full(count, -INF), np.zeros(count)
    lower[:customers] = upper[:customers] = 1.0
    cost = np.concatenate([data["price"], data["cost"].ravel()])
    fill(lp, cost, np.ones(len(cost)), csr_matrix((values, (rows, columns)), (count, len(cost))), lower, upper)
    lp.integrality_ = kinds(facilities, facilities * customers)


def assignment(lp: highspy.HighsLp, data: Data) -> None:
    """Columns: works, starts, trained."""
    people, jobs, hours = data["cost"].shape
    size = people * jobs * hours
    works, starts = np.arange(size), size + np.arange(size)
    person, job, hour = np.unravel_index(works, (people, jobs, hours))
    trained = 2 * size + person * jobs + job
    one = jobs * hours + person * hours + hour
    link = jobs * hours + people * hours + works
    most = jobs * hours + people * hours + size + person
    begin = jobs * hours + people * hours + size + people + works
    later = hour > 0
    ones = np.ones(size)
    rows = np.concatenate([job * hours + hour, one, link, link, most, begin, begin, begin[later]])
    columns = np.concatenate([works, works, works, trained, works, starts, works, works[later] - 1])
    values = np.concatenate([ones, ones, ones, -ones, ones, ones, -ones, ones[later]])
    count, width = jobs * hours + people * hours + 2 * size + people, 2 * size + people * jobs
    lower, upper = np.full(count, -INF), np.zeros(count)
    lower[: jobs * hours], upper[: jobs * hours] = data["need"].ravel(), INF
    upper[jobs * hours : jobs * hours + people * hours] = 1.0
    upper[count - size - people : count - size] = data["most"]
    lower[count - size :], upper[count - size :] = 0.0, INF
    cost = np.concatenate([data["cost"].ravel(), np.full(size, 0.5), data["training"].ravel()])
    fill(lp, cost, np.ones(width), csr_matrix((values, (rows, columns)), (count, width)), lower, upper)
    lp.integrality_ = [*kinds(size, size), *kinds(people * jobs, 0)]


def sparse(lp: highspy.HighsLp, data: Data) -> None:
    """A column a product."""
    count, width = len(data["stock"]), len(data["value"])
    matrix = csr_matrix((data["use"], (data["row"], data["column"])), (count, width))
    fill(lp, data["value"], np.full(width, 100.0), matrix, np.full(count, -INF), data["stock"])
    lp.sense_ = highspy.ObjSense.kMaximize


def fill(lp: highspy.HighsLp, cost: Any, top: Any, matrix: Any, lower: Any, upper: Any) -> None:
    """Columns from 0 to `top`."""
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), top
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = matrix.shape
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data


def kinds(whole: int, real: int) -> list[highspy.HighsVarType]:
    """So many integers, then so many reals."""
    return [highspy.HighsVarType.kInteger] * whole + [highspy.HighsVarType.kContinuous] * real


if __name__ == "__main__":
    compete("arrays", solve, ("highspy", "numpy", "scipy"))
