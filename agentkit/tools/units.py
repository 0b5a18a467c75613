"""`convert_units`: exact conversion between units of measurement."""

from __future__ import annotations

import difflib
import math
import re
import threading
from fractions import Fraction
from functools import cache
from typing import Any

from agentkit.errors import ToolInputError
from agentkit.tools.exact_number import show_number
from agentkit.tools.tool import tool

__all__ = ["convert_units"]

MAX_CHARACTERS = 80

# pint fills its tables as it goes, and says nothing about threads.
_ONE_AT_A_TIME = threading.Lock()

_TOKEN = re.compile(
    r"""\s*(?: (?P<name>[^\W\d]\w*|°[CFR]?|%) (?P<power>\s*(?:\^|\*\*)\s*-?[1-9]|[⁻¹²³⁴]+)?
    | (?P<mark>[*/·]) | (?P<open>\() | (?P<close>\)) )""",
    re.VERBOSE,
)
_RAISED = str.maketrans("⁻¹²³⁴", "-1234")
_SPELLED = {"%": "percent", "°": "degree", "°C": "degC", "°F": "degF", "°R": "degR"}


@tool
def convert_units(value: int | float, from_unit: str, to_unit: str) -> str:
    """Convert a measurement exactly, temperatures too. Not for currencies.

    Args:
        from_unit: For example km/h, degC, m^2, lb.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ToolInputError("the value is not a number", where="convert_units", mend="give a finite one")
    # From the digits that the model wrote, not from the binary float that they became.
    amount = Fraction(repr(value))
    with _ONE_AT_A_TIME:
        text = show_number(_convert(amount, from_unit, to_unit))
    # The approximation will do: nobody measures in fractions.
    sign, result = ("≈", text.rpartition("≈ ")[2]) if "≈" in text else ("=", text)
    return f"{show_number(amount)} {from_unit.strip()} {sign} {result} {to_unit.strip()}".rstrip()


def _convert(amount: Fraction, from_unit: str, to_unit: str) -> Fraction:
    import pint

    registry = _registry()
    source, target = _unit(registry, from_unit), _unit(registry, to_unit)
    try:
        converted = registry.Quantity(amount, source).to(target).magnitude
    except pint.DimensionalityError:
        text = f"{from_unit!r} is {_dimension(source)}, {to_unit!r} is {_dimension(target)}"
        mend = "both must measure the same thing"
        raise ToolInputError(text, where="convert_units", mend=mend) from None
    except pint.PintError as error:
        text = f"{from_unit} cannot be converted to {to_unit}"
        raise ToolInputError(text, where="convert_units", mend="convert in smaller steps") from error
    return Fraction(converted)


@cache
def _registry() -> Any:
    """Made at the first conversion, as it takes half a second."""
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


def _unit(registry: Any, text: str) -> Any:
    """The unit that a text says. Raises `ToolInputError` where it is none."""
    import pint

    try:
        unit = registry.parse_units(_formula(registry, text))
    except pint.UndefinedUnitError as error:
        names = error.unit_names if isinstance(error.unit_names, str) else ", ".join(error.unit_names)
        raise ToolInputError(f"there is no unit called {names}", where=text, mend=_guess(names)) from None
    if any(name.startswith("decibel") or name in ("neper", "octave") for name in unit._units):
        raise ToolInputError("logarithmic units are not converted", where=text, mend="use calculate")
    return unit


def _formula(registry: Any, text: str) -> str:
    """The unit as pint reads it: names and small powers, multiplied or divided, and nothing else.

    pint would evaluate any formula, however long that takes.
    """
    if len(text) > MAX_CHARACTERS:
        raise ToolInputError("this is too long for a unit", where=text[:20], mend="write it like km/h")
    cleaned = re.sub(r"\bper\b", "/", text).strip()
    written: list[str] = []
    position, depth, wants_unit = 0, 0, True
    while position < len(cleaned):
        token = _TOKEN.match(cleaned, position)
        if token is None or (wants_unit and (token["mark"] or token["close"])):
            raise _malformed(text)
        if not wants_unit and (token["name"] or token["open"]):
            written.append("*")
        written.append(_written(registry, token))
        position = token.end()
        depth += bool(token["open"]) - bool(token["close"])
        wants_unit = bool(token["open"] or token["mark"])
        if depth < 0:
            raise _malformed(text)
    if depth or (wants_unit and written):
        raise _malformed(text)
    return "".join(written)


def _written(registry: Any, token: re.Match[str]) -> str:
    if not token["name"]:
        return "*" if token["mark"] == "·" else token[0].strip()
    if token["name"].lower() in ("nan", "inf", "infinity"):
        raise _malformed(token["name"])  # pint would take it for a number
    name, power = _SPELLED.get(token["name"], token["name"]), (token["power"] or "").translate(_RAISED)
    power = power.replace("^", "").replace("*", "").strip()
    # People write m2 for square metres; names that truly end in a figure (inch_H2O) do not come this far.
    if not power and name[-1] in "23" and name not in registry:
        name, power = name[:-1], name[-1]
    return f"{name}**{power}" if power else name


def _malformed(text: str) -> ToolInputError:
    mend = "units only, like km/h, kg*m/s^2 or J/(kg*K); numbers belong into the value"
    return ToolInputError("this is not a unit", where=repr(text), mend=mend)


def _guess(name: str) -> str:
    if re.fullmatch(r"[A-Z]{3}", name):
        return "currencies are not units: use calculate with an exchange rate"
    registry = _registry()
    known = [n for n in dir(registry) if not n.startswith("_") and not hasattr(type(registry), n)]
    if close := difflib.get_close_matches(name, known, n=3, cutoff=0.7):
        return f"did you mean {' or '.join(close)}?"
    return "write it out, such as kilometer or meter/second"


def _dimension(unit: Any) -> str:
    """For example [length]/[time]."""
    parts = {str(name): power for name, power in unit.dimensionality.items()}
    above = [_raised(name, power) for name, power in sorted(parts.items()) if power > 0]
    below = [_raised(name, -power) for name, power in sorted(parts.items()) if power < 0]
    if not parts:
        return "a plain number"
    return "*".join(above or ["1"]) + "".join(f"/{part}" for part in below)


def _raised(name: str, power: Any) -> str:
    return name if power == 1 else f"{name}^{power}"
