"""What expressions of known figures come to: arithmetic, references, functions, conditions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from agentkit.errors import FormulationError
from tests.formulation.small import value_of

PARTS: dict[str, Any] = {
    "sets": {
        "days": "range(1, 6)",
        "plants": ["a", "b", "c"],
        "mixed": ["a", 1],
        "tenths": "[k / 10 for k in range(10)]",
        "arcs": [["a", "b"], ["b", "c"]],
        "none": [],
    },
    "parameters": {
        "n": 3,
        "cost": {"over": "plants", "values": {"a": 2, "b": 3.5, "c": -1}},
        "home": {"over": "plants", "values": {"a": "b", "b": "b", "c": "a"}},
        "wait": {"over": "days", "values": [4, 1, 1, 0, 2]},
        "some": {"over": "plants", "values": {"a": 1}},
        "dist": {"over": "arcs", "values": [7, 9]},
        "tariff": {"over": "tenths", "default": 6},
        "yes": True,
    },
    "expressions": {
        "twice": {"over": "d in days", "value": "2 * d"},
        "gap": {"over": "p in plants, q in plants", "value": "cost[p] - cost[q]"},
        "all_cost": "sum(cost[p] for p in plants)",
        "early": {"over": "d in days", "value": "wait[d - 1] if d > 1 else 100"},
    },
}


def value(text: str) -> float:
    return value_of(text, **PARTS)


def fault(text: str) -> FormulationError:
    with pytest.raises(FormulationError) as caught:
        value(text)
    return caught.value


ARITHMETIC = [
    ("1 + 2 * 3 - 4 / 8", 6.5),
    ("7 // 2 + 7 % 4", 6),
    ("-7 // 2", -4),
    ("2 ** 10", 1024),
    ("2 ** -1", 0.5),
    ("-n ** 2", -9),
    ("+n - -n", 6),
    ("1e3 + 0x10", 1016),
    ("True + True", 2),
    ("inf", math.inf),
    ("-inf", -math.inf),
    ("5 if n > 2 else 1 / 0", 5),
    ("1 if n > 5 else 2 if n > 2 else 3", 2),
    ("sum([1, 2, n])", 6),
    ("sum(1, 2, n)", 6),
    ("sum(n)", 3),
    ("max(1, n, 2) - min([1, n, 2])", 2),
    ("min(cost[p] for p in plants)", -1),
    ("max(5, max(cost[p] for p in plants))", 5),
    ("abs(min(1, -4))", 4),
    ("yes * 4", 4),
]

FUNCTIONS = [
    ("ceil(2.1) + floor(-2.1)", 0),
    ("ceil(0.1 * 3 / 0.1)", 3),
    ("floor(0.3 / 0.1)", 3),
    ("round(2.5) + round(-2.5) + round(0.5)", 1),
    ("round(2.345, 2)", 2.35),
    ("sqrt(16) + exp(0) + log(1)", 5),
    ("len(plants) + len(arcs) + len(none)", 5),
    ("first(days) + 10 * last(days)", 51),
    ("cost[first(plants)]", 2),
    ("next(days, 2) + previous(days, 2)", 4),
    ("cost[next(plants, 'a')]", 3.5),
    ("position(plants, 'c') + position(days, 5)", 8),
    ("piecewise(1.5, [(0, 0), (1, 10), (2, 0)])", 5),
    ("len({home[p] for p in plants})", 2),
    ("len(p for p in plants if cost[p] > 0)", 2),
    ("first(plants - ['a']) == 'b'", 1),
]

REFERENCES = [
    ("cost['b']", 3.5),
    ("cost[home['c']]", 2),
    ("dist['a', 'b']", 7),
    ("wait[n + 1]", 0),
    ("wait['2']", 1),
    ("twice[4]", 8),
    ("gap['b', 'a']", 1.5),
    ("all_cost", 4.5),
    ("early[1] + early[2]", 104),
    ("sum(twice[d] for d in days if d > n)", 18),
    ("some['a']", 1),
    ("tariff[0.3]", 6),
    ("tariff[0.1 + 0.2]", 6),
]

TRUTHS = [
    ("1 < 2 < 3", 1),
    ("1 < 2 > 3", 0),
    ("0.1 + 0.2 == 0.3", 1),
    ("0.1 + 0.2 != 0.3", 0),
    ("not n == 3", 0),
    ("n == 3 and cost['a'] == 2", 1),
    ("n == 4 or n > 2", 1),
    ("n != 3 and 1 / 0 > 1", 0),
    ("n == 3 or 1 / 0 > 1", 1),
    ("n in [1, 3] and n not in [4]", 1),
    ("n in days and 6 not in days", 1),
    ("cost['b'] in [7.5, 8.5]", 0),
    ("cost['b'] in [3.5, 8.5]", 1),
    ("len(plants) in [7, 8]", 0),
    ("'a' in plants and 'z' not in plants", 1),
    ("('a', 'b') in arcs", 1),
    ("('b', 'a') in arcs", 0),
    ("('b', 'a') in [('a', 'b'), ('b', 'a')]", 1),
    ("n in []", 0),
    ("'a' == 'a' and 'a' != 'b'", 1),
    ("'1' == 1", 1),
    ("'a' == 1", 0),
    ("sum(1 for m in mixed if m == 1)", 1),
    ("sum(1 for m in mixed if m != 1)", 1),
    ("sum(1 for p in plants for q in plants if p < q)", 3),
    ("all(cost[p] > -5 for p in plants)", 1),
    ("any(cost[p] > 5 for p in plants)", 0),
    ("all(1 / 0 > 1 for p in none)", 1),
    ("any(p == 'a' for p in none)", 0),
    ("all(n > 1, n < 5) and any([n > 9, n < 9])", 1),
    ("implies(n > 9, 1 / 0 > 1)", 1),
    ("implies(n > 1, n > 9)", 0),
    ("iff(n > 9, n > 8)", 1),
    ("count(cost[p] > 0 for p in plants)", 2),
    ("exactly(2, (cost[p] > 0 for p in plants))", 1),
    ("at_least(2, n > 1, n > 2, n > 3)", 1),
    ("at_most(1, n > 1, n > 2, n > 3)", 0),
    ("all_different(wait[d] for d in days)", 0),
    ("all_different(cost[p] for p in plants)", 1),
    ("yes", 1),
]


@pytest.mark.parametrize(("text", "wanted"), [*ARITHMETIC, *FUNCTIONS, *REFERENCES, *TRUTHS])
def test_values(text: str, wanted: float) -> None:
    assert value(text) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("1 / (n - 3)", "division by zero", 0),
        ("5 % 0", "division by zero", 0),
        ("(-1) ** 0.5", "this is no figure", 0),
        ("0 ** -1", "this is no figure", 0),
        ("inf - inf", "this is no figure", 0),
        ("log(0)", "log is not defined there", 0),
        ("sqrt(0 - n)", "sqrt is not defined there", 0),
        ("2 * 'a'", "this is no figure", 4),
        ("2 * cost[home['a']] + home['a']", "this is no figure", 22),
        ("plants + 1", "plants is a set: use it after `in`", 0),
        ("range(3)", "range.. is a set", 0),
        ("cost", "cost is indexed by plants, not by 0 subscripts", 0),
        ("cost['a', 'b']", "not by 2 subscripts", 0),
        ("cost['z']", "cost has no member .z.", 0),
        ("wait[9]", "wait has no member .9.", 0),
        ("sum(wait[d + 1] for d in days)", r"wait has no member \[6\] \(where d = 5\)", 4),
        ("some['b']", r"some has no value for \[b\]", 0),
        ("twice[6]", "twice has no member .6.", 0),
        ("gap['a']", "gap takes 2 subscripts, not 1", 0),
        ("n[1]", "n is indexed by nothing", 0),
        ("cost['a']['b']", "only elements have subscripts", 0),
        ("max(cost[p] for p in none)", "max of nothing", 0),
        ("next(days, 5)", "there is no next member", 0),
        ("previous(days, 77)", "there is no previous member", 0),
        ("position(plants, 'z')", "this is no member of plants", 17),
        ("first(none)", "none is empty", 0),
        ("first(arcs)", "has tuples, which have no order", 0),
        ("len(cost)", "there is no set called cost", 4),
        ("'a' < 1", "cannot be compared with a figure", 0),
        ("('a', 'b', 'c') in arcs", "members of arcs have 2 parts", 0),
        ("'a' in [('a', 'b')]", "has not 1 parts", 8),
        ("piecewise(1, 2)", "takes a list of two or more points", 0),
        ("piecewise(1, [(0, 0), 3])", "a point is a pair", 22),
        ("piecewise(1, [(1, 0), (0, 3)])", "from left to right", 13),
        ("(1, 2)", "this has no value here", 0),
        ("[p for p in plants]", "this has no value here", 0),
    ],
)
def test_faults_are_shown_where_they_are(text: str, words: str, position: int) -> None:
    found = fault(text)
    assert found.position == position
    with pytest.raises(FormulationError, match=words):
        raise found


def test_division_by_zero_in_a_branch_that_is_not_taken() -> None:
    assert value("sum(6 / (d - 3) if d > 3 else 0 for d in days)") == 9


def test_a_long_sum() -> None:
    assert value(" + ".join(["n"] * 1000) + " - 1") == 2999


def test_the_same_figures_for_all_rows_and_row_by_row() -> None:
    assert value("sum(wait[d] * d - n * (d > 2) for d in days)") == 4 + 2 + 3 + 0 + 10 - 3 * 3


def test_texts_that_write_figures_are_figures() -> None:
    parts: dict[str, Any] = {
        "sets": {"S": ["1", "2", "10", "007"]},
        "parameters": {"p": {"over": "S", "values": [1, 2, 3, 4]}},
    }
    assert value_of("p[1] + p['2'] + p[10] + p['007']", **parts) == 10
    assert value_of("count('10' > m for m in S if m != '007')", **parts) == 2


def test_data_may_be_arrays() -> None:
    assert (
        value_of(
            "sum(p[i, j] for i in range(2) for j in range(3))",
            {"p": np.ones((2, 3))},
            sets={"A": "range(2)", "B": "range(3)"},
            parameters={"p": {"over": "A, B"}},
        )
        == 6
    )
