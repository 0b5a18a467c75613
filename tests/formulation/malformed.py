"""Valid formulations with faults put into them: what people and models get wrong, what attackers try."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

from agentkit.formulation.reading.yaml_text import read_yaml
from tests.formulation.examples import EXAMPLES, FOLDER

__all__ = ["BASES", "Base", "Path", "faulty_formulations"]

Path: TypeAlias = tuple[Any, ...]
"""Keys and places that lead to a part of plain data."""

RICH = """
sets:
  plants: [a, b, New York]
  towns: [x, y]
  days: range(1, 5)
  arcs: "{(p, t) for p in plants for t in towns if cost[p, t] < 9}"
parameters:
  cost: {over: "plants, towns", values: {a: {x: 3, y: 4}, b: {x: 5, y: 2}, New York: {x: 8, y: 10}}}
  capacity: {over: plants, values: [50, 60, 70]}
  demand: {over: towns, values: {x: 40, y: 55}, default: 0}
  budget: 1000
  home: {values: a}
variables:
  ship: {over: "p in plants, t in towns", upper: "capacity[p]"}
  open: {over: plants, type: binary}
  level: {over: days, type: integer, lower: 0, upper: 9}
  kind: {type: integer, lower: 1, upper: 4}
expressions:
  sent: {over: p in plants, value: "sum(ship[p, t] for t in towns)"}
  twice: 2 * sum(sent[p] for p in plants)
constraints:
  limit: {forall: p in plants, rule: "sent[p] <= capacity[p] * open[p]"}
  met: {forall: t in towns, rule: "sum(ship[p, t] for p in plants) >= demand[t]"}
  money: sum(cost[p, t] * ship[p, t] for (p, t) in arcs) <= budget
  steps: {forall: d in days if d != first(days), rule: "abs(level[d] - level[previous(days, d)]) <= 2"}
  either: implies(open[home], any(level[d] >= 3 for d in days))
  soft: {rule: twice <= 150, penalty: 2}
  some: at_least(2, (open[p] for p in plants))
  chosen: level[kind] >= 1
objectives:
  - minimize: sum(cost[p, t] * ship[p, t] for p in plants for t in towns) + 20 * sum(open[p] for p in plants)
  - {name: calm, minimize: "max(level[d] for d in days) + piecewise(kind, [(1, 0), (2, 3), (4, 4)])"}
