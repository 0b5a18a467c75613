"""The operators and functions of exact arithmetic: exact wherever the result is a fraction, else floats."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

__all__ = ["CONSTANTS", "FUNCTIONS", "OPERATORS", "Value", "sized"]

Number: TypeAlias = "bool | Fraction | float"

Value: TypeAlias = "bool | Fraction | float | list[Value]"
"""Exact numbers are fractions; a float is something that could not be had exactly."""

MAX_BITS = 12_000
"""Largest numerator or denominator: about 3,600 digits."""

MAX_FACTORIAL = 1_000
MAX_PLACES = 1_000

CONSTANTS: dict[str, Value] = {"e": math.e, "pi": math.pi}


def _number(value: Any) -> Fraction | float:
    if isinstance(value, list):
        raise TypeError("a list where one number is needed")
    if isinstance(value, float):
        return value
    if isinstance(value, int | Fraction):
        return Fraction(value)
    raise TypeError("a function needs (...) after its name")


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def sized(value: Any) -> Number:
    """The result in our own types. Raises `OverflowError` where it is too large to go on with."""
    if isinstance(value, bool):
        return value
    if isinstance(value, complex):
        raise ValueError("the result is not a real number")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OverflowError
        return value
    exact = Fraction(value)
    if _bits(exact) > MAX_BITS:
        raise OverflowError
    return exact


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Number]:
    return lambda left, right: sized(function(_number(left), _number(right)))


def _unary(function: Callable[[Any], Any]) -> Callable[[Any], Number]:
    return lambda value: sized(function(_number(value)))


def _inexact(function: Callable[..., float]) -> Callable[..., Number]:
    return lambda *values: sized(function(*(float(_number(value)) for value in values)))


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def _power(base: Any, exponent: Any) -> Number:
    """Exact for whole exponents and for square roots that come out even; a float for the rest."""
    low, high = _number(base), _number(exponent)
    if isinstance(low, Fraction) and isinstance(high, Fraction):
        if high.denominator == 1:
            if low in (0, 1, -1) or _bits(low) * abs(high) <= MAX_BITS:
                return sized(low**high.numerator if low not in (1, -1) else low ** (high.numerator % 2))
        elif high.denominator == 2 and low >= 0:
            root = _square_root(low)
            if isinstance(root, Fraction):
                return _power(root, Fraction(high.numerator))
    return sized(float(low) ** float(high))


def _square_root(value: Any) -> Number:
    number = _number(value)
    if number < 0:
        raise ValueError("the square root of a negative number is not real")
    if isinstance(number, Fraction):
        top, bottom = math.isqrt(number.numerator), math.isqrt(number.denominator)
        if top * top == number.numerator and bottom * bottom == number.denominator:
            return Fraction(top, bottom)
    return math.sqrt(number)


def _exactly(number: Fraction | float) -> Fraction:
    """A float as the decimal that it is shown as."""
    return number if isinstance(number, Fraction) else Fraction(repr(number))


def _scale(places: Any) -> Fraction:
    wanted = _whole(places)
    if abs(wanted) > MAX_PLACES:
        raise OverflowError
    return Fraction(10) ** wanted


def _like(number: Fraction | float, rounded: Fraction) -> Number:
    return sized(float(rounded) if isinstance(number, float) else rounded)


def _round(x: Any, n: Any = Fraction(0)) -> Number:
    """Halves go away from zero, as people expect of money."""
    number, scale = _number(x), _scale(n)
    scaled = _exactly(number) * scale
    away = math.floor(abs(scaled) + Fraction(1, 2))
    return _like(number, Fraction(away if scaled >= 0 else -away) / scale)


def _round_half_even(x: Any, n: Any = Fraction(0)) -> Number:
    number, scale = _number(x), _scale(n)
    return _like(number, Fraction(round(_exactly(number) * scale)) / scale)


def _whole(value: Any) -> int:
    number = _number(value)
    if isinstance(number, float) or number.denominator != 1:
        raise ValueError(f"{float(number):g} is not a whole number")
    return number.numerator


def _factorial(value: Any) -> Number:
    number = _whole(value)
    if number > MAX_FACTORIAL:
        raise OverflowError
    return Fraction(math.factorial(number))


def _of_whole(function: Callable[..., int]) -> Callable[..., Number]:
    def count(*values: Any) -> Number:
        numbers = [_whole(value) for value in values]
        if function in (math.comb, math.perm) and max(map(abs, numbers), default=0) > MAX_FACTORIAL:
            raise OverflowError
        return sized(function(*numbers))

    return count


def _flat(values: tuple[Any, ...]) -> list[Fraction | float]:
    """Numbers given one by one, in lists, or both."""
    numbers: list[Fraction | float] = []
    for value in values:
        numbers.extend(_flat(tuple(value)) if isinstance(value, list) else [_number(value)])
    return numbers


def _over(function: Callable[[list[Any]], Any], *, at_least: int = 1) -> Callable[..., Number]:
    def apply(*values: Any) -> Number:
        numbers = _flat(values)
        if len(numbers) < at_least:
            raise ValueError(f"at least {at_least} number{'s are' if at_least > 1 else ' is'} needed")
        return sized(function(numbers))

    return apply


def _mean(numbers: list[Any]) -> Any:
    return sum(numbers, Fraction(0)) / len(numbers)


def _median(numbers: list[Any]) -> Any:
    ordered, middle = sorted(numbers), len(numbers) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _deviation(numbers: list[Any]) -> Any:
    """Of a sample: divided by one less than there are."""
    mean = _mean(numbers)
    return _square_root(sum(((x - mean) ** 2 for x in numbers), Fraction(0)) / (len(numbers) - 1))


def _product(numbers: list[Any]) -> Any:
    product: Any = Fraction(1)
    for number in numbers:
        product = sized(product * number)
    return product


OPERATORS: dict[type[ast.AST], Callable[..., Number]] = {
    ast.Add: _binary(operator.add),
    ast.Sub: _binary(operator.sub),
    ast.Mult: _binary(operator.mul),
    ast.Div: _binary(operator.truediv),
    ast.FloorDiv: _binary(operator.floordiv),
    ast.Mod: _binary(operator.mod),
    ast.Pow: _power,
    ast.UAdd: _unary(operator.pos),
    ast.USub: _unary(operator.neg),
    ast.Not: lambda value: not value,
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _binary(operator.lt),
    ast.LtE: _binary(operator.le),
    ast.Gt: _binary(operator.gt),
    ast.GtE: _binary(operator.ge),
}

FUNCTIONS: dict[str, Callable[..., Number]] = {
    "abs": _unary(abs),
    "acos": _inexact(math.acos),
    "asin": _inexact(math.asin),
    "atan": _inexact(math.atan),
    "ceil": _unary(math.ceil),
    "comb": _of_whole(math.comb),
    "cos": _inexact(math.cos),
    "count": lambda *values: Fraction(len(_flat(values))),
    "degrees": _inexact(math.degrees),
    "exp": _inexact(math.exp),
    "factorial": _factorial,
    "floor": _unary(math.floor),
    "gcd": _of_whole(math.gcd),
    "lcm": _of_whole(math.lcm),
    "log": _inexact(math.log),
    "log10": _inexact(math.log10),
    "log2": _inexact(math.log2),
    "max": _over(max),
    "mean": _over(_mean),
    "median": _over(_median),
    "min": _over(min),
    "perm": _of_whole(math.perm),
    "pow": _power,
    "product": _over(_product, at_least=0),
    "radians": _inexact(math.radians),
    "round": _round,
    "round_half_even": _round_half_even,
    "sin": _inexact(math.sin),
    "sqrt": _square_root,
    "stdev": _over(_deviation, at_least=2),
    "sum": _over(lambda numbers: sum(numbers, Fraction(0)), at_least=0),
    "tan": _inexact(math.tan),
    "trunc": _unary(math.trunc),
}
