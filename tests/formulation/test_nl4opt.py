"""The declarations of the NL4OPT competition, compiled and solved without a model, against known optima."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.formulation.nl4opt import DATA, Report, declared_problems, formulation_of, measure
from tests.formulation.number_words import read_number
from tests.formulation.small import solved

WITHOUT_OPTIMUM = {
    "-468779640": "infeasible",
    "-945818446": "infeasible",
    "-1448607152": "infeasible",
    "-1770860412": "infeasible",
    "-1704758994": "infeasible",
    "-440570570": "infeasible",
    "602019445": "infeasible",
    "1677678357": "unbounded",
    "249236183": "unbounded",
}
"""The texts contradict themselves, or ask for the most of what nothing limits."""

DIFFERENT = {
    "-2015083686": "the declaration has `at least thrice` where the text has `thrice`",
    "-169306566": "the declaration has `at least 2 times` where the text has `2 times`",
    "-114149479": "the declaration lacks the limit of the batter",
    "-2138755435": "the declaration has `at most` for the 4000 interactions that are wanted",
    "-1210596886": "the declaration turns `more than` round; nothing need be made at all",
    "2137478401": "the known optimum, 34.5, is wrong: 7 buses and 13 cars take 33.5 hours",
    "1677678357": "the known optimum is of another problem: nothing limits the bottles",
    "249236183": "the known optimum is of another problem: nothing limits the cups",
}
"""Where the optimum is another than the known one, and why."""


@pytest.fixture(scope="module")
def report() -> Report:
    if not (DATA / "nl4opt_declarations.jsonl").exists():
        pytest.skip("there are no NL4OPT declarations in ../shared/data/optimization")
    return Report(tuple(map(measure, declared_problems())))


def test_every_declaration_compiles(report: Report) -> None:
    assert [o.refused for o in report.outcomes if o.refused] == []
    assert len(report.outcomes) >= 137


def test_all_have_an_optimum_but_those_that_have_none(report: Report) -> None:
    found = {
        o.problem.declaration["id"]: o.found["integer"].status
        for o in report.outcomes
        if o not in report.solved
    }
    assert found == WITHOUT_OPTIMUM


def test_the_optima_are_the_known_ones_but_where_these_or_the_declarations_are_wrong(report: Report) -> None:
    assert len(report.compared) >= 92
    assert {o.problem.declaration["id"] for o in report.missed} == set(DIFFERENT)


def test_no_solution_breaks_its_formulation(report: Report) -> None:
    assert [s.violations for o in report.outcomes for s in o.found.values() if s.violations] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *(("7", 7), ("0.30", 0.3), ("$1,000", 1000), ("15,000 units", 15_000), (".5", 0.5)),
        *(("3%", 0.03), ("fifteen percent", 0.15), ("33.3 %", 0.333)),
        *(("half", 0.5), ("a third", 1 / 3), ("two thirds", 2 / 3), ("one-half", 0.5), ("1/4", 0.25)),
        *(("twice", 2), ("thrice", 3), ("three times", 3), ("1.5 times", 1.5), ("Two", 2)),
        *(("twenty-five", 25), ("one hundred and fifty", 150), ("2 and a half", 2.5), ("two dozen", 24)),
        *(("a dozen", 12), ("three hundred", 300), ("1.2 million", 1_200_000)),
    ],
)
def test_figures_in_words(text: str, wanted: float) -> None:
    assert read_number(text) == pytest.approx(wanted)


@pytest.mark.parametrize("text", ["", "many", "dollars"])
def test_words_that_are_no_figures(text: str) -> None:
    with pytest.raises(ValueError, match="no figure"):
        read_number(text)


def declaration(*constraints: dict[str, Any], **objective: Any) -> dict[str, Any]:
    """One of two kinds of cake."""
    return {
        "document": "At most 60% of the cakes can be plain.",
        "vars": ["plain cakes", "cream cakes"],
        "order_mapping": {"plain cakes": 0, "plain cake": 0, "cream cakes": 1, "cream cake": 1},
        "obj_declaration": {
            "type": "objective",
            "direction": "maximize",
            "name": "profit",
            "terms": {"plain cake": "4", "cream cake": "$1,000"},
            **objective,
        },
        "const_declarations": list(constraints),
    }


def optimum(data: dict[str, Any]) -> float | None:
    formulation = formulation_of(data, "real")
    goal = formulation.objectives[0]
    parts = json.loads(formulation.model_dump_json(include={"sets", "variables", "constraints"}))
    return solved(goal.expression, goal.sense, **parts).objective


LIMIT = {"type": "sum", "limit": "10", "operator": "LESS_OR_EQUAL"}


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        ({"type": "upperbound", "var": "cream cakes", "limit": "three", "operator": "LESS_OR_EQUAL"}, 3028),
        ({"type": "lowerbound", "var": "plain cakes", "limit": "2", "operator": "GREATER_OR_EQUAL"}, 8008),
        ({"type": "ratio", "var": "plain cakes", "limit": "40%", "operator": "GREATER_OR_EQUAL"}, 6016),
        ({"type": "ratio", "var": "plain cakes", "limit": "60", "operator": "GREATER_OR_EQUAL"}, 4024),
        ({"type": "xy", "x_var": "plain cake", "y_var": "cream cake", "operator": "GREATER_OR_EQUAL"}, 5020),
        (
            {
                "type": "xby",
                "x_var": "cream cake",
                "y_var": "plain cake",
                "param": "a third",
                "operator": "LESS_OR_EQUAL",
            },
            2530,
        ),
        (
            {
                "type": "linear",
                "terms": {"plain cake": "half", "cream cake": "2"},
                "limit": "8",
                "operator": "LESS_OR_EQUAL",
            },
            4000,
        ),
    ],
)
def test_each_kind_of_constraint(constraint: dict[str, Any], wanted: float) -> None:
    assert optimum(declaration(LIMIT, constraint)) == pytest.approx(wanted)


def test_each_kind_of_objective() -> None:
    assert optimum(declaration(LIMIT)) == 10_000
    assert optimum(declaration(LIMIT, type="objvar", vars=["plain cakes", "cream cakes"])) == 10
    assert optimum(declaration(LIMIT, direction="reduce")) == 0


def test_every_row_remembers_its_declaration() -> None:
    formulation = formulation_of(declaration(LIMIT), "integer")
    assert json.loads(formulation.constraints[0].source) == LIMIT
