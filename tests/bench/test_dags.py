"""The random graphs that every contestant gets."""

from __future__ import annotations

import doctest

import dags
import pytest
from dags import LONGEST, SHORTEST, Node, critical_path, random_dag


@pytest.mark.parametrize("size", [1, 10, 500])
def test_a_graph_has_the_size_asked_for_and_can_be_done_in_order(size: int) -> None:
    done: set[str] = set()
    for node in random_dag(size, seed=1):
        assert done.issuperset(node.needs)
        assert len(set(node.needs)) == len(node.needs)
        assert SHORTEST <= node.seconds <= LONGEST
        done.add(node.id)
    assert len(done) == size


def test_seeds_and_sizes_give_graphs_of_their_own() -> None:
    assert random_dag(100, seed=1) == random_dag(100, seed=1)
    assert random_dag(100, seed=1) != random_dag(100, seed=2)
    assert random_dag(100, seed=1)[:10] != random_dag(10, seed=1)


def test_graphs_are_both_wide_and_deep() -> None:
    nodes = random_dag(500, seed=1)
    assert sum(not node.needs for node in nodes) > 20
    assert critical_path(nodes) > 5 * LONGEST
    assert critical_path(nodes) < sum(node.seconds for node in nodes) / 10


def test_the_critical_path_is_the_longest_chain_not_the_longest_step() -> None:
    diamond = [
        Node("a", (), 1.0),
        Node("b", ("a",), 0.25),
        Node("c", ("a",), 0.5),
        Node("d", ("b", "c"), 1.0),
        Node("e", (), 2.25),
    ]
    assert critical_path(diamond) == 2.5


def test_examples_hold() -> None:
    assert doctest.testmod(dags).failed == 0
