"""Reads formulations from JSON and YAML files, and writes them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from agentkit.errors import FormulationError
from agentkit.formulation.elements import AnswerLine, Element, Objective
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.json_text import read_json_text
from agentkit.formulation.reading.yaml_text import FlowList, FlowMapping, Steps, read_yaml, write_yaml

__all__ = [
    "TextForm",
    "element_line",
    "formulation_as_data",
    "formulation_of_text",
    "formulation_to_text",
    "read_formulation",
    "write_formulation",
]

TextForm = Literal["json", "yaml"]
"""How a formulation is written down."""

MOST_BYTES = 64 * 1024 * 1024
"""Larger files are refused: tables belong into data files."""

_BARE = {"sets": "members", "parameters": "values", "variables": "type", "expressions": "value"}
_BARE |= {"constraints": "rule"}
"""The lists of elements, and the field that a bare value stands for."""

_PLURALS = {
    "set": "sets",
    "parameter": "parameters",
    "variable": "variables",
    "expression": "expressions",
    "constraint": "constraints",
    "objective": "objectives",
}


def read_formulation(path: str | os.PathLike[str]) -> Formulation:
    """The formulation in a file: JSON where its name ends with `.json`, YAML otherwise.

    Raises `FormulationError` with the file, the line, and the element where there is one.
    """
    place = Path(path).expanduser()
    form: TextForm = "json" if place.suffix.lower() == ".json" else "yaml"
    return formulation_of_text(_text_of(place), form, where=place.name)


def formulation_of_text(text: str, form: TextForm = "yaml", where: str = "") -> Formulation:
    """The formulation in a text. Raises `FormulationError` as `read_formulation` does.

    >>> formulation_of_text("variables: {x: {upper: 4}}\\nobjective: {maximize: 3 * x}").variables[0].upper
    '4'
    """
    if form == "json":
        data, lines = read_json_text(text, where), None
    else:
        document = read_yaml(text, where)
        data, lines = document.data, document.lines
    if not isinstance(data, Mapping):
        what = "this holds no formulation: a mapping with `variables`, `constraints` and so on is needed"
        raise FormulationError(what, element="formulation", where=where)
    try:
        return Formulation.read(data)
    except FormulationError as error:
        line = _line_of(error.element, data, lines if lines is not None else _lines(text))
        place = f"{where}, line {line}" if where and line else where or (f"line {line}" if line else "")
        element = error.element or "formulation"
        raise FormulationError(
            error.what, element=element, position=error.position, where=place, mend=error.mend
        ) from error


def element_line(text: str, element: str) -> int | None:
    """The line on which an element such as `constraint capacity` begins in a formulation's text.

    >>> element_line("variables:\\n  x: {}\\nconstraints:\\n  cap: x <= 3", "constraint cap, penalty")
    4
    """
    try:
        document = read_yaml(text)
    except FormulationError:
        return None
    return _line_of(element, document.data, document.lines)


def write_formulation(formulation: Formulation, path: str | os.PathLike[str]) -> None:
    """Write it as JSON where the name ends with `.json`, as YAML otherwise.

    Raises `FormulationError` where the file cannot be written.
    """
    place = Path(path).expanduser()
    form: TextForm = "json" if place.suffix.lower() == ".json" else "yaml"
    text = formulation_to_text(formulation, form)
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise FormulationError(what, where=str(path), mend="choose another file") from error


def formulation_to_text(formulation: Formulation, form: TextForm = "yaml") -> str:
    """As short as it can be read: elements by name, what is not given left out.

    >>> toy = Formulation.read({"variables": {"x": {"upper": 4}}, "objective": {"maximize": "3 * x"}})
    >>> print(formulation_to_text(toy), end="")
    variables:
      x:
        upper: '4'
    objective:
      maximize: 3 * x
    """
    data = formulation_as_data(formulation)
    if form == "yaml":
        return write_yaml(data)
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def formulation_as_data(formulation: Formulation) -> dict[str, Any]:
    """As plain data of which `Formulation.read` makes an equal one."""
    found: dict[str, Any] = {}
    if formulation.title:
        found["title"] = formulation.title
    for kind, field in _BARE.items():
        elements = getattr(formulation, kind)
        if elements:
            found[kind] = _listed(elements, field)
    if len(formulation.objectives) == 1:
        found["objective"] = _objective(formulation.objectives[0], 0)
    elif formulation.objectives:
        found["objectives"] = [_objective(one, n) for n, one in enumerate(formulation.objectives)]
    if formulation.planning is not None:
        block = formulation.planning
        rest = block.model_dump(exclude={"fluents", "actions"}, exclude_defaults=True)
        listed = {"fluents": _listed(block.fluents, ""), "actions": _listed(block.actions, "")}
        found["planning"] = listed | {name: _plain(value) for name, value in rest.items()}
    if formulation.assumptions:
        found["assumptions"] = list(formulation.assumptions)
    if formulation.answer:
        lines = [_answer_line(line) for line in formulation.answer]
        found["answer"] = lines[0] if len(lines) == 1 and isinstance(lines[0], str) and lines[0] else lines
    return found


def _listed(elements: Sequence[Element], field: str) -> dict[str, Any] | list[dict[str, Any]]:
    """Elements by name; as a list where two have the same name."""
    written = [(element.name, _fields(element, field)) for element in elements]
    if len({name for name, _ in written}) < len(written):
        return [{"name": name, **fields} for name, fields in written]
    return {name: _bare(fields, field) for name, fields in written}


def _fields(element: Element, field: str) -> dict[str, Any]:
    """What is given of an element, the main field after `over` or `forall`."""
    given = element.model_dump(exclude={"name"}, exclude_defaults=True)
    order = ("forall", "over", field, "pre", "effects")
    names = sorted(given, key=lambda name: order.index(name) if name in order else len(order))
    compact = {"members", "values"}
    return {name: (_compact if name in compact else _plain)(given[name]) for name in names}


def _bare(fields: dict[str, Any], field: str) -> Any:
    """The value alone where nothing else is given and it cannot be taken for fields."""
    value = fields.get(field)
    return value if list(fields) == [field] and not isinstance(value, Mapping) else fields


def _objective(objective: Objective, number: int) -> dict[str, Any]:
    usual = "objective" if number == 0 else f"objective_{number + 1}"
    found: dict[str, Any] = {} if objective.name == usual else {"name": objective.name}
    found[objective.sense] = objective.expression
    return found | objective.model_dump(exclude={"name", "sense", "expression"}, exclude_defaults=True)


def _answer_line(line: AnswerLine) -> Any:
    given = line.model_dump(exclude_defaults=True)
    return given["text"] if list(given) == ["text"] else given


def _plain(value: Any) -> Any:
    """Lists for tuples and arrays; texts for keys that are tuples."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {_key(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _compact(value: Any) -> Any:
    """The same, the innermost lists and mappings to be written on one line."""
    plain = _plain(value)
    if isinstance(plain, Mapping):
        if any(isinstance(inner, (Mapping, list)) for inner in plain.values()):
            return {key: _compact(inner) for key, inner in plain.items()}
        return FlowMapping(plain)
    if isinstance(plain, list):
        if any(isinstance(inner, (Mapping, list)) for inner in plain):
            return [_compact(inner) for inner in plain]
        return FlowList(plain)
    return plain


