"""Writes exact numbers down: as a decimal where that is finite, else as a fraction with an approximation."""

from __future__ import annotations

import math
from decimal import Context, Decimal
from fractions import Fraction

__all__ = ["show_number"]

EXACT_DIGITS = 40
"""Numbers with more digits than this are shown rounded, unless they are whole."""

WHOLE_DIGITS = 300
"""Whole numbers with more digits than this are shown rounded."""

SHOWN_DIGITS = 16
"""Digits that a rounded number is shown with."""


def show_number(value: Fraction | float) -> str:
    """The number as text; `≈` stands before whatever is not exact, as every float is taken to be.

    >>> show_number(Fraction(3, 8)), show_number(Fraction(22, 7)), show_number(2.5)
    ('0.375', '22/7 ≈ 3.142857142857143', '≈ 2.5')
    """
    if isinstance(value, float):
        return f"≈ {value:.15g}"
    if value.denominator == 1:
        digits = _digits(value.numerator)
        return str(value.numerator) if digits <= WHOLE_DIGITS else f"≈ {_rounded(value)}"
    decimals = _decimals(value.denominator)
    if decimals is None:
        short = _digits(value.numerator) + _digits(value.denominator) <= EXACT_DIGITS
        exact = f"{value.numerator}/{value.denominator} " if short else ""
        return f"{exact}≈ {_rounded(value)}"
    scaled = value.numerator * (10**decimals // value.denominator)
    if max(_digits(scaled), decimals) > EXACT_DIGITS:
        return f"≈ {_rounded(value)}"
    text = str(abs(scaled)).rjust(decimals + 1, "0")
    return f"{'-' if scaled < 0 else ''}{text[:-decimals]}.{text[-decimals:]}"


def _decimals(denominator: int) -> int | None:
    """How many decimals a fraction in lowest terms has; None where they never end, or are far too many."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def _digits(number: int) -> int:
    """Decimal digits, give or take one; cheap for large numbers."""
    return math.floor(abs(number).bit_length() * math.log10(2)) + 1


def _rounded(value: Fraction) -> str:
    context = Context(prec=SHOWN_DIGITS, Emax=999_999, Emin=-999_999)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{quotient.normalize(context):g}".replace("e+", "e")
