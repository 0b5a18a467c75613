"""Arrays by hand, straight to HiGHS: what no library can beat by much, and nobody wants to write."""

from __future__ import annotations

from dataclasses import dataclass
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
    model = {"facility": facility, "assignment": assignment, "sparse": sparse}[case](data)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    width = len(model.cost)
    highs.passModel(
        width,
        len(model.lower),
        model.matrix.nnz,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMaximize if model.maximise else highspy.ObjSense.kMinimize),
        0.0,
        model.cost,
        np.zeros(width),
        np.full(width, model.top),
        model.lower,
        model.upper,
        model.matrix.indptr,
        model.matrix.indices,
        model.matrix.data,
        model.whole,
    )
    highs.run()
    np.array(highs.getSolution().col_value)
    return float(highs.getInfo().objective_function_value)


@dataclass(frozen=True, slots=True)
class Model:
    """Columns from 0 to `top`."""

    cost: Any
    top: float
    matrix: Any
    lower: Any
    upper: Any
    whole: Any
    maximise: bool = False


def facility(data: Data) -> Model:
    """Columns: open, then serve."""
    facilities, customers = data["cost"].shape
    size = facilities * customers
    serve = facilities + np.arange(size)
    own, theirs = np.divmod(np.arange(size), customers)
    link = customers + np.arange(size)
    top = customers + size
    rows = np.concatenate([theirs, link, link, top + own, top + np.arange(facilities)])
    columns = np.concatenate([serve, serve, own, serve, np.arange(facilities)])
    ones = np.ones(size)
    values = np.concatenate([ones, ones, -ones, data["demand"][theirs], -data["capacity"]])
    count, width = top + facilities, facilities + size
    lower, upper = np.full(count, -INF), np.zeros(count)
    lower[:customers] = upper[:customers] = 1.0
    cost = np.concatenate([data["price"], data["cost"].ravel()])
    matrix = csr_matrix((values, (rows, columns)), (count, width))
    return Model(cost, 1.0, matrix, lower, upper, np.arange(width) < facilities)


def assignment(data: Data) -> Model:
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
    whole = np.ones(width, dtype=np.int32)
    whole[size : 2 * size] = 0
    return Model(cost, 1.0, csr_matrix((values, (rows, columns)), (count, width)), lower, upper, whole)


def sparse(data: Data) -> Model:
    """A column a product."""
    count, width = len(data["stock"]), len(data["value"])
    matrix = csr_matrix((data["use"], (data["row"], data["column"])), (count, width))
    whole = np.zeros(width, dtype=np.int32)
    return Model(data["value"], 100.0, matrix, np.full(count, -INF), data["stock"], whole, maximise=True)


if __name__ == "__main__":
    compete("arrays", solve, ("highspy", "numpy", "scipy"))
