"""Which answers are right, case by case: how a number is written does not matter, how large it is does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.envs.mathprog.reading import Reading, read_answer
from agentkit.envs.mathprog.scorer import Gold, is_right, read_gold

NEAREST = "What is the least cost? Provide your answer rounded to the nearest dollar."
UP = "What is the least cost, rounded up to the nearest whole dollar?"
DOWN = "Please provide your answer rounded down to nearest dollar."
OFF = "What would be the minimum total cost (rounded off)?"
THOUSAND = "Provide your answer rounded off to nearest thousand dollars."
TENTH = "Please round your answer to one decimal place."
HUNDREDTH = "Provide your answer rounded off two decimal places."

RIGHT = [
    # The form that is asked for, and freer ones.
    ("ANSWER: 135000", "135000.0", ""),
    ("Buy properties 1, 2 and 3.\nANSWER: 135000", "135000.0", ""),
    ("answer: 135000.00", "135000", ""),
    ("**ANSWER: 42**", "42", ""),
    ("**ANSWER:** 42", "42", ""),
    ("ANSWER:\n\n42", "42", ""),
    ("ANSWER: `42`.", "42", ""),
    ("FINAL ANSWER: 42", "42", ""),
    ("Answer (in dollars): 42", "42", ""),
    ("ANSWER = 42", "42", ""),
    ("ANSWER: <42>", "42", ""),
    ("ANSWER: 41\nNo, plant 2 is closed.\nANSWER: 42", "42", ""),
    ("The least cost is 42.", "42", ""),
    ("Use 3 vans and 4 trucks; that costs 42", "42", ""),
    ("42", "42", ""),
    ("ANSWER: 42 (3 vans, 4 trucks)", "42", ""),
    ("ANSWER: 42 with 3 vans and 4 trucks", "42", ""),
    ("ANSWER: Z = 42", "42", ""),
    ("ANSWER: 3*10 + 4*3 = 42", "42", ""),
    ("ANSWER: profit is 42", "42", ""),
    ("ANSWER: (42)", "42", ""),
    ("ANSWER: x1 yields 42", "42", ""),
    # Thousands, currencies, units, Markdown, LaTeX.
    ("ANSWER: 1,234,567.5", "1234567.5", ""),
    ("ANSWER: 1 234 567.5", "1234567.5", ""),
    ("ANSWER: 1'234'567.5", "1234567.5", ""),
    ("ANSWER: 1_234_567.5", "1234567.5", ""),
    ("ANSWER: 1\u202f234\u202f567.5", "1234567.5", ""),
    ("ANSWER: 12,34,567", "1234567", ""),
    ("ANSWER: $8,350", "8350", ""),
    ("ANSWER: US$ 8350", "8350", ""),
    ("ANSWER: 8350 EUR", "8350", ""),
    ("ANSWER: Rs. 8350", "8350", ""),
    ("ANSWER: €8350 a week", "8350", ""),
    ("ANSWER: 8350 m^2", "8350", ""),
    ("ANSWER: $\\boxed{8350}$", "8350", ""),
    ("ANSWER: \\$8{,}350 \\text{ dollars}", "8350", ""),
    ("So the optimum is \\(\\approx 8350\\)", "8350", ""),
    # Signs, powers, fractions.
    ("ANSWER: -1900", "-1900.0", ""),
    ("ANSWER: \u22121900", "-1900.0", ""),
    ("ANSWER: -$1,900", "-1900", ""),
    ("ANSWER: $-1,900", "-1900", ""),
    ("ANSWER: +42", "42", ""),
    ("ANSWER: .5", "0.5", ""),
    ("ANSWER: 1.35e5", "135000", ""),
    ("ANSWER: 1.35E+05", "135000", ""),
    ("ANSWER: 1.35 x 10^5", "135000", ""),
    ("ANSWER: 1.35 \u00d7 10\u2075", "135000", ""),
    ("ANSWER: $1.35 \\times 10^{5}$", "135000", ""),
    ("ANSWER: 2^10", "1024", ""),
    ("ANSWER: 7/3", "2.3333333", ""),
    ("ANSWER: \\frac{7}{3}", "2.3333333", ""),
    # Words of size and per cent.
    ("ANSWER: 1.5 million", "1500000", ""),
    ("ANSWER: $1.5 million dollars", "1500000", ""),
    ("ANSWER: 20k", "20000", ""),
    ("ANSWER: 72 million gallons", "72.0", "How much water (in millions of gallons) can be moved?"),
    ("ANSWER: 12%", "12", ""),
    ("ANSWER: 12 %", "0.12", ""),
    ("ANSWER: 12 percent", "0.12", ""),
    # Tolerance: 1e-4 of the gold; absolute at 0; half a unit of the last of two decimals or more.
    ("ANSWER: 10001", "10000", ""),
    ("ANSWER: 9999", "10000", ""),
    ("ANSWER: 0.0000999", "0", ""),
    ("ANSWER: -0.0", "0.0", ""),
    ("ANSWER: 2.6882", "2.688172043010753", ""),
    ("ANSWER: 0.00221212", "0.0022121212121212126", ""),
    ("ANSWER: -3.66674", "-3.666743768616454", ""),
    ("ANSWER: 7.777777778", "7.78", ""),
    ("ANSWER: 7.775", "7.78", ""),
    # Rounding where it is asked for.
    ("ANSWER: 17.4", "17", NEAREST),
    ("ANSWER: 17", "17", NEAREST),
    ("ANSWER: 16.5", "17", NEAREST),
    ("ANSWER: 17.5", "17", NEAREST),
    ("ANSWER: 17", "17.3", NEAREST),
    ("ANSWER: 16.2", "17", UP),
    ("ANSWER: 17.8", "17", DOWN),
    ("ANSWER: 17.4", "17", OFF),
    ("ANSWER: 57000", "56500", THOUSAND),
    ("ANSWER: 56,800", "57000", THOUSAND),
    ("ANSWER: 85.84", "85.8", TENTH),
    ("ANSWER: 420.004", "420", HUNDREDTH),
    # No optimum.
    ("ANSWER: infeasible", "infeasible", ""),
    ("ANSWER: Infeasible (28 shifts for 26 days)", "infeasible", ""),
    ("ANSWER: infeasible, since 28 > 26", "infeasible", ""),
    ("ANSWER: no feasible solution", "infeasible", ""),
    ("28 shifts are too many for 26 days, so it is infeasible.", "infeasible", ""),
    ("ANSWER: unbounded", "unbounded", ""),
    ("ANSWER: \u221e", "unbounded", ""),
    ("ANSWER: $\\infty$", "unbounded", ""),
    ("ANSWER: infeasible", "No Best Solution", ""),
    ("ANSWER: unbounded", "No Best Solution", ""),
]

WRONG = [
    (None, "42", ""),
    ("", "42", ""),
    ("I cannot tell.", "42", ""),
    ("ANSWER: unknown. It lies above 42", "43", ""),
    ("ANSWER: forty-two", "42", ""),
    ("ANSWER: 43", "42", ""),
    ("42 was the first guess.\nANSWER: 43", "42", ""),
    ("ANSWER: 42\nANSWER: 43", "42", ""),
    ("ANSWER: 40 to 45", "40", ""),
    ("ANSWER: 40-45", "40", ""),
    ("ANSWER: 40 or 45", "45", ""),
    ("ANSWER: -42", "42", ""),
    ("ANSWER: 1900", "-1900", ""),
    ("ANSWER: 42", "0.42", ""),
    ("ANSWER: 1.5", "1500000", ""),
    ("ANSWER: 1.5 million", "1.5", "What is the least cost?"),
    ("ANSWER: 1.234,5", "1234.5", ""),
    ("ANSWER: 10001.1", "10000", ""),
    ("ANSWER: 9998.9", "10000", ""),
    ("ANSWER: 0.00011", "0", ""),
    ("ANSWER: 0.0023", "0.0022121212121212126", ""),
    ("ANSWER: 62.46", "62.5", ""),
    ("ANSWER: 7.774", "7.78", ""),
    ("ANSWER: 17.4", "17", "What is the least cost?"),
    ("ANSWER: 17.6", "17", NEAREST),
    ("ANSWER: 16", "17", NEAREST),
    ("ANSWER: 17.2", "17", UP),
    ("ANSWER: 16.9", "17", DOWN),
    ("ANSWER: 56000.5", "57000", THOUSAND),
    ("ANSWER: 85.9", "85.8", TENTH),
    ("ANSWER: 17.4", "17", "Sales are rounded down to whole numbers. What is the least cost?"),
    ("ANSWER: 1/0", "42", ""),
    ("ANSWER: 42", "infeasible", ""),
    ("ANSWER: infeasible", "42", ""),
    ("ANSWER: unbounded", "infeasible", ""),
    ("ANSWER: infeasible or unbounded", "infeasible", ""),
    ("ANSWER: 42, although the relaxed problem is infeasible", "infeasible", ""),
    ("ANSWER: 42", "No Best Solution", ""),
]


@pytest.mark.parametrize(("answer", "gold", "question"), RIGHT)
def test_right(answer: str, gold: str, question: str) -> None:
    assert is_right(answer, gold, question)


@pytest.mark.parametrize(("answer", "gold", "question"), WRONG)
def test_wrong(answer: str | None, gold: str, question: str) -> None:
    assert not is_right(answer, gold, question)


def test_infinitely_many_plans_are_no_unbounded_objective() -> None:
    assert is_right("The optimum is 42; infinitely many plans reach it.", "42")


def test_a_word_of_size_and_a_sign_of_per_cent_are_told_apart_from_the_number() -> None:
    assert read_answer("ANSWER: 1.5 million") == Reading(1.5, scale=1e6)
    assert read_answer("ANSWER: -3 %") == Reading(-3.0, percent=True)
    assert read_answer("ANSWER: nothing") == Reading()


@given(
    st.text(st.sampled_from("ANSWER: 0123456789.,-+*/^()[]{}$%=e \\n\u221e\u2075kinfeasible"), max_size=60)
)
def test_whatever_is_answered_can_be_scored(answer: str) -> None:
    is_right(f"ANSWER: {answer}", "42", NEAREST)
    is_right(answer, "infeasible")


@given(st.floats(-1e12, 1e12), st.sampled_from([",", "_", ""]))
def test_a_number_is_read_as_it_was_written(value: float, mark: str) -> None:
    written = f"{value:{mark}.6f}"
    assert read_answer(f"ANSWER: {written} euros").value == float(written.replace(mark, "") or 0)


@pytest.mark.parametrize("answer", ["1e999", "9" * 400, "1/0", "0^-1"])
def test_what_is_no_finite_number_is_none(answer: str) -> None:
    assert read_answer(f"ANSWER: {answer}") == Reading()


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "piece", ["1 ", "(", "1,234 ", "answer: ", "answer ", "\\frac{1", "-", "= 1 ", "12,"]
)
def test_long_answers_take_no_time(piece: str) -> None:
    read_answer(piece * 20_000)


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("135000.0", Gold(135000.0, decimals=1)),
        (" 1,200 ", Gold(1200.0)),
        ("-3.5e2", Gold(-350.0)),
        ("infeasible", Gold(status="infeasible")),
        ("No Best Solution.", Gold(status="no optimum")),
    ],
)
def test_golds_are_read_as_they_are_printed(text: str, gold: Gold) -> None:
    assert read_gold(text) == gold


@pytest.mark.parametrize("text", ["", "about 40", "nan", "inf", "x"])
def test_what_is_no_gold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number"):
        read_gold(text)
