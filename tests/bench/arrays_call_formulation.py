"""The same arrays by hand, in the call of `passModel` that takes them as they are: the fastest there is."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from arrays_formulation import MODELS, run
from formulation_cases import Case, Data
from formulation_speed import compete

__all__ = ["solve"]


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    model = MODELS[case](data)
    rows, columns = model.matrix.shape
    sense = highspy.ObjSense.kMaximize if model.maximise else highspy.ObjSense.kMinimize
    return run(
        options,
        lambda highs: highs.passModel(
            columns,
            rows,
            model.matrix.nnz,
            int(highspy.MatrixFormat.kRowwise),
            int(sense),
            0.0,
            model.cost,
            np.zeros(columns),
            np.full(columns, model.top),
            model.lower,
            model.upper,
            model.matrix.indptr,
            model.matrix.indices,
            model.matrix.data,
            model.whole,
        ),
    )


if __name__ == "__main__":
    compete("arrays_call", solve, ("highspy", "numpy", "scipy"))
