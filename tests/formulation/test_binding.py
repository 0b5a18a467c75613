"""Members and values, out of the formulation and out of the task's data."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.elements import DataReference
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.task_data import TaskData
from agentkit.formulation.values import Numbers
from tests.formulation.small import ANYTHING, instance_of, members_of, value_of

TABLES = {
    "costs.csv": [
        {"plant": "a", "city": "x", "cost": 3, "year": 1},
        {"plant": "a", "city": "y", "cost": 4, "year": 1},
        {"plant": "b", "city": "x", "cost": 5, "year": 1},
        {"plant": "b", "city": "x", "cost": 9, "year": 2},
        {"plant": "q", "city": "x", "cost": 7, "year": 1},
    ],
    "wide.csv": [{"plant": "a", "x": 3, "y": 4, "note": "old"}, {"plant": "b", "x": 5, "y": "", "note": ""}],
}


def bound_members(members: Any = None, data: Any = None, values: dict[str, Any] | None = None) -> list[Any]:
    instance = with_tables({"sets": [{"name": "S", "members": members, "data": data}]}, values)
    found = instance.index_of("S", "test").members(instance.universe)
    return [member[0] if len(member) == 1 else member for member in found]


def with_tables(parts: dict[str, Any], values: dict[str, Any] | None = None) -> Instance:
    formulation = Formulation.read({"variables": ANYTHING, **parts})
    return Instance(formulation, TaskData(values or {}, TABLES))


def bound_values(
    parameter: dict[str, Any], values: dict[str, Any] | None = None, **sets: Any
) -> dict[Any, Any]:
    """What is given, by members; without those that have no value."""
    parts: dict[str, Any] = {
        "sets": sets or {"P": ["a", "b"], "C": ["x", "y"]},
        "parameters": {"p": {"over": "", **parameter}},
    }
    instance = with_tables(parts, values)
    found = instance.bound_parameter("p")
    assert isinstance(found.values, Numbers)
    keys = found.index.members(instance.universe)
    rows = zip(keys, found.given.tolist(), found.values.values.tolist(), strict=True)
    return {", ".join(map(str, key)): value for key, given, value in rows if given}


class TestMembers:
    @pytest.mark.parametrize(
        ("members", "wanted"),
        [
            ([], []),
            (["a", "b"], ["a", "b"]),
            ([3, 1, 2], [3, 1, 2]),
            ([0.5, 2.0], [0.5, 2]),
            ([["a", 1], ["b", 2]], [("a", 1), ("b", 2)]),
            (["Zürich", "東京"], ["Zürich", "東京"]),
            (["1", "02", "1.5"], [1, "02", 1.5]),
        ],
    )
    def test_that_are_listed(self, members: Any, wanted: Any) -> None:
        assert bound_members(members) == wanted

    @pytest.mark.parametrize(
        ("data", "values", "wanted"),
        [
            (None, {"S": ["a", "b"]}, ["a", "b"]),
            (None, {"S": {"a": 1, "b": 2}}, ["a", "b"]),
            ("book.json/plants", {"book.json": {"plants": ["a"]}}, ["a"]),
            ("list/1", {"list": [["a"], ["b", "c"]]}, ["b", "c"]),
            (None, {"S": np.array([3, 5])}, [3, 5]),
            (None, {"S": np.array([[3, 5], [4, 6]])}, [(3, 5), (4, 6)]),
            (None, {"S": ["a", "b", "a"]}, ["a", "b"]),
            ({"table": "costs.csv", "keys": ["plant"]}, {}, ["a", "b", "q"]),
            (
                {"table": "costs.csv", "keys": ["plant", "city"], "where": {"year": 1}},
                {},
                [("a", "x"), ("a", "y"), ("b", "x"), ("q", "x")],
            ),
            ({"table": "costs.csv", "value": "city"}, {}, ["x", "y"]),
        ],
    )
    def test_that_are_data(self, data: Any, values: dict[str, Any], wanted: Any) -> None:
        assert bound_members(None, data, values) == wanted

    @pytest.mark.parametrize(
        ("members", "data", "words"),
        [
            (["a", "a"], None, "a is listed twice"),
            ([["a", 1], ["b"]], None, "different numbers of parts"),
            (None, None, "no data called 'S'"),
            (None, "x.json", "no data called 'x.json'"),
            (None, {"table": "costs.csv"}, "say by `keys`"),
            (None, {"table": "costs.csv", "keys": ["town"]}, "no column 'town'"),
            (None, {"table": "costs.csv", "keys": ["city"], "where": {"year": 5}}, "no such rows"),
            (None, {"table": "nothing.csv", "keys": ["city"]}, "no data called 'nothing.csv'"),
        ],
    )
    def test_that_do_not_fit(self, members: Any, data: Any, words: str) -> None:
        with pytest.raises(FormulationError, match=words) as caught:
            bound_members(members, data)
        assert caught.value.element == "set S"

    @pytest.mark.parametrize("value", [[None], [True], [{"a": 1}], 7, "abc", [math.nan]])
    def test_that_are_no_members(self, value: Any) -> None:
        with pytest.raises(FormulationError, match="set S"):
            bound_members(None, None, {"S": value})


class TestSetExpressions:
    SETS: ClassVar[dict[str, Any]] = {
        "A": ["a", "b", "c"],
        "B": ["c", "d"],
        "N": "range(4)",
        "arcs": [["a", "b"], ["b", "c"]],
    }

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("A", ["a", "b", "c"]),
            ("range(3)", [0, 1, 2]),
            ("range(2, 4)", [2, 3]),
            ("range(5, 0, -2)", [5, 3, 1]),
            ("range(0)", []),
            ("A | B", ["a", "b", "c", "d"]),
            ("A + ['z']", ["a", "b", "c", "z"]),
            ("A - B", ["a", "b"]),
            ("A - A", []),
            ("B * range(2)", [("c", 0), ("c", 1), ("d", 0), ("d", 1)]),
            ("A * range(0)", []),
            ("{'x', 'y'}", ["x", "y"]),
            ("[]", []),
            ("[('x', 1), ('y', 2)]", [("x", 1), ("y", 2)]),
            ("{i for (i, j) in arcs}", ["a", "b"]),
            ("{j for (i, j) in arcs if i == 'a'}", ["b"]),
            (
                "{(i, j) for i in A for j in B if i != j}",
                [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")],
            ),
            ("{n // 2 for n in N}", [0, 1]),
            ("[n / 10 for n in N]", [0, 0.1, 0.2, 0.3]),
            ("{n for n in N if n > 99}", []),
            ("{i for i in A if (i, 'b') in arcs}", ["a"]),
            ("{(i, n, j) for (i, j) in arcs for n in N if n < 1}", [("a", 0, "b"), ("b", 0, "c")]),
        ],
    )
    def test_members(self, text: str, wanted: list[Any]) -> None:
        assert members_of(text, sets=self.SETS) == wanted

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("A | arcs", "members of 1 parts and of 2"),
            ("range(1, 5, 0)", "step of a range is 0"),
            ("range(10 ** 9)", "too long"),
            ("A / B", "this is no set"),
            ("3", "this is no set"),
            ("['x', ('y', 'z')]", "different numbers of parts"),
            ("wanted | A", "it needs itself: set wanted -> set wanted"),
        ],
    )
    def test_faults(self, text: str, words: str) -> None:
        with pytest.raises(FormulationError, match=words):
            members_of(text, sets=self.SETS)


class TestValues:
    @pytest.mark.parametrize(
        "values",
        [
            {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}},
            {"a,x": 1, "a, y": 2, "('b', 'x')": 3, "b,y": 4},
            {("a", "x"): 1, ("a", "y"): 2, ("b", "x"): 3, ("b", "y"): 4},
            [[1, 2], [3, 4]],
            ((1, 2), (3, 4)),
            {"a": [1, 2], "b": [3, 4]},
            [{"x": 1, "y": 2}, {"x": 3, "y": 4}],
        ],
    )
    @pytest.mark.parametrize("where", ["formulation", "data"])
    def test_of_two_sets(self, values: Any, where: str) -> None:
        wanted = {"a, x": 1, "a, y": 2, "b, x": 3, "b, y": 4}
        if where == "formulation":
            assert bound_values({"over": "P, C", "values": values}) == wanted
        else:
            assert bound_values({"over": "P, C"}, {"p": values}) == wanted

    def test_as_an_array(self) -> None:
        assert bound_values({"over": "P, C"}, {"p": np.arange(4).reshape(2, 2)})["b, x"] == 2

    @pytest.mark.parametrize("values", [[5, 6], {"1": 5, "2": 6}, {1: 5, 2: 6}, {1.0: 5, "2": 6}])
    @pytest.mark.parametrize("members", [[1, 2], ["1", "2"], "range(1, 3)"])
    def test_by_figures_written_one_way_or_the_other(self, values: Any, members: Any) -> None:
        assert bound_values({"over": "S", "values": values}, S=members) == {"1": 5, "2": 6}

    def test_of_tuples(self) -> None:
        arcs = [["a", "b"], ["b", "c"]]
        for values in ([5, 6], {"a,b": 5, "b,c": 6}, {"a": {"b": 5}, "b": {"c": 6}}):
            assert bound_values({"over": "S", "values": values}, S=arcs) == {"a, b": 5, "b, c": 6}

    def test_some_are_missing(self) -> None:
        assert bound_values({"over": "P", "values": {"a": 1, "b": None}}) == {"a": 1}
        assert bound_values({"over": "P", "values": {"a": 1}, "default": 9}) == {"a": 1, "b": 9}
        assert bound_values({"over": "P", "default": 9}) == {"a": 9, "b": 9}
        assert bound_values({"over": "P", "values": {}}, P=[]) == {}

    def test_of_a_table(self) -> None:
        data: dict[str, Any] = {
            "table": "costs.csv",
            "keys": ["plant", "city"],
            "value": "cost",
            "where": {"year": 1},
        }
        assert bound_values({"over": "P, C", "data": data}) == {"a, x": 3, "a, y": 4, "b, x": 5}

    def test_of_a_table_whose_columns_are_members(self) -> None:
        data: dict[str, Any] = {"table": "wide.csv", "keys": ["plant"]}
        assert bound_values({"over": "P, C", "data": data}) == {"a, x": 3, "a, y": 4, "b, x": 5}

    def test_that_are_members(self) -> None:
        parts: dict[str, Any] = {
            "sets": {"P": ["a", "b"]},
            "parameters": {
                "home": {"over": "P", "values": {"a": "b", "b": "b"}},
                "cost": {"over": "P", "values": [3, 5]},
            },
        }
        assert value_of("cost[home['a']]", **parts) == 5
        assert value_of("sum(1 for i in P if home[i] == i)", **parts) == 1
        assert value_of("count(home[i] in ['a', 'c'] for i in P)", **parts) == 0

    def test_figures_that_are_written_as_texts(self) -> None:
        parts: dict[str, Any] = {"sets": {"P": ["a", "b"]}, "parameters": {"p": {"over": "P"}, "q": "2.5"}}
        assert value_of("q * sum(p[i] for i in P)", {"p": {"a": "12", "b": "7"}}, **parts) == 47.5

    @pytest.mark.parametrize(
        ("parameter", "words"),
        [
            ({"over": "P", "values": [1, 2, 3]}, "3 values for the 2 members of P"),
            ({"over": "P", "values": {"z": 1}}, "'z' is no member of P"),
            ({"over": "P", "values": 7}, "a value for each of P is needed"),
            ({"over": "P, C", "values": {"a": 1}}, "a value for each of C is needed|no member"),
            ({"values": {"a": 1}}, "more levels of values than index sets"),
            ({"over": "P", "values": {"a": {"x": 1}}}, "is no figure"),
            ({"over": "P"}, "no data called 'p'"),
            ({"over": "P", "data": "q"}, "no data called 'q'"),
            ({"over": "P", "values": [1, math.nan]}, "nan is no figure"),
            (
                {"over": "P", "data": {"table": "costs.csv", "keys": ["plant"], "value": "cost"}},
                "several values",
            ),
            ({"over": "P, C", "data": {"table": "costs.csv", "keys": ["plant", "city"]}}, "say by `value`"),
            ({"over": "P, C", "data": {"table": "costs.csv", "value": "cost"}}, "0 key columns"),
        ],
    )
    def test_that_do_not_fit(self, parameter: dict[str, Any], words: str) -> None:
        with pytest.raises(FormulationError, match=words) as caught:
            bound_values(parameter)
        assert caught.value.element == "parameter p"

    def test_nothing_is_bound_before_it_is_needed(self) -> None:
        instance = instance_of(parameters={"p": {"over": ""}})
        with pytest.raises(FormulationError, match="no data called 'p'"):
            instance.bound_parameter("p")


class TestTaskData:
    DATA = TaskData({"book.json": {"plants": {"a": {"cap": 3}}, "list": [4, 5]}}, TABLES)

    @pytest.mark.parametrize(
        ("path", "wanted"),
        [("book.json/plants/a/cap", 3), ("book.json/list/1", 5), ("book.json/list", [4, 5])],
    )
    def test_paths(self, path: str, wanted: Any) -> None:
        assert self.DATA.value(path, "set S") == wanted

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("book.json/plants/z", "there is no 'z' .there is: a."),
            ("book.json/list/2", "there is no '2'"),
            ("other", "no data called 'other' .there is: book.json, costs.csv, wide.csv."),
        ],
    )
    def test_paths_that_lead_nowhere(self, path: str, words: str) -> None:
        with pytest.raises(FormulationError, match=words):
            self.DATA.value(path, "set S")

    def test_rows_are_chosen_by_their_columns(self) -> None:
        reference = DataReference(table="costs.csv", where={"plant": "b", "year": "2"})
        assert [row["cost"] for row in self.DATA.rows(reference, "set S")] == [9]

    def test_tables_are_read_when_they_are_wanted(self) -> None:
        data = TaskData(tables={"t.csv": lambda: [{"k": "a"}]})
        assert data.rows(DataReference(table="t.csv", keys=("k",)), "set S") == [{"k": "a"}]

    def test_a_value_that_is_no_table(self) -> None:
        with pytest.raises(FormulationError, match="is no table"):
            self.DATA.rows(DataReference(table="book.json/list"), "set S")
