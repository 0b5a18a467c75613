"""`calculate`: exact arithmetic for models, which are bad at it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentkit.errors import ToolInputError
from agentkit.tools.exact_evaluation import evaluate
from agentkit.tools.exact_functions import FUNCTIONS, Value
from agentkit.tools.exact_number import show_number
from agentkit.tools.tool import tool

__all__ = ["calculate"]

MAX_CHARACTERS = 5_000

# Typographer's signs: times, middle dot, divided by, minus, dash, and two spaces that do not break.
_SIGNS = str.maketrans("\u00d7\u00b7\u00f7\u2212\u2013\u00a0\u202f", "**/--  ")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)(.*)", re.DOTALL)


@tool
def calculate(expression: str) -> str:
    """Calculate exactly; what is not exact is marked with ≈.

    + - * / // % **, comparisons, lists [1, 2], steps `a = 3 * 4; a / 7`; sum, min, max, mean, median,
    stdev, count, round(x, n) (half away from zero), round_half_even, floor, ceil, sqrt, log, gcd, factorial
    and the like.

    Args:
        expression: Numbers as 1234.50.
    """
    if len(expression) > MAX_CHARACTERS:
        text = f"{len(expression)} characters are too many (at most {MAX_CHARACTERS})"
        raise ToolInputError(text, where="calculate", mend="do it in steps, or use query_tables for data")
    steps = list(_steps(expression.translate(_SIGNS)))
    if not steps:
        raise ToolInputError("there is nothing to calculate", where="calculate", mend="for example: 12.5 * 3")
    known: dict[str, Value] = {}
    lines: list[str] = []
    for step in steps:
        name, formula = _split(step)
        _check_numbers(formula)
        value = evaluate(formula, known)
        if name:
            known[name] = value
        said = _show(value)
        lines.append(said if len(steps) == 1 and not name else f"{name or formula} = {said}")
    return "\n".join(lines)


def _steps(text: str) -> Iterator[str]:
    """The expressions in a text; a new line within brackets does not end one."""
    depth, begun = 0, ""
    for character in f"{text}\n":
        depth += (character in "([") - (character in ")]")
        if character == ";" or (character == "\n" and depth <= 0):
            if begun.strip():
                yield begun.strip()
            depth, begun = 0, ""
        else:
            begun += character
    if begun.strip():
        yield begun.strip()


def _split(step: str) -> tuple[str, str]:
    """The name that a step gives its result, if any, and its formula."""
    found = _ASSIGNMENT.fullmatch(step)
    if found is None:
        return "", step
    name, formula = found[1], found[2].strip()
    if name in FUNCTIONS:
        raise ToolInputError(f"{name} is a function", where=step, mend="choose another name")
    return name, formula


def _check_numbers(formula: str) -> None:
    """Refuse ways of writing numbers that Python would read as something else, or not at all."""
    if found := re.search(r"[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|JPY)\b", formula):
        mend = "write plain numbers"
        raise ToolInputError(f"{found[0]} is not part of a number", where=formula, mend=mend)
    if found := re.search(r"(?<![\w.])[1-9]\d{0,2}(,\d{3})+(?!\d)(\.\d+)?", formula):
        plain, apart = found[0].replace(",", ""), found[0].replace(",", ", ")
        mend = f"write {plain} for one number, {apart} for several"
        raise ToolInputError(f"{found[0]} is ambiguous", where=formula, mend=mend)
    if found := re.search(r"\d\s*%(?=\s*($|[-+*/),\]]))", formula):
        mend = "% is the remainder of a division: write 15/100 for 15%"
        raise ToolInputError(f"{found[0]} is not a number", where=formula, mend=mend)
    if "^" in formula:
        raise ToolInputError("^ is not a power", where=formula, mend="write ** for powers")


def _show(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_show, value))}]"
    return show_number(value)
