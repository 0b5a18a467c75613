"""Which rows a `forall` and a comprehension go through."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import FormulationError
from tests.formulation.small import instance_of, value_of

SETS: dict[str, Any] = {
    "I": ["a", "b", "c"],
    "N": "range(1, 5)",
    "none": [],
    "arcs": [["a", "b"], ["a", "c"], ["b", "c"]],
    "triples": [["a", 1, "x"], ["b", 2, "y"], ["a", 2, "y"]],
    "sparse": [[1, 7], [2, 6], [2, 7]],
}
PARAMETERS = {"cost": {"over": "N", "values": [5, 1, 4, 2]}, "limit": 3}


def rows(over: str) -> list[tuple[Any, ...]]:
    """The members that are bound, row by row."""
    instance = instance_of(sets=SETS, parameters=PARAMETERS)
    columns = instance.rows(over, "constraint c").columns
    members = instance.universe.members
    return list(zip(*([members[code] for code in codes] for codes in columns.values()), strict=True))


@pytest.mark.parametrize(
    ("over", "wanted"),
    [
        ("i in I", [("a",), ("b",), ("c",)]),
        ("i in I, n in N if n > 3", [("a", 4), ("b", 4), ("c", 4)]),
        ("i in I if i == 'b'", [("b",)]),
        ("i in none", []),
        ("i in none, n in N", []),
        ("n in N, i in none", []),
        ("(i, j) in arcs", [("a", "b"), ("a", "c"), ("b", "c")]),
        ("(i, j) in arcs if j != 'c'", [("a", "b")]),
        ("i in I, j in arcs[i]", [("a", "b"), ("a", "c"), ("b", "c")]),
        ("(i, n, k) in triples if i == 'a' if n > 1", [("a", 2, "y")]),
        ("i in I, (n, k) in triples[i]", [("a", 1, "x"), ("a", 2, "y"), ("b", 2, "y")]),
        ("i in I, k in triples[i, 2]", [("a", "y"), ("b", "y")]),
        ("n in N, m in range(n, 4) if m > n", [(1, 2), (1, 3), (2, 3)]),
        ("n in N, m in range(n)  if n == 2", [(2, 0), (2, 1)]),
        ("n in N, m in range(n, 0, -2) if n == 4", [(4, 4), (4, 2)]),
        ("n in N, (r, c) in sparse if r == n", [(1, 1, 7), (2, 2, 6), (2, 2, 7)]),
        ("n in N, (r, c) in sparse if n == r and c > 6", [(1, 1, 7), (2, 2, 7)]),
        ("n in N if cost[n] < limit", [(2,), (4,)]),
        ("n in N if n > 1 and cost[n - 1] > 3", [(2,), (4,)]),
        ("n in N if n == 1 or cost[n - 1] > 3", [(1,), (2,), (4,)]),
        ("for i in I for n in N if n == 1", [("a", 1), ("b", 1), ("c", 1)]),
        ("i in ['a', 'z']", [("a",), ("z",)]),
        ("i in I - ['a']", [("b",), ("c",)]),
        ("n in N if 1 < n < 4", [(2,), (3,)]),
        ("n in N if n in [1, 4] and n not in {4}", [(1,)]),
    ],
)
def test_rows(over: str, wanted: list[tuple[Any, ...]]) -> None:
    assert rows(over) == wanted


def test_without_indices_there_is_one_row() -> None:
    assert instance_of().rows("", "constraint c").size == 1


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ("arcs", "write `name in set`"),
        ("i in arcs", "1 names .i. for members of 2 parts"),
        ("(i, j) in I", "2 names .i, j. for members of 1 parts"),
        ("(i, j, k) in arcs[i]", "3 names .i, j, k. for members of 1 parts"),
        ("i in I, j in arcs[i, 'b']", "leave at least one open"),
        ("i in I, i in N", "the index i is bound twice"),
        ("i in I, j in I - [i]", "a set cannot depend on the index i"),
        ("n in range(10 ** 4), m in range(10 ** 4)", "10,000 x 10,000 combinations are too many"),
        ("n in N, m in range(0, 9, n - 1)", "the step of a range is 0"),
        ("n in N if cost[n - 1] > 3", "cost has no member .0. .where n = 1."),
        ("i in I if i > 2", "cannot be compared with a figure"),
    ],
)
def test_faults(over: str, words: str) -> None:
    with pytest.raises(FormulationError, match=words) as caught:
        rows(over)
    assert caught.value.element == "constraint c"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sum(n for n in N)", 10),
        ("sum(n * m for n in N for m in N if m < n)", 35),
        ("sum(sum(n for n in N) for n in N)", 40),
        ("sum(cost[n] for n in N if n != first(N))", 7),
        ("sum(1 for i in I for (j, k) in arcs if j == i)", 3),
        ("sum(len(m for m in N if m > n) for n in N)", 6),
        ("max(sum(c for (r, c) in sparse if r == n) for n in N)", 13),
        ("sum(1 for i in none)", 0),
    ],
)
def test_inner_loops(text: str, wanted: float) -> None:
    assert value_of(text, sets=SETS, parameters=PARAMETERS) == wanted


def test_a_join_does_not_try_all_pairs() -> None:
    many = 30_000  # all pairs would be 900 million
    parts: dict[str, Any] = {
        "sets": {"R": f"range({many})", "pairs": f"[(n, n + 1) for n in range({many})]"},
    }
    assert value_of("sum(c - r for i in R for (r, c) in pairs if r == i)", **parts) == many
