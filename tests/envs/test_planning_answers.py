"""Plans and numbers are read out of answers however they are set."""

from __future__ import annotations

import pytest

from agentkit.envs.planning.answers import read_number, read_plan

ARITIES = {"unstack": 2, "put-down": 1, "rewind": 0}
PLAN = [("unstack", "c", "b"), ("put-down", "c")]


@pytest.mark.parametrize(
    "answer",
    [
        "(unstack c b)\n(put-down c)",
        "(unstack c b) (put-down c)",
        "1. (unstack c b)\n2. (put-down c)",
        "1) unstack c b\n2) put-down c.",
        "Step 1: unstack c, b\nStep 2: put-down c",
        "- unstack(c, b)\n- put-down(c)",
        "(unstack, c, b)\n\n(put-down, c)",
        "```\n(UNSTACK C B)\n(PUT-DOWN C)\n```",
        "**1.** `(unstack c b)`\n**2.** `(put-down c)`",
        "Plan: (unstack c b)\n(put-down c)",
        "First I thought of\n(put-down b)\n(unstack b c)\nFINAL ANSWER:\n(unstack c b)\n(put-down c)",
        "I tried (put-down b).\nThe plan is as follows\n(unstack c b)\n(put-down c)\nIt has two steps.",
        "1. (unstack c b) ; lift c\n2. (put-down c) ; lay it down",
    ],
)
def test_plans(answer: str) -> None:
    assert read_plan(answer, ARITIES) == PLAN


def test_steps_with_too_few_arguments_are_kept_where_they_are_bracketed() -> None:
    assert read_plan("(unstack c)", ARITIES) == [("unstack", "c")]


@pytest.mark.parametrize("answer", ["", "There is no plan.", "unstack everything you can find", "(fly a b)"])
def test_no_plan(answer: str) -> None:
    assert read_plan(answer, ARITIES) == []


def test_actions_without_arguments() -> None:
    assert read_plan("1. rewind\n2. (rewind)\n3. rewind()", ARITIES) == [("rewind",)] * 3


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("42", 42),
        ("The answer is 42.", 42),
        ("3 robots, so\n**1,204.5** minutes", 1204.5),
        ("-7", -7),
        ("7/4", 1.75),
        ("1e3", 1000),
        ("It takes 5 + 3 = 8 metres", 8),
        ("9\n\nThat is all.", 9),
        ("none", None),
    ],
)
def test_numbers(answer: str, number: float | None) -> None:
    assert read_number(answer) == number
