"""Cuts for tours change no optimum, and close most of the gap of the relaxation."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np

from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.solvers.highs import SolveLimits, solve_linear
from agentkit.solvers.linear_model import LinearModel
from agentkit.solvers.subtours import with_tour_cuts


def towns(count: int, seed: int) -> CompiledModel:
    """A tour through towns that lie at random in a square."""
    draw = random.Random(seed)
    at = [(draw.random(), draw.random()) for _ in range(count)]
    far = [[round(1000 * math.dist(a, b)) for b in at] for a in at]
    data = {
        "sets": {"towns": f"range({count})"},
        "parameters": {"far": {"over": "towns, towns", "values": far}},
        "variables": {"x": {"over": "i in towns, j in towns if i != j", "type": "binary"}},
        "constraints": {"round": "tour(x[i, j] for i in towns for j in towns if i != j)"},
        "objective": {"minimize": "sum(far[i, j] * x[i, j] for i in towns for j in towns if i != j)"},
    }
    return compile_instance(Instance(Formulation.read(data)))


def relaxed(model: LinearModel) -> float:
    found = solve_linear(replace(model, integer=np.zeros(model.columns, dtype=bool)))
    assert found.objective is not None
    return found.objective


def test_the_relaxation_comes_close_to_the_optimum_which_stays_the_same() -> None:
    compiled = towns(14, seed=5)
    cut = with_tour_cuts(compiled.model, compiled.tours, SolveLimits())
    best, same = solve_linear(compiled.model).objective, solve_linear(cut).objective
    assert best is not None and same is not None and math.isclose(best, same, rel_tol=1e-9)
    assert relaxed(compiled.model) < relaxed(cut) <= best + 1e-6
    assert (best - relaxed(cut)) < 0.3 * (best - relaxed(compiled.model))


def test_thirty_towns_are_proven_in_seconds() -> None:
    compiled = towns(30, seed=2)
    cut = with_tour_cuts(compiled.model, compiled.tours, SolveLimits(seconds=60))
    assert solve_linear(cut, SolveLimits(seconds=60)).status == "optimal"


def test_it_stops_when_it_is_told_to() -> None:
    compiled = towns(14, seed=5)
    told = SolveLimits(should_stop=lambda: True)
    assert with_tour_cuts(compiled.model, compiled.tours, told).rows == compiled.model.rows