def _key(key: Any) -> Any:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else key


def _text_of(place: Path) -> str:
    try:
        size = place.stat().st_size
        if size > MOST_BYTES:
            what = f"{size:,} bytes are too many"
            raise FormulationError(what, where=place.name, mend="put large tables into data files")
        return place.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FormulationError("there is no such file", where=str(place), mend="check the path") from None
    except OSError as error:
        raise FormulationError(f"cannot be read: {error.strerror}", where=str(place)) from error
    except UnicodeDecodeError as error:
        what = f"this is no text in UTF-8 (byte {error.start + 1:,})"
        raise FormulationError(what, where=place.name, mend="save it as UTF-8") from error


def _lines(text: str) -> Mapping[Steps, int]:
    """Where things stand in JSON, most of which is YAML too; nothing where it is not."""
    try:
        return read_yaml(text).lines
    except FormulationError:
        return {}


def _line_of(element: str, data: Any, lines: Mapping[Steps, int]) -> int | None:
    """The line of an element that an error names: `constraint capacity, penalty`, `objective`, `planning`."""
    kind, _, rest = element.partition(" ")
    name = re.split(r",| \(", rest, maxsplit=1)[0]
    plural = _PLURALS.get(kind, kind)
    tries: list[Steps] = [(plural, name)]
    listed = data.get(plural) if isinstance(data, Mapping) else None
    if isinstance(listed, list):
        tries += [
            (plural, n)
            for n, one in enumerate(listed)
            if isinstance(one, Mapping) and one.get("name") == name
        ]
        tries += [(plural, int(name) - 1)] if name.isdigit() else []
    tries += [("planning", f"{kind}s", name), (plural,), (kind,)]
    return next((lines[steps] for steps in tries if steps in lines), None)
