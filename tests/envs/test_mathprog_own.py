"""Every gold of our own problems is proven by a computation that shares nothing with the program: enumeration
where that ends, scipy's linear programming where it does not. The figures are copied from the texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import combinations, permutations, product
from typing import Literal

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, milp, minimize_scalar

from agentkit.envs.mathprog.benchmark import DATA, Mathprog
from agentkit.envs.mathprog.scorer import is_right

Optimum = float | Literal["infeasible", "unbounded"]
PROOFS: dict[str, Callable[[], Optimum]] = {}


def proves(name: str) -> Callable[[Callable[[], Optimum]], Callable[[], Optimum]]:
    """Marks the computation of a problem's optimum."""

    def mark(proof: Callable[[], Optimum]) -> Callable[[], Optimum]:
        PROOFS[name] = proof
        return proof

    return mark


def subsets(of: Sequence[int]) -> list[tuple[int, ...]]:
    return [chosen for size in range(len(of) + 1) for chosen in combinations(of, size)]


@proves("bakery")
def bakery() -> Optimum:
    found = linprog([-2.6, -3.5], A_ub=[[0.6, 0.5], [8, 12]], b_ub=[250, 80 * 60], bounds=[(100, None)] * 2)
    return -float(found.fun)


@proves("trail-food")
def trail_food() -> Optimum:
    return min(
        1.2 * bars + 3.9 * nuts + 2.1 * fruit
        for bars, nuts, fruit in product(range(13), range(12), range(40))
        if 250 * bars + 900 * nuts + 600 * fruit >= 6500 and 10 * bars + 30 * nuts + 5 * fruit >= 170
    )


@proves("van")
def van() -> Optimum:
    weights, fees = (12, 7, 11, 8, 9, 6, 14, 5), (34, 21, 33, 23, 29, 15, 45, 12)
    b, c, d, g = 1, 2, 3, 6
    return max(
        sum(fees[i] for i in taken)
        for taken in subsets(range(8))
        if sum(weights[i] for i in taken) <= 40
        and not {c, g} <= set(taken)
        and (b not in taken or d in taken)
    )


@proves("interpreters")
def interpreters() -> Optimum:
    hours = ((9, 11, 14, 10), (6, 15, 13, 12), (12, 10, 8, 7), (11, 9, 10, 14))
    return min(
        sum(hours[who][where] for who, where in enumerate(sent))
        for sent in permutations(range(4))
        if sent[1] != 0
    )


@proves("inspector")
def inspector() -> Optimum:
    minutes = {
        "0P": 12, "0Q": 10, "0R": 19, "0S": 8, "0T": 15, "PQ": 5, "PR": 11, "PS": 17, "PT": 20, "QR": 13,
        "QS": 14, "QT": 16, "RS": 21, "RT": 9, "ST": 18,
    }  # fmt: skip
    return min(
        sum(minutes["".join(sorted(leg))] for leg in zip(("0", *tour), (*tour, "0"), strict=True))
        for tour in permutations("PQRST")
        if tour.index("T") < tour.index("P")
    )


@proves("cement")
def cement() -> Optimum:
    # All figures are whole, and so is then an optimum; the first quarry's shares decide all.
    need, first, second = (50, 65, 45), (12, 17, 9), (15, 14, 16)
    return min(
        sum(a * x + b * (n - x) for a, b, n, x in zip(first, second, need, sent, strict=True))
        for sent in product(range(51), range(66), range(31))
        if sum(sent) <= 80 and sum(need) - sum(sent) <= 95
    )


@proves("clinics")
def clinics() -> Optimum:
    opening, room, patients = (190, 160, 210, 150), (900, 600, 1000, 500), (250, 300, 200, 350, 150)
    costs = ((20, 35, 60, 40), (30, 25, 45, 55), (50, 20, 25, 30), (45, 60, 20, 25), (70, 40, 30, 15))
    return min(
        sum(costs[v][t] for v, t in enumerate(to)) + sum(opening[t] for t in set(to))
        for to in product(range(4), repeat=5)
        if all(sum(patients[v] for v in range(5) if to[v] == t) <= room[t] for t in set(to))
    )


@proves("proofs")
def proofs() -> Optimum:
    hours, due, price = (4, 3, 7, 2, 5), (6, 4, 12, 9, 15), (3, 2, 4, 5, 1)
    return min(
        sum(p * max(0, end - d) for p, d, end in ((price[j], due[j], sum(hours[k] for k in order[: at + 1]))
            for at, j in enumerate(order)))
        for order in permutations(range(5))
        if order.index(0) < order.index(3)
    )  # fmt: skip


