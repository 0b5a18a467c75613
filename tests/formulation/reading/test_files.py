"""Formulations in files: what is read is what was meant, and what is written is read back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.errors import FormulationError
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.files import (
    element_line,
    formulation_of_text,
    formulation_to_text,
    read_formulation,
    write_formulation,
)
from agentkit.formulation.reading.yaml_text import read_yaml, write_yaml
from agentkit.formulation.solve import solve
from tests.formulation.examples import EXAMPLES, Example

NAMES = [example.name for example in EXAMPLES]


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_every_example_has_the_optimum_that_is_known(example: Example) -> None:
    solution = solve(example.formulation, example.data)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(example.optimum)
    assert solution.violations == ()


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_what_is_written_is_read_back_the_same(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "again.yaml"
    write_formulation(example.formulation, path)
    assert read_formulation(path) == example.formulation


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_json_means_the_same_though_its_keys_are_texts(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "again.json"
    write_formulation(example.formulation, path)
    again = read_formulation(path)
    assert solve(again, example.data).objective == pytest.approx(example.optimum)
    assert formulation_to_text(again, "json") == path.read_text(encoding="utf-8")


def test_yaml_is_written_for_people() -> None:
    long = " + ".join(f"sum(x[p] for p in plants if p != {n})" for n in range(4))
    formulation = Formulation.read(
        {
            "sets": {"plants": ["a", "NO"], "arcs": {"members": [["a", "NO"]], "source": "One way only."}},
            "parameters": {"cost": {"over": "arcs", "values": {"a": {"NO": 2}}}, "budget": 100, "given": {}},
            "variables": {"x": {"over": "p in plants", "upper": "9"}, "y": "binary"},
            "constraints": {"long": f"{long} <= budget"},
            "objective": {"maximize": "y"},
        }
    )
    assert (
        formulation_to_text(formulation)
        == """\
sets:
  plants: [a, 'NO']
  arcs:
    members:
      - [a, 'NO']
    source: One way only.
parameters:
  cost:
    over: arcs
    values:
      a: {'NO': 2}
  budget: 100
  given: {}
variables:
  x:
    over: p in plants
    upper: '9'
  y: binary
constraints:
  long: >-
    sum(x[p] for p in plants if p != 0) + sum(x[p] for p in plants if p != 1) + sum(x[p] for p in plants
    if p != 2) + sum(x[p] for p in plants if p != 3) <= budget
objective:
  maximize: y
