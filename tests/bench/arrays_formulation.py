"""Arrays by hand in a `HighsLp`, as HiGHS's documentation has it: fast, and what nobody wants to write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from formulation_cases import Case, Data
from formulation_speed import compete
from scipy.sparse import csr_matrix

__all__ = ["MODELS", "Model", "filled", "run", "solve"]

INF = np.inf


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    lp = filled(MODELS[case](data))
    return run(options, lambda highs: highs.passModel(lp))


def filled(model: Model) -> highspy.HighsLp:
    """A model field by field."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = model.matrix.shape
    lp.col_cost_, lp.col_lower_ = model.cost, np.zeros(lp.num_col_)
    lp.col_upper_ = np.full(lp.num_col_, model.top)
    lp.row_lower_, lp.row_upper_ = model.lower, model.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = model.matrix.shape
    lp.a_matrix_.start_, lp.a_matrix_.index_ = model.matrix.indptr, model.matrix.indices
    lp.a_matrix_.value_ = model.matrix.data
    if model.maximise:
        lp.sense_ = highspy.ObjSense.kMaximize
    if model.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in model.whole.tolist()]
    return lp


def run(options: dict[str, Any], give: Callable[[Any], Any]) -> float:
    """Give HiGHS a model, solve it, and fetch the solution; the objective."""
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types
    highs.setOptionValue("output_flag", False)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    give(highs)
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
    return Model(cost, 1.0, matrix, lower, upper, (np.arange(width) < facilities).astype(np.int32))


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


MODELS: dict[Case, Callable[[Data], Model]] = {
    "facility": facility,
    "assignment": assignment,
    "sparse": sparse,
}

if __name__ == "__main__":
    compete("arrays", solve, ("highspy", "numpy", "scipy"))
