"""Formulations drawn at random from a grammar of the language, for hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

__all__ = ["formulations"]

ROWS = {"i": "I", "j": "J"}
"""Indices and the sets that they go through."""


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What an expression may use."""

    bound: frozenset[str] = frozenset()
    """Indices."""
    depth: int = 2
    whole: bool = False
    """Whether it must be a whole number for whatever solution."""
    linear: bool = True
    """Whether products of variables are left out."""

    def inner(self, *bound: str, **changes: Any) -> _Surroundings:
        return replace(self, bound=self.bound | set(bound), depth=self.depth - 1, **changes)


@st.composite
def formulations(draw: st.DrawFn, *, linear: bool = True) -> dict[str, Any]:
    """A formulation with few members, all of whose variables have bounds."""
    around = _Surroundings(linear=linear)
    data: dict[str, Any] = {
        "sets": {"I": "range(3)", "J": ["a", "b"], "S": "{(i, j) for i in I for j in J if p[i] != q[j]}"},
        "parameters": {
            "p": {"over": "I", "values": draw(_figures(3))},
            "q": {"over": "J", "values": draw(_figures(2))},
            "r": {"over": "I, J", "values": [draw(_figures(2)) for _ in range(3)]},
        },
        "variables": {
            "x": {"over": "I", "type": "integer", "lower": draw(st.integers(-3, 0)), "upper": 4},
            "y": {"over": "J", "upper": "6 + q[j]" if draw(st.booleans()) else 5, "lower": -1}
            | {"over": "j in J"},
            "b": {"over": "I", "type": "binary"},
            "k": {"type": "integer", "upper": 2},
            "w": {"over": "S", "upper": 3},
        },
        "expressions": {"e": {"over": "i in I", "value": draw(_number(replace(around, bound=frozenset("i"))))}},
        "constraints": [draw(_constraint(around, n)) for n in range(draw(st.integers(1, 4)))],
    }
    if draw(st.integers(0, 5)):
        data["objective"] = {draw(st.sampled_from(["minimize", "maximize"])): draw(_number(around))}
    return data


def _figures(count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.sampled_from([-2, -1, 0, 0.5, 1, 2, 3]), min_size=count, max_size=count)


@st.composite
def _constraint(draw: st.DrawFn, around: _Surroundings, number: int) -> dict[str, Any]:
    bound = draw(st.sampled_from(["", "i", "j", "ij", "w"]))
    over = {
        "": "",
        "i": "i in I",
        "j": "j in J",
        "ij": "i in I, j in J",
        "w": "(i, j) in S",
    }[bound]
    names = "" if not bound else bound if bound != "w" else "ij"
    inner = replace(around, bound=frozenset(names))
    if over and draw(st.booleans()):
        over = f"{over} if {draw(_known_condition(inner))}"
    made: dict[str, Any] = {"name": f"c{number}", "forall": over}
    if draw(st.integers(0, 4)) == 0:
        made["rule"] = f"{draw(_number(inner))} {draw(st.sampled_from(['<=', '>=', '==']))} {draw(_number(inner))}"
        made["penalty"] = draw(st.sampled_from(["2", "0.5"]))
    else:
        made["rule"] = draw(_condition(inner))
    return made


def _number(around: _Surroundings) -> st.SearchStrategy[str]:
    """An expression with a figure for its value."""
    leaves = [_constant(around), _variable(around), _variable(around)]
    if around.depth <= 0:
        return st.one_of(leaves)
    inner = around.inner()
    kinds: list[st.SearchStrategy[str]] = [
        *leaves,
        st.builds("({} + {})".format, _number(inner), _number(inner)),
        st.builds("({} - {})".format, _number(inner), _number(inner)),
        st.builds("{} * ({})".format, _known_number(inner), _number(inner)),
        st.builds("abs({})".format, _number(inner)),
        st.builds("{}({}, {})".format, st.sampled_from(["max", "min"]), _number(inner), _number(inner)),
        st.builds("(-({}))".format, _number(inner)),
        st.builds("count({}, {})".format, _condition(inner), _condition(inner)),
        st.builds("({})".format, _comparison(inner)),
        st.builds("({} if {} else {})".format, _number(inner), _known_condition(inner), _number(inner)),
        *(_over_rows(inner, name) for name in ROWS if name not in around.bound),
    ]
    if not around.whole:
        kinds += [
            st.builds("piecewise({}, {})".format, _number(inner), _points()),
            st.builds("({}) / 2".format, _number(inner)),
            st.just("p[k]"),
            st.just("sum(w[i, j] for (i, j) in S)") if not around.bound else st.just("y['a']"),
        ]
        if "i" in around.bound:
            kinds.append(st.just("sum(w[s, t] for (s, t) in S if s == i)"))
    if not around.linear:
        kinds.append(st.builds("({}) * ({})".format, _variable(inner), _variable(inner)))
    return st.one_of(kinds)