"""
    )


def test_words_that_older_yaml_takes_for_something_else_stay_text() -> None:
    text = "variables: {x: {}}\nsets:\n  s: [NO, no, on, yes, y, 2026-01-05, 12:30, 1_000, 007, 1, 2.5, '3']"
    members = formulation_of_text(text).sets[0].members
    words = ("NO", "no", "on", "yes", "y", "2026-01-05", "12:30", "1_000", "007")
    assert members == (*words, 1, 2.5, "3")


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("variables:\n  x: {}\n  x: {}\n", 3, "the key 'x' is given twice"),
        ("variables:\n  x: {upper: q[p]}\n", 2, "quote formulas that stand between"),
        ("title: a: b\n", 1, "quote texts that hold a colon"),
        ("title: [1\nsets: 3", 2, "not YAML"),
        ("title: !!python/object:os.system x\n", 1, "tags"),
        ("variables: {x: {}}\n---\ntitle: b\n", 2, "second document"),
        ("? [a, b]\n: 3\n", 1, "a key must be a text"),
        ("title: *nothing\n", 1, "nothing is called &nothing"),
        ("title: &me [*me]\n", 1, "nothing is called &me"),
        ("variables:\n\tx: {}\n", 2, "indent with spaces"),
        ("title: " + "9" * 5000, 1, "this figure is too long"),
        ("[" * 500 + "]" * 500, 1, "nested more than"),
    ],
)
def test_a_fault_of_yaml_has_its_line(text: str, line: int, part: str) -> None:
    with pytest.raises(FormulationError) as caught:
        formulation_of_text(text, "yaml", "f.yaml")
    assert str(caught.value).startswith(f"f.yaml, line {line}: ")
    assert part in str(caught.value)


def test_aliases_repeat_but_cannot_blow_up() -> None:
    assert read_yaml("a: &x [1, 2]\nb: *x").data == {"a": [1, 2], "b": [1, 2]}
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(FormulationError, match="more than 5,000,000 values"):
        read_yaml("\n".join(rows))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"title": "a",\n "sets": }', "f.json, line 2: this is not JSON"),
        ('{"title": "a",\n "title": "b"}', "f.json, line 2: the key 'title' is given twice"),
        ('{"title": NaN}', "f.json: NaN is no figure of JSON"),
        (
            '{"variables": {"x": {}},\n "constraints": {"cap": {"rul": "x <= 1"}}}',
            "f.json, line 2: constraint cap",
        ),
        ("[" * 100_000, "f.json: this is nested too deeply"),
        ("[]", "f.json: formulation: this holds no formulation"),
    ],
)
def test_a_fault_of_json_has_its_place(text: str, place: str) -> None:
    with pytest.raises(FormulationError) as caught:
        formulation_of_text(text, "json", "f.json")
    assert str(caught.value).startswith(place)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("variables:\n  x:\n    type: realx\n", "f.yaml, line 2: variable x: type"),
        ("variables:\n  - name: x\n  - name: y\n    uper: 3\n", "f.yaml, line 3: variable y: uper"),
        ("variables: {x: {}}\n\nobjective:\n  max: x\n", "f.yaml, line 3: objective"),
        ("planning:\n  fluents: {}\n  goal: []\n", "f.yaml, line 1: planning: fluents"),
        ("- a\n- b\n", "f.yaml: formulation: this holds no formulation"),
        ("", "f.yaml: formulation: this holds no formulation"),
    ],
)
def test_a_fault_of_an_element_names_it_and_its_line(text: str, place: str) -> None:
    with pytest.raises(FormulationError) as caught:
        formulation_of_text(text, "yaml", "f.yaml")
    assert str(caught.value).startswith(place)
    assert caught.value.element


def test_the_line_of_an_element_is_found_later_too() -> None:
    text = "variables:\n  x: {}\nconstraints:\n  # a limit\n  cap: x <= 3\n  low: x >= 1\n"
    assert element_line(text, "constraint low, penalty") == 6
    assert element_line(text, "variable x, lower") == 2
    assert element_line(text, "constraint none") == 3
    assert element_line("a: b: c", "constraint low") is None


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    with pytest.raises(FormulationError, match="there is no such file"):
        read_formulation(tmp_path / "none.yaml")
    with pytest.raises(FormulationError, match="cannot be read"):
        read_formulation(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe9t\xe9")
    with pytest.raises(FormulationError, match="UTF-8"):
        read_formulation(tmp_path / "latin.yaml")
    with pytest.raises(FormulationError, match="cannot be written"):
        write_formulation(Formulation(), tmp_path / "no" / "where.yaml")


def test_elements_of_the_same_name_are_written_as_a_list() -> None:
    rows = [{"name": "c", "rule": "x <= 1"}, {"name": "c", "rule": "x <= 2"}]
    formulation = Formulation.read({"variables": {"x": {}}, "constraints": rows})
    assert formulation_of_text(formulation_to_text(formulation)) == formulation


TEXTS = st.text(st.characters(codec="utf-8"), max_size=130)
SCALARS = TEXTS | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.booleans() | st.none()
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_any_plain_data_survive_yaml(data: Any) -> None:
    assert read_yaml(write_yaml(data)).data == data


@given(st.text(alphabet="ab \n:#'\"-[]{}>|&*!%@,?0.eE_", max_size=200))
def test_any_text_survives_yaml_as_text(text: str) -> None:
    assert read_yaml(write_yaml({"x": text})).data == {"x": text}


@given(st.text(alphabet="ab: \n[]{}-&*!'\"#,1", max_size=60))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        read_yaml(text, "f.yaml")
    except FormulationError as error:
        assert error.where.startswith("f.yaml")


def test_json_is_as_short() -> None:
    formulation = Formulation.read({"variables": {"x": "binary"}, "objective": {"maximize": "x"}})
    assert json.loads(formulation_to_text(formulation, "json")) == {
        "variables": {"x": "binary"},
        "objective": {"maximize": "x"},
    }
