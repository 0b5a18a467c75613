"""What kind of failure an answer is: by rules alone, in their order, taking no thing for another."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.evals.labels import label_of
from agentkit.evals.record import Label

SAME: dict[str, list[tuple[str, Any]]] = {
    "capitals": [("LYON", "Lyon"), ("straße", "STRASSE")],
    "accents": [("Sao Paulo", "São Paulo"), ("café", "cafe"), ("Dvořák", "Dvorak")],
    "punctuation": [("Lyon.", "Lyon"), ("'Lyon'", "Lyon"), ("**Lyon**", "Lyon"), ("Yes!", "yes")],
    "blanks and hyphens": [("sea-gull", "seagull"), ("New   York", "New York"), ("COVID 19", "COVID-19")],
    "articles": [("The Rhône", "Rhône"), ("Rhône", "the Rhône"), ("an apple", "apple"), ("a dog", "dog")],
    "introductions": [
        ("The answer is Lyon", "Lyon"),
        ("The answer is: Lyon.", "Lyon"),
        ("Answer: Lyon", "Lyon"),
        ("FINAL ANSWER: Lyon", "Lyon"),
        ("I looked at each file.\nFINAL ANSWER: Lyon", "Lyon"),
        ("**Final answer:** Lyon\n\nIt is the town at the Rhône: see the map.", "Lyon"),
        ("Two rivers meet in this town:\n\nLyon", "Lyon"),
        ("The second largest town is Lyon.", "Lyon"),
        ("FINAL ANSWER: 12:30", "12:30"),
        ("2 + 3 = 5", "5"),
        ('{"answer": "Lyon"}', "Lyon"),
    ],
    "units": [
        *[("5 km", "5"), ("5km", "5"), ("5", "5 km"), ("$5", "5"), ("5 dollars", "$5"), ("USD 5", "$5")],
        *[("5 %", "5"), ("5", "5%"), ("5 per cent", "5 %"), ("5%", "0.05"), ("21 °C", "21")],
        *[("There are 5 apples.", "5"), ("about 5", 5)],
    ],
    "numbers": [
        *[
            ("1,234", "1234"),
            ("1234", "1,234"),
            ("1 234 567", "1234567"),
            ("1'234", 1234),
            ("1,234.50", 1234.5),
        ],
        *[("5.0", "5"), ("5", 5.0), ("+5", "5"), ("\u22125", "-5"), ("minus 5", "-5"), ("-$5", "-5")],
        *[("5 million", "5000000"), ("3k", "3000"), ("five", "5"), ("3,14", "3.14"), ("1e3", "1000")],
        *[("12345678901234567890.", "12345678901234567890"), ("2024/05/12", "2024-05-12")],
    ],
    "lists": [
        *[("a; b; c", "a, b, c"), ("a,b,c", "a, b, c"), ("red and green", "red, green"), ("a\nb", "a, b")],
        *[
            ("- red\n- green", "red, green"),
            ("1. red\n2. green", "red, green"),
            ("132,133,134", "132, 133, 134"),
        ],
        *[("red, green, and blue", "red, green, blue"), ("1; 2", "1, 2"), ("$1, $2", "1, 2")],
    ],
    "letters": [("The answer is A.", "A"), ("(b)", "B"), ("The A, B", "A, B")],
    "other scripts": [
        ("«Москва»", "москва"),
        ("東京。", "東京"),
        ("H\u2082O", "H2O"),
        ("\uff11\uff12", "12"),
    ],
}
"""The answer and the target: the same but for this."""

NOT_THE_SAME: dict[str, list[tuple[str, Any]]] = {
    "digits that are several numbers": [
        *[("1, 2", "12"), ("1 2", "12"), ("12", "1, 2"), ("1.2", "12"), ("12", "1.2"), ("1/2", "12")],
        *[
            ("1/2", "1, 2"),
            ("1.2", "1,2"),
            ("3:2", "3, 2"),
            ("10\u2075", "105"),
            ("\u00bd", "12"),
            ("5\u00b2", "52"),
        ],
    ],
    "a number among others": [
        *[
            ("3 of 5", "5"),
            ("5 of 5", "1"),
            ("3 or 5", "5"),
            ("5 to 7", "5"),
            ("3/5", "5"),
            ("5\u00b11", "5"),
        ],
        *[("It starts at 12:30", "30"), ("Paris 2024, Lyon 2025", "2025"), ("1\n2\n5", "5")],
    ],
    "something else said of it": [
        *[
            ("less than 5", "5"),
            ("at least 5", "5"),
            ("5+", "5"),
            ("<5", "5"),
            ("not 5", "5"),
            ("\u221a5", "5"),
        ],
        *[("5 million", "5"), ("5k", "5"), ("2\u03c0", "2"), ("half of 5", "5"), ("5 dozen", "5")],
        *[("I do not know, I was given 5 files", "5"), ("In 2019 it was large", "2019"), ("R2", "2")],
        *[("not Lyon", "Lyon"), ("The answer is not Lyon", "Lyon"), ("It is certainly not: Lyon", "Lyon")],
        *[
            ("I doubt that the answer is Lyon", "Lyon"),
            ("Nothing is known", "known"),
            ("Lyon or Paris", "Lyon"),
        ],
    ],
    "another sign": [
        *[("-5", "5"), ("5", "-5"), ("minus 5", "5"), ("$5", "\u20ac5"), ("5 euros", "$5"), ("5%", "$5")],
        *[
            ("C", "C++"),
            ("C", "C#"),
            ("A+", "A"),
            ("A-", "A"),
            ("AB+", "AB-"),
            ("O-O", "O-O-O"),
            ("5 kg", "5 km"),
        ],
    ],
    "other words": [
        *[("nothing is known", "no"), ("no idea", "no"), ("vitamin", "vitamin A"), ("now, here", "nowhere")],
        *[("Paris\nLyon", "Lyon"), ("Candidates:\nParis\nLyon", "Lyon"), ("therapist", "the rapist")],
        *[
            ("B C", "A B C"),
            ("Lyon, France", "Lyon"),
            ("none", None),
            ("the", "a"),
            ("?", "!"),
            ("\u304b", "\u304c"),
        ],
        *[("\u0915\u093f", "\u0915\u0940"), ("x", "")],
    ],
}

NEAR: list[tuple[str, Any]] = [
    *[
        ("105", "100"),
        ("95", "100"),
        ("1.05", "1"),
        ("0.95", "1"),
        ("1050", 1000),
        ("about 1,050 km", "1000"),
    ],
    *[("-104", "-100"), ("-$104", "-100"), ("$104", "100"), ("104", "$100"), ("104 dollars", "$100")],
    *[
        ("5.1 %", "5 %"),
        ("5.1%", "5"),
        ("5.1", "5 per cent"),
        ("1.04 million", "1000000"),
        ("0.00102", "0.001"),
    ],
    *[
        ("In all there were 3 lists. FINAL ANSWER: 104", "100"),
        ("104 (104.0)", "100"),
        ("1020 km", "1000 km"),
    ],
]

NOT_NEAR: list[tuple[str, Any]] = [
    *[("105.1", "100"), ("94.9", "100"), ("106", "100"), ("1.0501", "1"), ("0.001", "0"), ("-100", "100")],
    *[("103 or 104", "100"), ("95-105", "100"), ("more than 101", "100"), ("101 of 102", "100")],
    *[("\u20ac104", "$100"), ("104 kg", "100 km"), ("1.04", "1 million"), ("Apollo 12", "Apollo 11.9")],
    *[
        ("I compared the 101 rows that I found in the table of towns", "100"),
        ("1e999", "1e998"),
        ("104", "Room 100"),
    ],
]


def label(answer: str | None, target: Any, **how: bool) -> Label:
    return label_of(answer, target, **how)


def cases(table: dict[str, list[tuple[str, Any]]]) -> list[Any]:
    """One test for each case, named for what it shows."""
    return [
        pytest.param(answer, target, id=f"{about}: {answer!a} for {target!a}")
        for about, pairs in table.items()
        for answer, target in pairs
    ]


@pytest.mark.parametrize(("answer", "target"), cases(SAME))
def test_an_answer_that_is_right_but_for_its_form(answer: str, target: Any) -> None:
    assert label(answer, target) == "wrong form"


@pytest.mark.parametrize(("answer", "target"), cases(NOT_THE_SAME))
def test_an_answer_that_only_looks_like_the_right_one(answer: str, target: Any) -> None:
    assert label(answer, target) == "wrong"


@pytest.mark.parametrize(("answer", "target"), cases({"near": NEAR}))
def test_a_number_within_five_per_cent(answer: str, target: Any) -> None:
    assert label(answer, target) == "near miss"


@pytest.mark.parametrize(("answer", "target"), cases({"not near": NOT_NEAR}))
def test_a_number_further_off_or_of_something_else(answer: str, target: Any) -> None:
    assert label(answer, target) == "wrong"


REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, I can\u2019t do this.",
    "I am very sorry",
    "Sorry, no.",
    "I cannot answer that",
    "I can't open it.",
    "I am not able to say.",
    "I'm unable to help",
    "I won't do that",
    "I will not",
    "I must decline.",
    "As an AI, I have no opinion",
    "**I'm sorry**",
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_words_of_refusal(answer: str) -> None:
    assert label(answer, "Lyon") == "refused"
    assert label(answer, None) == "refused"


@pytest.mark.parametrize("answer", ["I can swim", "It is sorry work", "Icannot", "as an aid"])
def test_words_that_only_begin_like_a_refusal(answer: str) -> None:
    assert label(answer, "Lyon") == "wrong"


def test_the_right_answer_is_no_refusal_though_it_begins_like_one() -> None:
    assert label("Sorry, wrong number!", "Sorry, Wrong Number") == "wrong form"


@pytest.mark.parametrize("answer", [None, "", "  \n "])
def test_no_answer_at_all(answer: str | None) -> None:
    assert label(answer, "Lyon") == label(answer, None) == "no answer"


def test_a_tool_that_failed_last_is_to_blame_where_nothing_else_is_known() -> None:
    assert label("", "Lyon", last_tool_failed=True) == "tool error"
    assert label(None, None, last_tool_failed=True) == "tool error"
    assert label("Paris", "Lyon", last_tool_failed=True) == "tool error"
    assert label("Paris", None, last_tool_failed=True) == "tool error"
    assert label("Lyon.", "Lyon", last_tool_failed=True) == "wrong form"
    assert label("104", "100", last_tool_failed=True) == "near miss"
    assert label("I cannot say", "Lyon", last_tool_failed=True) == "refused"


def test_the_first_rule_that_holds_is_the_one_that_counts() -> None:
    everything = {"limited": True, "refused": True, "last_tool_failed": True}
    for answer in (None, "I cannot say", "Lyon.", "Paris"):
        assert label(answer, "Lyon", **everything) == "limit"
        assert label(answer, "Lyon", **{**everything, "limited": False}) == "refused"


def test_of_several_targets_any_will_do() -> None:
    for kind in (list, tuple, set, frozenset):
        targets = kind(["Lyon", "Lugdunum", "1000"])
        assert label("lugdunum", targets) == "wrong form"
        assert label("the answer is 1,000", targets) == "wrong form"
        assert label("1,040", targets) == "near miss"
        assert label("Paris", targets) == "wrong"


def test_a_target_that_is_a_list_may_be_answered_as_a_whole() -> None:
    assert label("red and green", ["red", "green"]) == "wrong form"
    assert label("green and red", ["red", "green"]) == "wrong"


@pytest.mark.parametrize("target", [None, [], [None], "", "   ", ["", None]])
def test_without_a_target_nothing_is_near(target: Any) -> None:
    for answer in ("None", "5", "[]", "-"):
        assert label(answer, target) == "wrong"


@pytest.mark.parametrize("target", [True, 3.5, {"town": "Lyon"}])
def test_targets_of_other_kinds_are_compared_as_text(target: Any) -> None:
    assert label(f"The answer is: {target}.", target) == "wrong form"


LONG = ["9" * 40_000, "1," * 15_000, "1,111" * 8_000, "a " * 20_000, ":" * 40_000, " is" * 13_000]
LONGER = ["x" + "\n" * 40_000 + "y", "answer " * 6_000, "1 " * 20_000, "- " * 20_000]


@pytest.mark.parametrize("answer", LONG + LONGER, ids=lambda text: repr(text[:9]))
def test_a_very_long_answer_takes_no_time(answer: str) -> None:
    assert label(answer, "1000") == "wrong"
