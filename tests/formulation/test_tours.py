"""`tour(x[i, j] for …)`: the arcs taken are one round; checked against all rounds of small maps."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.residuals import find_violations
from agentkit.formulation.solve import solve

Arcs = dict[tuple[int, int], int]


def the_map(places: int, seed: int, share: float) -> Arcs:
    """Lengths of some arcs between places."""
    draw = random.Random(seed)
    pairs = itertools.permutations(range(places), 2)
    return {pair: draw.randint(1, 50) for pair in pairs if draw.random() < share}


def formulated(arcs: Arcs, rule: str = "tour(x[i, j] for (i, j) in arcs)") -> Formulation:
    data: Mapping[str, Any] = {
        "sets": {"arcs": [list(pair) for pair in arcs]},
        "parameters": {"far": {"over": "arcs", "values": list(arcs.values())}},
        "variables": {"x": {"over": "arcs", "type": "binary"}},
        "constraints": {"round": rule},
        "objective": {"minimize": "sum(far[i, j] * x[i, j] for (i, j) in arcs)"},
    }
    return Formulation.read(data)


def shortest(places: int, arcs: Arcs) -> int | None:
    lengths = []
    for rest in itertools.permutations(range(1, places)):
        way = (0, *rest, 0)
        steps = list(itertools.pairwise(way))
        if all(step in arcs for step in steps):
            lengths.append(sum(arcs[step] for step in steps))
    return min(lengths, default=None)


@pytest.mark.parametrize("places", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("share", [1.0, 0.7])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shortest_round_is_found_or_that_there_is_none(places: int, share: float, seed: int) -> None:
    arcs = the_map(places, seed, share)
    known = {place for arc in arcs for place in arc}
    if len(known) < places:
        pytest.skip("a place that no arc touches is no place of the tour")
    solution = solve(formulated(arcs))
    assert (solution.objective if solution.found else None) == shortest(places, arcs)
    assert solution.violations == ()


def test_rounds_beside_it_are_seen_when_a_solution_is_checked() -> None:
    arcs = the_map(6, 1, 1.0)
    instance = Instance(formulated(arcs))
    two = {(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)}
    one = {(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)}
    for taken, broken in ((two, ["constraint round"]), (one, [])):
        values = np.array([float(arc in taken) for arc in arcs])
        assert [v.element for v in find_violations(instance, {"x": values})] == broken


def test_each_row_of_a_forall_is_a_round_of_its_own() -> None:
    data = {
        "sets": {"cars": ["red", "blue"], "towns": "range(4)"},
        "variables": {"x": {"over": "k in cars, i in towns, j in towns if i != j", "type": "binary"}},
        "constraints": [
            {
                "name": "round",
                "forall": "k in cars",
                "rule": "tour(x[k, i, j] for i in towns for j in towns if i != j)",
            },
            {
                "name": "apart",
                "forall": "i in towns, j in towns if i != j",
                "rule": "sum(x[k, i, j] for k in cars) <= 1",
            },
        ],
        "objective": {"minimize": "0"},
    }
    solution = solve(Formulation.read(data))
    assert solution.status == "optimal" and solution.violations == ()
    assert sum(solution.arrays["x"]) == 8


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("tour(x[i, j] + 1 for (i, j) in arcs)", "write tour"),
        ("not tour(x[i, j] for (i, j) in arcs)", "stand alone"),
        ("tour(2)", "write tour|takes|tour"),
    ],
)
def test_what_is_no_tour_is_refused(rule: str, words: str) -> None:
    with pytest.raises(FormulationError, match=words):
        solve(formulated(the_map(4, 1, 1.0), rule))
