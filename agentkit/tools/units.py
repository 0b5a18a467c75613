"""`convert_units`: exact conversion between units of measurement."""

from __future__ import annotations

import difflib
import math
import re
import threading
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from agentkit.errors import ToolInputError
from agentkit.tools.exact_number import show_number
from agentkit.tools.tool import tool

if TYPE_CHECKING:
    from pint import UnitRegistry

__all__ = ["convert_units"]

MAX_CHARACTERS = 80

# pint fills its tables as it goes, and says nothing about threads.
_ONE_AT_A_TIME = threading.Lock()

_NAME = r"(?:[^\W\d][^\W\d]*(?:_[^\W\d]+)*(?:_?\d+)?|°[CFR]?|%)"
_POWER = r"(?:\s*(?:\^|\*\*)\s*-?[1-9]|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?"
_TOKEN = re.compile(rf"\s*(?:(?P<unit>{_NAME})(?P<power>{_POWER})|(?P<mark>[*/()·]))")
_TOO_MUCH = "pi-derived"


@tool
def convert_units(value: int | float, from_unit: str, to_unit: str) -> str:
    """Convert a measurement exactly, temperatures too. Not for currencies.

    Args:
        value: How much.
        from_unit: For example km/h, degC, kWh, m^2, lb, gallon.
        to_unit: Unit to convert to.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ToolInputError("the value is not a number", where="convert_units", mend="give a finite one")
    # From the digits that the model wrote, not from the binary float that they became.
    amount = Fraction(repr(value))
    with _ONE_AT_A_TIME:
        converted = _convert(amount, from_unit, to_unit)
    return f"{show_number(amount)} {from_unit.strip()} = {_approach(show_number(converted))} {to_unit.strip()}"
