"""Formulations drawn at random from a grammar of the language, for hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

__all__ = ["formulations"]

SETS = {"i": "I", "j": "J"}
"""Indices and the sets that they go through."""

FORALLS = {"": "", "i": "i in I", "j": "j in J", "ij": "i in I, j in J", "s": "(i, j) in S"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands, and what it may use there."""

    bound: str = ""
    """Indices."""
    depth: int = 2
    whole: bool = False
    """Whether it must be a whole number for whatever solution."""
    derived: bool = True
    """Whether named expressions may be used."""

    @property
    def inner(self) -> _Place:
        return replace(self, depth=self.depth - 1)


def formulations(*, linear: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Formulations with few members, all of whose variables have bounds."""
    return st.randoms(use_true_random=False).map(lambda random: _Writer(random, linear).formulation())


class _Writer:
    def __init__(self, random: Random, linear: bool) -> None:
        self._random = random
        self._linear = linear

    def formulation(self) -> dict[str, Any]:
        place = _Place()
        data: dict[str, Any] = {
            "sets": {"I": "range(3)", "J": ["a", "b"], "S": "{(i, j) for i in I for j in J if p[i] != q[j]}"},
            "parameters": {
                "p": {"over": "I", "values": self._figures(3)},
                "q": {"over": "J", "values": self._figures(2)},
                "r": {"over": "I, J", "values": [self._figures(2) for _ in range(3)]},
            },
            "variables": {
                "x": {"over": "I", "type": "integer", "lower": self._one_of(-3, -1, 0), "upper": 4},
                "y": {"over": "j in J", "upper": self._one_of("6 + q[j]", "5"), "lower": -1},
                "b": {"over": "I", "type": "binary"},
                "k": {"type": "integer", "upper": 2},
                "w": {"over": "S", "upper": 3},
            },
            # Of whole numbers: on its boundary, a truth about reals is taken either way each time it is used.
            "expressions": {
                "e": {"over": "i in I", "value": self._number(_Place("i", 2, whole=True, derived=False))}
            },
            "constraints": [self._constraint(n) for n in range(self._random.randint(1, 4))],
        }
        if self._random.random() < 0.8:
            data["objective"] = {self._one_of("minimize", "maximize"): self._number(place)}
        return data

    def _one_of(self, *options: Any) -> Any:
        return self._random.choice(options)

    def _figures(self, count: int) -> list[float]:
        return [self._one_of(-2, -1, 0, 0.5, 1, 2, 3) for _ in range(count)]

    def _constraint(self, number: int) -> dict[str, Any]:
        bound = self._one_of(*FORALLS)
        place = _Place("ij" if bound == "s" else bound)
        over = FORALLS[bound]
        if over and self._random.random() < 0.5:
            over = f"{over} if {self._known_condition(place)}"
        made = {"name": f"c{number}", "forall": over}
        if self._random.random() < 0.2:
            relation = self._one_of("<=", ">=", "==", "<")
            made["rule"] = f"{self._number(place)} {relation} {self._number(place)}"
            made["penalty"] = self._one_of("2", "0.5")
        else:
            made["rule"] = self._condition(place)
        return made

    def _number(self, place: _Place) -> str:
        """An expression that has a figure for its value."""
        if place.depth <= 0 or self._random.random() < 0.3:
            return self._leaf(place)
        inner = place.inner
        kinds = ["+", "-", "scaled", "abs", "max", "min", "minus", "count", "truth", "if", "over", "over"]
        kinds += [] if place.whole else ["piecewise", "half", "look-up", "joined"]
        kinds += [] if self._linear else ["product"]
        match self._one_of(*kinds):
            case "+" | "-" as sign:
                return f"({self._number(inner)} {sign} {self._number(inner)})"
            case "scaled":
                return f"{self._known_number(inner)} * ({self._number(inner)})"
            case "max" | "min" as name:
                return f"{name}({self._number(inner)}, {self._number(inner)})"
            case "abs":
                return f"abs({self._number(inner)})"
            case "minus":
                return f"(-({self._number(inner)}))"
            case "count":
                return f"count({self._condition(inner)}, {self._condition(inner)})"
            case "truth":
                return f"({self._comparison(inner)})"
            case "if":
                test = self._known_condition(place)
                return f"({self._number(inner)} if {test} else {self._number(inner)})"
            case "over":
                return self._over_members(place)
            case "piecewise":
                return f"piecewise({self._number(inner)}, {self._points()})"
            case "half":
                return f"({self._number(inner)}) / 2"
            case "look-up":
                return str(self._one_of("p[k]", "x[k]", "p[k] - x[2 - k]"))
            case "joined":
                return "sum(w[s, t] for (s, t) in S if s == i)" if "i" in place.bound else "y['a']"
        return f"({self._variable(inner)}) * ({self._variable(inner)})"

    def _over_members(self, place: _Place) -> str:
        free = [name for name in SETS if name not in place.bound]
        if not free:
            return self._leaf(place)
        name = self._one_of(*free)
        rows = replace(place.inner, bound=place.bound + name)
        if self._random.random() < 0.4:
            return f"sum({self._number(rows)} for {name} in {SETS[name]} if {self._known_condition(rows)})"
        return f"{self._one_of('sum', 'max', 'min')}({self._number(rows)} for {name} in {SETS[name]})"

    def _leaf(self, place: _Place) -> str:
        return self._constant(place) if self._random.random() < 0.25 else self._variable(place)

    def _points(self) -> str:
        """From far enough to the left to far enough to the right."""
        heights = [self._random.randint(-4, 6) for _ in range(4)]
        return str(list(zip((-60, 0, 3, 60), heights, strict=True)))

    def _constant(self, place: _Place) -> str:
        return str(self._one_of(-3, -1, 0, 1, 2, 5, *(() if place.whole else (0.5, 2.5))))

    def _known_number(self, place: _Place) -> str:
        if place.whole:
            return self._constant(place)
        options = ["2", "-1", "0.5", "len(I)", "0"]
        options += ["p[i]", "i", "(i + 1)", "position(I, i)"] if "i" in place.bound else []
        options += ["q[j]", "round(q[j])", "max(q[j], 1)"] if "j" in place.bound else []
        options += ["r[i, j]", "r[i, j] // 2"] if {"i", "j"} <= set(place.bound) else []
        return str(self._one_of(*options))

    def _variable(self, place: _Place) -> str:
        options = ["k", "x[0]", "b[2]", "x[last(I)]"]
        options += ["x[i]", "b[i]", "x[i]"] if "i" in place.bound else []
        if not place.whole:
            options += ["y['a']"] + (["e[1]"] if place.derived else [])
            options += ["e[i]"] if "i" in place.bound and place.derived else []
            options += ["y[j]", "y[j]"] if "j" in place.bound else []
        return str(self._one_of(*options))

    def _known_condition(self, place: _Place) -> str:
        options = ["len(S) > 3", "p[0] < 1"]
        if "i" in place.bound:
            options += ["p[i] > 0", "i != 1", "i > first(I) and p[previous(I, i)] <= 1", "i in [0, 2]"]
        options += ["q[j] >= 1", "j == 'a'", "j != first(J)"] if "j" in place.bound else []
        if {"i", "j"} <= set(place.bound):
            options += ["(i, j) in S", "not (r[i, j] > 0)", "i * 2 + 1 == r[i, j]"]
        return str(self._one_of(*options))

    def _comparison(self, place: _Place) -> str:
        inner = place.inner
        match self._one_of("size", "size", "equal", "chained"):
            case "size":
                relation = self._one_of("<=", ">=", "<", ">")
                return f"{self._number(inner)} {relation} {self._number(inner)}"
            case "equal":
                whole = replace(inner, whole=True)
                return f"{self._number(whole)} {self._one_of('==', '!=')} {self._number(whole)}"
        return f"{self._one_of('-3', '0')} <= {self._number(inner)} <= {self._one_of('2', '4.5')}"

    def _condition(self, place: _Place) -> str:
        """What holds or does not."""
        if place.depth <= 0:
            return str(self._one_of(self._comparison(place), "b[0]", "not b[1]"))
        inner = place.inner
        kinds = ("comparison", "comparison", "or", "and", "not", "implies", "iff", "number", "over")
        match self._one_of(*kinds):
            case "or" | "and" as name:
                return f"({self._condition(inner)} {name} {self._condition(inner)})"
            case "not":
                return f"not ({self._condition(inner)})"
            case "implies" | "iff" as name:
                return f"{name}({self._condition(inner)}, {self._condition(inner)})"
            case "number":
                name = self._one_of("exactly", "at_least", "at_most")
                return f"{name}(1, {self._condition(inner)}, {self._condition(inner)})"
            case "over" if any(name not in place.bound for name in SETS):
                name = self._one_of(*(name for name in SETS if name not in place.bound))
                rows = replace(inner, bound=place.bound + name)
                return f"{self._one_of('any', 'all')}({self._condition(rows)} for {name} in {SETS[name]})"
        return self._comparison(place)