def _over_rows(around: _Surroundings, name: str) -> st.SearchStrategy[str]:
    inner = replace(around, bound=around.bound | {name})
    function = st.sampled_from(["sum", "sum", "max", "min"])
    whole = st.builds("{}({} for {} in {})".format, function, _number(inner), st.just(name), st.just(ROWS[name]))
    some = st.builds(
        "sum({} for {} in {} if {})".format,
        _number(inner),
        st.just(name),
        st.just(ROWS[name]),
        _known_condition(inner),
    )
    return st.one_of(whole, some)


def _points() -> st.SearchStrategy[str]:
    """From far enough to the left to far enough to the right."""
    heights = st.lists(st.integers(-4, 6), min_size=4, max_size=4)
    return heights.map(lambda h: f"[(-60, {h[0]}), (0, {h[1]}), (3, {h[2]}), (60, {h[3]})]")


def _constant(around: _Surroundings) -> st.SearchStrategy[str]:
    figures = [-3, -1, 0, 1, 2, 5]
    return st.sampled_from([str(f) for f in figures] + ([] if around.whole else ["0.5", "2.5"]))


def _known_number(around: _Surroundings) -> st.SearchStrategy[str]:
    if around.whole:
        return _constant(around)
    options = [st.sampled_from(["2", "-1", "0.5", "len(I)", "0"])]
    if "i" in around.bound:
        options.append(st.sampled_from(["p[i]", "i", "(i + 1)", "position(I, i)"]))
    if "j" in around.bound:
        options.append(st.sampled_from(["q[j]", "round(q[j])", "max(q[j], 1)"]))
    if {"i", "j"} <= around.bound:
        options.append(st.just("r[i, j]"))
    return st.one_of(options)


def _variable(around: _Surroundings) -> st.SearchStrategy[str]:
    options = ["k", "x[0]", "b[2]", "x[last(I)]"]
    if "i" in around.bound:
        options += ["x[i]", "b[i]", "x[i]"]
    if not around.whole:
        options += ["y['a']", "e[1]"]
        options += ["e[i]"] if "i" in around.bound else []
        options += ["y[j]"] if "j" in around.bound else []
    return st.sampled_from(options if around.depth < 2 or "i" not in around.bound else options)


def _known_condition(around: _Surroundings) -> st.SearchStrategy[str]:
    options = ["len(S) > 3", "p[0] < 1"]
    if "i" in around.bound:
        options += ["p[i] > 0", "i != 1", "i > first(I) and p[previous(I, i)] <= 1", "i in [0, 2]"]
    if "j" in around.bound:
        options += ["q[j] >= 1", "j == 'a'", "j != first(J)"]
    if {"i", "j"} <= around.bound:
        options += ["(i, j) in S", "not (r[i, j] > 0)", "i * 2 + 1 == r[i, j]"]
    return st.sampled_from(options)


def _comparison(around: _Surroundings) -> st.SearchStrategy[str]:
    inner = around.inner()
    sizes = st.builds("{} {} {}".format, _number(inner), st.sampled_from(["<=", ">=", "<", ">"]), _number(inner))
    whole = around.inner(whole=True)
    equal = st.builds("{} {} {}".format, _number(whole), st.sampled_from(["==", "!="]), _number(whole))
    chained = st.builds("{} <= {} <= {}".format, _constant(inner), _number(inner), _constant(inner))
    return st.one_of(sizes, sizes, equal, chained)


def _condition(around: _Surroundings) -> st.SearchStrategy[str]:
    """What holds or does not."""
    if around.depth <= 0:
        return st.one_of(_comparison(around), st.sampled_from(["b[0]", "b[1]", "not b[1]"]))
    inner = around.inner()
    kinds = [
        _comparison(around),
        _comparison(around),
        st.builds("({} or {})".format, _condition(inner), _condition(inner)),
        st.builds("({} and {})".format, _condition(inner), _condition(inner)),
        st.builds("not ({})".format, _condition(inner)),
        st.builds("implies({}, {})".format, _condition(inner), _condition(inner)),
        st.builds("iff({}, {})".format, _condition(inner), _condition(inner)),
        st.builds(
            "{}(1, {}, {})".format,
            st.sampled_from(["exactly", "at_least", "at_most"]),
            _condition(inner),
            _condition(inner),
        ),
    ]
    for name in ROWS:
        if name not in around.bound:
            rows = replace(inner, bound=around.bound | {name})
            function = st.sampled_from(["any", "all"])
            text = f"{{}}({{}} for {name} in {ROWS[name]})"
            kinds.append(st.builds(text.format, function, _condition(rows)))
    return st.one_of(kinds)
