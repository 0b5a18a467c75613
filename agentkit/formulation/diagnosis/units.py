"""Units as people write them: `EUR/kg`, `machine hours per week`, `trucks`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = ["NEUTRAL", "Unit", "parse_unit"]

_PHYSICAL_WORDS = (
    "kg g mg gram kilogram tonne lb pound ounce oz km m cm mm meter metre kilometer kilometre mile foot "
    "ft inch yard s second min minute h hr hour day week month year l liter litre ml gallon gal barrel m3 "
    "cubic_meter j kj mj gj joule wh kwh mwh gwh w kw mw gw watt acre hectare ha m2 km2 ft2 mph kph byte "
    "kb mb gb cal kcal calorie kilowatt megawatt"
)
PHYSICAL = frozenset(_PHYSICAL_WORDS.split())
"""Words that physics understands; all others (trucks, EUR) are things by themselves."""

SAME: Mapping[str, str] = {
    "$": "usd",
    "dollar": "usd",
    "us$": "usd",
    "€": "eur",
    "euro": "eur",
    "£": "gbp",
    "¥": "yen",
    "t": "tonne",
    "ton": "tonne",
    "metric_ton": "tonne",
    "hr": "hour",
    "h": "hour",
    "hrs": "hour",
    "mins": "minute",
    "sec": "second",
    "wk": "week",
    "yr": "year",
    "people": "person",
    "men": "person",
    "man": "person",
    "foot": "ft",
    "feet": "ft",
    "ha": "hectare",
    "lbs": "lb",
}
"""Other words for the same."""

_NOTHING_WORDS = (
    "1 % percent percentage ratio fraction dimensionless none unit piece item count number each share "
    "binary boolean flag yes no pct unitless quantity amount"
)
NOTHING = frozenset(_NOTHING_WORDS.split())
"""Words that leave open what is counted: they fit whatever they meet."""

_PINT_NAMES: Mapping[str, str] = {
    "wh": "watt_hour",
    "kwh": "kilowatt_hour",
    "mwh": "megawatt_hour",
    "gwh": "gigawatt_hour",
    "kj": "kilojoule",
    "mj": "megajoule",
    "gj": "gigajoule",
    "j": "joule",
    "w": "watt",
    "kw": "kilowatt",
    "mw": "megawatt",
    "gw": "gigawatt",
    "tonne": "metric_ton",
    "m2": "meter**2",
    "km2": "kilometer**2",
    "ft2": "foot**2",
    "m3": "meter**3",
    "cubic_meter": "meter**3",
    "kb": "kilobyte",
    "mb": "megabyte",
    "gb": "gigabyte",
    "barrel": "oil_barrel",
    "min": "minute",
    "gal": "gallon",
    "ounce": "ounce",
    "kcal": "kilocalorie",
    "cal": "calorie",
}

_MANY: Mapping[str, float] = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "dozen": 12.0}

_TOKEN = re.compile(
    r"\s*(?:(per\b|/)|(\*\*|\^)|([*\u00b7\u00d7])|(\()|(\))|(of\b)|(\d+(?:\.\d+)?)|([^\W\d_][\w]*|[$€£¥%]))"
)

_RAISED = str.maketrans({"²": "^2", "³": "^3", "-": " "})


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as powers of base units, with a factor: km is 1000 metres."""

    powers: tuple[tuple[str, int], ...] = ()
    """Base unit (`[mass]`, `usd`, `truck`) and its power, sorted."""
    factor: float = 1.0
    neutral: bool = False
    """Fits whatever it meets: a share, a count of anything."""
    shown: str = field(default="", compare=False)
    """As it was written."""

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """The product, or (sign -1) the quotient."""
        if other.neutral:
            return self
        powers = dict(self.powers)
        for base, power in other.powers:
            powers[base] = powers.get(base, 0) + sign * power
        kept = tuple(sorted((base, power) for base, power in powers.items() if power))
        factor = self.factor * other.factor**sign
        if self.neutral and not kept:
            return self
        joint = "*" if sign > 0 else "/"
        shown = (
            f"{self.shown}{joint}{other.shown}" if self.shown else f"{'' if sign > 0 else '1/'}{other.shown}"
        )
        return Unit(kept, factor, False, shown)

    def fits(self, other: Unit) -> bool:
        """Whether both can be added and compared.

        People leave out what goes without saying, so that these fit, too: `hours` of what takes so many hours
        a piece (a thing that is left over on one side), and `kg/day` of what is indexed by days.
        """
        if self.neutral or other.neutral:
            return True
        ratio = dict(self.powers)
        for base, power in other.powers:
            ratio[base] = ratio.get(base, 0) - power
        left = {base: power for base, power in ratio.items() if power}
        factor = self.factor / other.factor
        if not left:
            return abs(factor - 1.0) <= 1e-6
        if set(left) == {"[time]"} and abs(left["[time]"]) == 1:
            return any(abs(factor ** left["[time]"] - period) <= 1e-6 * period for period in PERIODS)
        things = all(not _is_measure(base) for base in left)
        one_sided = all(power > 0 for power in left.values()) or all(power < 0 for power in left.values())
        return things and one_sided and abs(factor - 1.0) <= 1e-6

    @property
    def things(self) -> str:
        """What it counts, `truck`; empty where it is a measure, money, or nothing in particular."""
        if len(self.powers) != 1 or self.powers[0][1] != 1:
            return ""
        word = self.powers[0][0]
        return "" if _is_measure(word) else word


