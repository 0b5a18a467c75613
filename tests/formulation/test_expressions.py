"""The language: what can be written, and where the fault is in what cannot."""

from __future__ import annotations

import ast

import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.expressions import DEEPEST, MOST_CHARACTERS, parse_expression, parse_over
from agentkit.formulation.parts import terms_of


@pytest.mark.parametrize(
    "text",
    [
        "2 * x + y ** 2 - z / 3 // 4 % 5",
        "sum(cost[i, j] * x[i, j] for i in I for j in J if i != j and j in K) <= cap",
        "implies(not a or b, all(x[t] >= 1 for t in T)) and exactly(2, [a, b, c])",
        "x[t] - (x[t - 1] if t > first(T) else start)",
        "1 <= x['a b'] <= 2",
        "abs(max(x, 3) - min(y, z)) == piecewise(x, [(0, 0), (1, 5)])",
        "{(p, c) for p in P for c in C}",
        "a | b - c",
        "sum(x)\n  + sum(y)",
        "  x >= 1",
        "наклон * x[ö]",
    ],
)
def test_formulas_have_the_syntax_of_python(text: str) -> None:
    assert ast.dump(parse_expression(text).node) == ast.dump(
        ast.parse(text.strip().replace("\n", " "), mode="eval").body
    )


REFUSED = {
    "x.real": ("attributes", 0),
    "x + (lambda: 1)": ("functions cannot be defined", 5),
    "(y := 3)": ("nothing is assigned", 1),
    "{'a': 1}": ("mappings", 0),
    "x + f'{y}'": ("formatted strings", 4),
    "sum(*x)": ("stars", 4),
    "x[1:2]": ("slices", 2),
    "x ^ 2": ("write **", 0),
    "a & b": ("write and", 0),
    "~a": ("write not", 0),
    "a is b": ("write ==", 0),
    "x + None": ("only figures", 4),
    "x + ...": ("only figures", 4),
    "b'x'": ("only figures", 0),
    "2j * x": ("only figures", 0),
    "9" * 19: ("too large", 0),
    "x[0](y)": ("only functions of the language", 0),
    "sum(x, key=1)": ("no named arguments", 0),
    "abs(x, y)": ("takes 1 arguments, not 2", 0),
    "implies(a)": ("takes 2 arguments, not 1", 0),
    "at_least(2)": ("takes at least 2 arguments", 0),
    "range(1, 2, 3, 4)": ("takes 1 to 3 arguments", 0),
    "abs(x for x in y)": ("takes no `for`", 0),
    "sum(x[i] for i.j in I)": ("an index must be a name", 13),
    "sum(x for (i, i) in A)": ("bound twice", 10),
    "x <=": ("cannot be read", 4),
    "2 x": ("cannot be read", 2),
    "for p in plants": ("cannot be read", 0),
    "Ω + y.z": ("attributes", 4),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_shown_with_its_place(text: str) -> None:
    words, position = REFUSED[text]
    with pytest.raises(FormulationError) as caught:
        parse_expression(text, "rule r")
    assert words in str(caught.value)
    assert caught.value.element == "rule r"
    assert caught.value.position == position


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_is_no_formula(text: str) -> None:
    with pytest.raises(FormulationError, match="empty"):
        parse_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "x + " * MOST_CHARACTERS + "x",
        "(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1),
        "*".join(["x"] * 200),
        "-" * 300 + "x",
        "not " * 150 + "x",
        "**".join("x" * 150),
    ],
    ids=["long", "brackets", "factors", "signs", "nots", "powers"],
)
def test_no_formula_exhausts_the_stack(text: str) -> None:
    with pytest.raises(FormulationError, match=r"longer than|nested too deeply"):
        parse_expression(text)


def test_a_sum_may_have_any_number_of_terms() -> None:
    node = parse_expression(" - ".join(f"x{n}" for n in range(2000))).node
    assert isinstance(node, ast.BinOp)
    terms = terms_of(node)
    assert len(terms) == 2000
    assert [term.minus for term in terms[:3]] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "names", "conditions"),
    [
        ("", [], 0),
        ("plants, cities", [(), ()], 0),
        ("p in plants, c in cities", [("p",), ("c",)], 0),
        ("(i, j) in arcs", [("i", "j")], 0),
        ("p in plants if cost[p] > 3 if p != 'x'", [("p",)], 2),
        ("for p in plants for c in cities if c > p", [("p",), ("c",)], 1),
        ("t in range(1, 5), arcs", [("t",), ()], 0),
        ("t in (x if a else b)", [("t",)], 0),
    ],
)
def test_lists_of_indices(text: str, names: list[tuple[str, ...]], conditions: int) -> None:
    over = parse_over(text)
    assert [item.names for item in over.items] == names
    assert len(over.conditions) == conditions


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("p in plants if", "missing after `if`", None),
        ("p in plants if x.y", "attributes", 15),
        ("3 in plants", "an index must be a name", 0),
        ("p in plants, 7", "write `name in set`", 13),
        ("p in", "cannot be read", 4),
        ("(p in plants", "cannot be read", 0),
        ("(i, i) in arcs", "bound twice", 0),
    ],
)
def test_faults_in_lists_of_indices(text: str, words: str, position: int | None) -> None:
    with pytest.raises(FormulationError, match=words) as caught:
        parse_over(text, "constraint c")
    assert caught.value.position == position