@proves("tubes")
def tubes() -> Optimum:
    """Breadth first over what is still needed, with every pattern that fits."""
    patterns = [
        (a, b, c) for a, b, c in product(range(3), range(4), range(5)) if 135 * a + 90 * b + 65 * c <= 300
    ]
    reached, count = {(8, 14, 11)}, 0
    while (0, 0, 0) not in reached:
        reached = {
            (max(0, n[0] - p[0]), max(0, n[1] - p[1]), max(0, n[2] - p[2])) for n in reached for p in patterns
        }
        count += 1
    return count


@proves("concert")
def concert() -> Optimum:
    found = minimize_scalar(lambda p: -(p - 14) * (400 - 8 * p), bounds=(0, 50), method="bounded")
    return -float(found.fun)


@proves("reservoir")
def reservoir() -> Optimum:
    """Backwards over the months and the whole units that are kept: figures and so an optimum are whole."""
    best = dict.fromkeys(range(26), 0.0)
    for price, need in zip((40, 45, 35, 30), (40, 60, 45, 30), strict=True):
        best = {
            kept: min(
                (price * (need + left - kept) + 4 * left + best[left]
                 for left in best if 0 <= need + left - kept <= 50),
                default=float("inf"),
            )
            for kept in range(26)
        }  # fmt: skip
    return best[0]


@proves("relief")
def relief() -> Optimum:
    """The smallest cut, which is the largest flow (Ford and Fulkerson)."""
    roads = {
        "pA": 16, "pB": 13, "AB": 10, "AC": 12, "BA": 4, "BD": 14, "CB": 9, "DC": 7, "Cc": 20, "Dc": 4,
    }  # fmt: skip
    sides = ({"p", *chosen} for size in range(5) for chosen in combinations("ABCD", size))
    return min(sum(n for road, n in roads.items() if road[0] in s and road[1] not in s) for s in sides)


@proves("guards")
def guards() -> Optimum:
    away = {(0, 2), (1, 2), (2, 4)}
    plans = [
        [
            week
            for week in subsets(range(5))
            if len(week) <= 3
            and not any(day + 1 in week for day in week)
            and not any((guard, day) in away for day in week)
        ]
        for guard in range(5)
    ]
    for weeks in product(*plans):
        days = [sum(day in week for week in weeks) for day in range(5)]
        assert not all(there >= need for there, need in zip(days, (3, 2, 4, 2, 3), strict=True))
    return "infeasible"


@proves("swaps")
def swaps() -> Optimum:
    """A plan that earns, and can be carried out at any multiple, has no largest profit."""
    first, second = 100.0, 0.0
    profit = (9 - 0.75 * 7 - 0.25 * 11) * first + (8.5 - 0.5 * 7 - 0.5 * 11) * second
    assert first >= second and first + second >= 100 and profit > 0
    return "unbounded"


@proves("orchard")
def orchard() -> Optimum:
    third = 1 / 3
    rows = LinearConstraint(
        np.array([[1, 1], [70, 45], [third, third - 1]]), -np.inf, np.array([37, 2150, 0])
    )
    found = milp([-104, -77.5], constraints=rows)
    return round(-float(found.fun))


GOLDS = {row["id"]: row for row in map(json.loads, DATA.read_text(encoding="utf-8").splitlines())}


def test_every_problem_has_a_proof() -> None:
    assert set(PROOFS) == set(GOLDS) and len(GOLDS) == 15


@pytest.mark.parametrize("name", GOLDS)
def test_the_gold_is_the_optimum(name: str) -> None:
    optimum = PROOFS[name]()
    assert is_right(f"ANSWER: {optimum}", GOLDS[name]["answer"], "")
    if isinstance(optimum, float):
        assert abs(optimum - float(GOLDS[name]["answer"])) <= 1e-6 * optimum


def test_they_are_what_is_asked_where_no_data_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTKIT_MATHPROG", raising=False)
    samples = list(Mathprog().samples())
    assert [sample.id for sample in samples] == [f"own/{name}" for name in GOLDS]
    assert not any(sample.fault for sample in samples)
    assert samples[0].tags == {"set": "own", "kind": "linear"}