NEUTRAL = Unit(neutral=True)
"""Fits whatever it meets."""

_MONEY_WORDS = "usd eur gbp yen cent rupee inr cny rmb yuan franc chf krona peso money"
MONEY = frozenset(_MONEY_WORDS.split())


PERIODS = (3600.0, 86400.0, 604800.0, 2629800.0, 31557600.0)
"""An hour, a day, a week, a month, a year, in seconds."""


def _is_measure(base: str) -> bool:
    return base.startswith("[") or base in MONEY


def parse_unit(text: str) -> Unit | None:
    """A unit out of words; None where there is none or it cannot be read.

    >>> parse_unit("kg/day").powers, parse_unit("trucks").things, parse_unit("km").factor
    ((('[mass]', 1), ('[time]', -1)), 'truck', 1000.0)
    >>> parse_unit("EUR per kg").times(parse_unit("kg")).fits(parse_unit("euros"))
    True
    """
    text = text.strip().lower().translate(_RAISED)
    if not text:
        return None
    tokens = _tokens(text)
    if tokens is None:
        return None
    reader = _Reader(tokens)
    found = reader.product()
    if found is None or not reader.done:
        return None
    return Unit(found.powers, found.factor, found.neutral, text)


def _tokens(text: str) -> list[tuple[str, str]] | None:
    kinds = ("per", "power", "times", "open", "close", "of", "figure", "word")
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        number = next(n for n, part in enumerate(match.groups()) if part is not None)
        found.append((kinds[number], match.group(number + 1)))
        place = match.end()
    return found


class _Reader:
    """product = term {("*" | "/" | "per") term}; term = words | "(" product ")" , with a power."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def _peek(self) -> str:
        return "" if self.done else self._tokens[self._at][0]

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]

    def product(self) -> Unit | None:
        total = self._term()
        while total is not None and self._peek() in ("per", "times"):
            sign = -1 if self._peek() == "per" else 1
            self._next()
            part = self._term()
            if part is None:
                return None
            total = total.times(part, sign)
        return total

    def _term(self) -> Unit | None:
        if self._peek() == "open":
            self._next()
            inner = self.product()
            if self._peek() != "close":
                return None
            self._next()
            return self._raised(inner)
        words: list[str] = []
        while self._peek() in ("word", "figure"):
            words.append(self._next())
        if self._peek() == "of":  # "units of product A": what follows tells of what
            while self._peek() in ("of", "word", "figure"):
                self._next()
        return self._raised(_of_words(words)) if words else None

    def _raised(self, unit: Unit | None) -> Unit | None:
        if unit is None or self._peek() != "power":
            return unit
        self._next()
        if self._peek() != "figure":
            return None
        power = int(float(self._next()))
        total = NEUTRAL
        for _ in range(power):
            total = total.times(unit)
        return total


def _of_words(words: list[str]) -> Unit | None:
    """`working days`: the last word counts, and how many of it: `thousand EUR`."""
    factor = 1.0
    for word in words[:-1]:
        factor *= _MANY.get(_single(word), 1.0)
        if re.fullmatch(r"\d+(\.\d+)?", word):
            factor *= float(word)
    last = _single(words[-1])
    if last in _MANY:
        return NEUTRAL
    if last in NOTHING or re.fullmatch(r"[\d.]+", last):
        return NEUTRAL
    measured = [word for word in map(_single, words) if word in PHYSICAL]
    if last in PHYSICAL:
        measure = NEUTRAL  # "ton miles": their product
        for word in measured:
            measure = measure.times(_measured(word))
        return Unit(measure.powers, measure.factor * factor, False, last)
    return Unit(((last, 1),), factor, False, last)


def _single(word: str) -> str:
    """In the singular, by the name that the same things have elsewhere."""
    if word in SAME:
        return SAME[word]
    if word.endswith("ies") and len(word) > 4:
        word = f"{word[:-3]}y"
    elif word.endswith(("ches", "shes", "xes", "sses")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    return SAME.get(word, word)


@lru_cache(maxsize=1)
def _registry() -> object:
    import pint

    return pint.UnitRegistry()


@lru_cache(maxsize=256)
def _measured(word: str) -> Unit:
    """A unit of physics in base units."""
    registry = _registry()
    # pint makes the class when the registry is made, which its types do not tell.
    quantity = registry.Quantity(1.0, _PINT_NAMES.get(word, word)).to_base_units()  # type: ignore[attr-defined]
    powers = tuple(sorted((base, int(power)) for base, power in quantity.dimensionality.items()))
    return Unit(powers, float(quantity.magnitude), False, word)
