"""Evaluates a formula over exact fractions, with bounds on how large anything may get."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from agentkit.errors import ToolInputError
from agentkit.tools.exact_functions import CONSTANTS, FUNCTIONS, OPERATORS, Value, sized

__all__ = ["evaluate"]

MAX_LITERAL_EXPONENT = 3_000


def evaluate(formula: str, names: Mapping[str, Value]) -> Value:
    """What a formula comes to; `names` are results that it may use.

    Raises `ToolInputError` for whatever is not arithmetic, is undefined or grows too large.

    >>> evaluate("0.1 + 0.2 == 0.3", {}), evaluate("x / 3", {"x": Fraction(1)})
    (True, Fraction(1, 3))
    """
    from simpleeval import FunctionNotDefined, InvalidExpression, NameNotDefined

    try:
        tree = ast.parse(formula, mode="eval")
        return _checked(_evaluator(formula, names).eval(formula, previously_parsed=tree.body))
    except SyntaxError as error:
        place = formula[max(0, (error.offset or 1) - 1) :][:20]
        what, mend = f"not arithmetic near {place!r}: {error.msg}", "write * for every multiplication"
    except NameNotDefined as error:
        what, mend = f"there is nothing called {error.name}", _choice(str(error.name), {*names, *CONSTANTS})
    except FunctionNotDefined as error:
        what, mend = f"there is no function {error.func_name}", _choice(str(error.func_name), {*FUNCTIONS})
    except InvalidExpression:
        what = "only arithmetic is possible"
        mend = "use numbers, + - * / // % **, names, functions such as sum(...), and lists like [1, 2]"
    except ZeroDivisionError:
        what, mend = "division by zero", "check the divisor"
    except (OverflowError, RecursionError, MemoryError):
        what, mend = "the calculation grows too large or is nested too deeply", "do it in smaller steps"
    except (TypeError, ValueError) as error:
        # Formulas call the functions below with whatever a model wrote; these are its mistakes, not ours.
        what, mend = f"wrong kind of value: {error}", "numbers and lists of numbers only"
    raise ToolInputError(what, where=formula[:80], mend=mend)


def _evaluator(formula: str, names: Mapping[str, Value]) -> Any:
    from simpleeval import SimpleEval

    evaluator = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names={**CONSTANTS, **names})
    # Only what arithmetic needs: no attributes, no subscripts, no strings, no comprehensions.
    kept = (ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.keyword)
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in kept}

    def number(node: ast.Constant) -> Value:
        if isinstance(node.value, bool):
            return node.value
        if isinstance(node.value, float):
            # From the text, not from the float that Python made of it.
            return _literal(ast.get_source_segment(formula, node) or repr(node.value))
        if isinstance(node.value, int):
            return Fraction(node.value)
        raise ValueError(f"{node.value!r} is not a number")

    def items(node: ast.List) -> Value:
        return [_checked(evaluator._eval(item)) for item in node.elts]

    evaluator.nodes[ast.Constant] = number
    evaluator.nodes[ast.List] = items
    return evaluator


def _literal(text: str) -> Fraction:
    exponent = text.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > MAX_LITERAL_EXPONENT:
        raise OverflowError
    return Fraction(text.replace("_", ""))


def _checked(value: Any) -> Value:
    """The value, if it is one of ours and not too large."""
    if isinstance(value, list):
        return [_checked(item) for item in value]
    if callable(value):
        raise TypeError("a function needs (...) after its name")
    return sized(value)


def _choice(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    return f"{guess}there are: {', '.join(sorted(known))}"