answer: "Send {twice}."
"""


@dataclass(frozen=True)
class Base:
    """A valid formulation as plain data."""

    name: str
    data: Mapping[str, Any]


BASES = (
    Base("rich", read_yaml(RICH).data),
    *(
        Base(one.name, read_yaml((FOLDER / one.name).read_text(encoding="utf-8")).data)
        for one in EXAMPLES
        if not one.data_files
    ),
)

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    "",
    " ",
    [],
    {},
    [[]],
    [None],
    {"": ""},
    -1,
    0.5,
    10**400,
    1e308,
    -1e308,
    float("inf"),
    float("nan"),
    "nobody",
    "nobody[3]",
    "x.__class__.__mro__",
    "(lambda: 1)()",
    "__import__('os').system('true')",
    "open('/etc/passwd')",
    "eval('1')",
    "[c for c in ().__class__.__base__.__subclasses__()]",
    "f'{1}'",
    "(y := 3)",
    "1 if True else 2",
    "1 <",
    "((",
    "'",
    "\0",
    "a\nb",
    "é + ü",
    "1 == 1",
    "10 ** 10 ** 10",
    "9" * 30,
    "range(10 ** 12)",
    "range(1, 5, 0)",
    "sum(1 for d in days)",
    "*days",
    "days",
    "kind ** 3",
    "1 / 0",
    "log(-1)",
    "inf",
    "-inf",
    "inf - inf",
    "p in plants",
    "p in p",
    "d in days if d",
    "plants * plants * plants",
    "(" * 200 + "1" + ")" * 200,
    "-" * 500 + "1",
    "not " * 400 + "1",
    "+".join(["1"] * 3000),
    "a" * 30_000,
    [[[[[[1]]]]]],
    {"name": "x"},
    {"over": "days"},
    {"table": "none.csv", "keys": ["k"], "value": "v"},
)
"""Values that stand where others are expected."""

TOKENS: tuple[str, ...] = (" + ", " - ", " * ", " / ", " ** 2", " <= ", " == ", " in ", " for ", " if ", ", ")
TOKENS += ("[", "]", "(", ")", "1", "0", "'zzz'", "x", "kind", "days", "plants", "p", "not ", "max(", ".real")
TOKENS += ("next(days, ", "len(", "abs(")
"""What is put into formulas."""

_NAME = re.compile(r"[A-Za-z_]\w*")


def _paths(data: Any, so_far: Path = ()) -> Iterator[Path]:
    """All parts of plain data but the whole."""
    if so_far:
        yield so_far
    pairs = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in pairs:
        yield from _paths(inner, (*so_far, key))


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _put(data: Any, path: Path, value: Any) -> None:
    _at(data, path[:-1])[path[-1]] = value


Fault: TypeAlias = Callable[[Any, st.DataObject], None]


def _replace(data: Any, draw: st.DataObject) -> None:
    """Something else in the place of a part."""
    path = draw.draw(st.sampled_from(list(_paths(data))), label="path")
    _put(data, path, copy.deepcopy(draw.draw(st.sampled_from(HOSTILE), label="value")))


def _drop(data: Any, draw: st.DataObject) -> None:
    """A part that is missing."""
    path = draw.draw(st.sampled_from(list(_paths(data))), label="path")
    del _at(data, path[:-1])[path[-1]]


def _rename(data: Any, draw: st.DataObject) -> None:
    """A field, an element or a member by another name."""
    paths = [path for path in _paths(data) if isinstance(path[-1], str)]
    path = draw.draw(st.sampled_from(paths), label="path")
    name = draw.draw(st.sampled_from(["zzz", "sum", "plants", "if", "two words", "", "kind", "é", "x-y"]))
    around = _at(data, path[:-1])
    changed = {(name if key == path[-1] else key): value for key, value in around.items()}
    around.clear()
    around.update(changed)


def _texts(data: Any) -> list[Path]:
    kept = ("title", "source", "answer", "unit")
    return [p for p in _paths(data) if isinstance(_at(data, p), str) and not set(kept) & set(map(str, p))]


def _other_name(data: Any, draw: st.DataObject) -> None:
    """A formula with a name that stands for something else, or nothing."""
    path = draw.draw(st.sampled_from(_texts(data)), label="path")
    text = _at(data, path)
    found = list(_NAME.finditer(text))
    if found:
        one = draw.draw(st.sampled_from(found), label="name")
        names = [*_names(data), "zzz", "sum", "implies"]
        new = draw.draw(st.sampled_from(names), label="new name")
        _put(data, path, text[: one.start()] + new + text[one.end() :])


def _names(data: Any) -> list[str]:
    lists = ("sets", "parameters", "variables", "expressions", "constraints")
    listed = [data[kind] for kind in lists if isinstance(data.get(kind), Mapping)]
    return sorted({str(name) for names in listed for name in names})


def _edit_text(data: Any, draw: st.DataObject) -> None:
    """A formula with something put in, or cut out."""
    path = draw.draw(st.sampled_from(_texts(data)), label="path")
    text = _at(data, path)
    start = draw.draw(st.integers(0, len(text)), label="from")
    end = draw.draw(st.integers(start, min(len(text), start + 6)), label="to")
    new = draw.draw(st.just("") | st.sampled_from(TOKENS), label="text")
    _put(data, path, text[:start] + new + text[end:])


def _swap(data: Any, draw: st.DataObject) -> None:
    """Two parts exchanged."""
    paths = list(_paths(data))
    first, second = (draw.draw(st.sampled_from(paths), label="path") for _ in range(2))
    if first[: len(second)] != second and second[: len(first)] != first:
        one, other = _at(data, first), _at(data, second)
        _put(data, first, other)
        _put(data, second, one)


def _repeat(data: Any, draw: st.DataObject) -> None:
    """An element twice."""
    lists = ("sets", "variables", "constraints", "parameters")
    kinds = [kind for kind in lists if isinstance(data.get(kind), dict)]
    if not kinds:
        return
    kind = draw.draw(st.sampled_from(kinds), label="kind")
    named = [
        {"name": name, **value} if isinstance(value, dict) and kind != "sets" else {"name": name}
        for name, value in data[kind].items()
    ]
    data[kind] = [*named, *named[:1]]


def _circle(data: Any, draw: st.DataObject) -> None:
    """Elements that need themselves."""
    name = draw.draw(st.sampled_from(["loop", "ring", "plants", "days"]), label="name")
    sets = data.setdefault("sets", {})
    if isinstance(sets, dict):
        sets[name] = f"{{i for i in other_{name}}}"
        sets[f"other_{name}"] = f"{name} | [1, 2]"
    parameters = data.setdefault("parameters", {})
    if isinstance(parameters, dict):
        parameters["spin"] = {"over": "spun", "values": [1]}
        if isinstance(sets, dict):
            sets["spun"] = "{i for i in range(3) if spin[i] > 0}"


def _bounds(data: Any, draw: st.DataObject) -> None:
    """Bounds that cross, are no figures, or are decided."""
    variables = data.get("variables")
    if not isinstance(variables, dict) or not variables:
        return
    name = draw.draw(st.sampled_from(sorted(variables)), label="variable")
    if isinstance(variables[name], dict):
        texts = ("5", "-5", name, "inf", "-inf", "'a'", "zzz", "1/0", "1e300", "[1]", "days", "")
        bounds = st.sampled_from(texts)
        variables[name]["lower"] = draw.draw(bounds, label="lower")
        variables[name]["upper"] = draw.draw(bounds, label="upper")


FAULTS: tuple[Fault, ...] = (
    _replace,
    _drop,
    _rename,
    _other_name,
    _edit_text,
    _edit_text,
    _other_name,
    _swap,
    _repeat,
    _circle,
    _bounds,
)


@st.composite
def faulty_formulations(draw: st.DrawFn) -> Any:
    """Plain data of a formulation with one to three faults, a few of which leave it valid."""
    base = draw(st.sampled_from(BASES))
    data = copy.deepcopy(dict(base.data))
    source = draw(st.data())
    for fault in draw(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3)):
        if list(_paths(data)):
            try:
                fault(data, source)
            except (KeyError, IndexError, TypeError, AttributeError):
                continue  # an earlier fault took away what this one needs
    return data
