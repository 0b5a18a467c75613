"""linopy: models over labelled arrays, straight to HiGHS."""

# mypy: disable-error-code="import-not-found,import-untyped"
# (linopy is installed only in its own environment.)

from __future__ import annotations

import contextlib
import io
from typing import Any

from formulation_cases import Case, Data
from formulation_speed import compete

__all__ = ["solve"]


def solve(case: Case, data: Data, options: dict[str, Any]) -> float:
    """The objective."""
    model = {"facility": _facility, "assignment": _assignment, "sparse": _sparse}[case](data)
    with contextlib.redirect_stdout(io.StringIO()):
        model.solve("highs", io_api="direct", output_flag=False, **options)
    return float(model.objective.value)


def _index(name: str, size: int) -> Any:
    import pandas as pd

    return pd.RangeIndex(size, name=name)


def _labelled(figures: Any, *over: Any) -> Any:
    import xarray as xr

    return xr.DataArray(figures, coords={index.name: index for index in over}, dims=[i.name for i in over])


def _facility(data: Data) -> Any:
    import linopy

    sizes = data["cost"].shape
    f, c = _index("f", sizes[0]), _index("c", sizes[1])
    m = linopy.Model()
    opened = m.add_variables(coords=[f], name="opened", binary=True)
    serve = m.add_variables(0, 1, coords=[f, c], name="serve")
    m.add_constraints(serve.sum("f") == 1)
    m.add_constraints(serve - opened <= 0)
    used = (serve * _labelled(data["demand"], c)).sum("c")
    m.add_constraints(used - opened * _labelled(data["capacity"], f) <= 0)
    m.add_objective(
        (opened * _labelled(data["price"], f)).sum() + (serve * _labelled(data["cost"], f, c)).sum()
    )
    return m


def _assignment(data: Data) -> Any:
    import linopy

    p, j, t = (_index(name, size) for name, size in zip("pjt", data["cost"].shape, strict=True))
    m = linopy.Model()
    works = m.add_variables(coords=[p, j, t], name="works", binary=True)
    starts = m.add_variables(0, 1, coords=[p, j, t], name="starts")
    trained = m.add_variables(coords=[p, j], name="trained", binary=True)
    m.add_constraints(works.sum("p") >= _labelled(data["need"], j, t))
    m.add_constraints(works.sum("j") <= 1)
    m.add_constraints(works - trained <= 0)
    m.add_constraints(works.sum(["j", "t"]) <= data["most"])
    m.add_constraints(starts - works + works.shift(t=1) >= 0)
    m.add_objective(
        (works * _labelled(data["cost"], p, j, t)).sum()
        + (0.5 * starts).sum()
        + (trained * _labelled(data["training"], p, j)).sum()
    )
    return m


def _sparse(data: Data) -> Any:
    import linopy
    import numpy as np
    import xarray as xr

    products = _index("p", len(data["value"]))
    m = linopy.Model()
    make = m.add_variables(0, 100, coords=[products], name="make")
    # There is no entry for a sparse matrix: its figures are terms that are summed by row.
    terms = make.isel(p=xr.DataArray(data["column"], dims="k")) * xr.DataArray(data["use"], dims="k")
    used = terms.groupby(xr.DataArray(data["row"], dims="k", name="r")).sum()
    rows = np.unique(data["row"])
    m.add_constraints(used <= xr.DataArray(data["stock"][rows], dims="r", coords={"r": rows}))
    m.add_objective((make * _labelled(data["value"], products)).sum(), sense="max")
    return m


if __name__ == "__main__":
    compete("linopy", solve, ("linopy", "highspy"))
