"""Random small problems with logic: whatever is named contradicts itself, and nothing of it is needless.

The check is by trying all points, through Python itself: no compiled row has a part in it.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from agentkit.formulation.diagnosis.infeasible import explain_infeasible
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.solve import solve
from agentkit.solvers.highs import SolveLimits

NAMES = ("u", "v", "w")
WIDEST = 14
"""Variables whose upper bound is taken away are tried up to here."""


def random_rule(draw: random.Random) -> str:
    a, b, c = draw.sample(NAMES, 3)
    low, high = draw.randint(0, 5), draw.randint(3, 9)
    return draw.choice(
        [
            f"{a} + {b} >= {high}",
            f"{a} + {b} + {c} <= {high}",
            f"{a} - {b} == {low}",
            f"2 * {a} + 4 * {b} == {2 * high + 1}",
            f"implies({a} >= {low}, {b} <= {low - 1})",
            f"implies({a} <= {low}, {b} >= {high})",
            f"{a} <= {low} or {b} >= {high}",
            f"abs({a} - {b}) >= {low + 1}",
            f"max({a}, {b}) <= {low}",
            f"min({a}, {b}) >= {low}",
            f"{a} != {b}",
            f"not ({a} >= {low} and {c} <= {high})",
            f"at_least(2, {a} >= {low}, {b} >= {high}, {c} <= 1)",
            f"exactly(1, {a} == {low}, {b} == {low})",
            f"{a} > {low}",
            f"{b} < {high}",
        ]
    )


def random_problem(seed: int) -> dict[str, Any]:
    draw = random.Random(seed)
    return {
        "variables": {name: {"type": "integer", "upper": draw.randint(3, 7)} for name in NAMES},
        "constraints": {f"c{n}": random_rule(draw) for n in range(7)},
    }


def holds(rules: list[str], most: dict[str, int]) -> bool:
    """Whether some point within the bounds keeps all rules."""
    language = {
        "implies": lambda a, b: not a or b,
        "at_least": lambda k, *rest: sum(rest) >= k,
        "exactly": lambda k, *rest: sum(rest) == k,
        "abs": abs,
        "max": max,
        "min": min,
    }
    together = compile(" and ".join(f"({rule})" for rule in rules) or "True", "rules", "eval")
    for point in itertools.product(*(range(most[name] + 1) for name in NAMES)):
        if eval(together, {"__builtins__": {}}, {**language, **dict(zip(NAMES, point, strict=True))}):
            return True
    return False


def problems() -> list[int]:
    """Seeds of problems without a solution."""
    found = []
    for seed in range(400):
        data = random_problem(seed)
        most = {name: v["upper"] for name, v in data["variables"].items()}
        if not holds(list(data["constraints"].values()), most):
            found.append(seed)
    return found[:40]


@pytest.mark.parametrize("seed", problems())
def test_what_is_named_contradicts_itself_and_is_needed(seed: int) -> None:
    data = random_problem(seed)
    formulation = Formulation.read(data)
    assert solve(formulation).status == "infeasible"
    explanation = explain_infeasible(Instance(formulation), SolveLimits(seconds=20))
    assert explanation.irreducible
    rules = {
        s.element.partition(" ")[2]: data["constraints"][s.element.partition(" ")[2]]
        for s in explanation.statements
        if s.kind == "constraint"
    }
    bounded = {s.element.partition(" ")[2] for s in explanation.statements if s.kind == "upper"}
    most = {name: v["upper"] if name in bounded else WIDEST for name, v in data["variables"].items()}
    assert not holds(list(rules.values()), most)
    for name in rules:
        assert holds([rule for other, rule in rules.items() if other != name], most), f"without {name}"
    for name in bounded:
        assert holds(list(rules.values()), {**most, name: WIDEST}), f"without the bound of {name}"
