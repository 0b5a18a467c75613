"""Reads what-if edits as people type them: `demand[cafe2] *= 1.29; fix open[3] = 0; drop capacity[a]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from agentkit.errors import FormulationError
from agentkit.formulation.editing.edits import (
    ANY,
    AddEdit,
    AnyEdit,
    FixEdit,
    JoinEdit,
    RemoveEdit,
    ReplaceEdit,
    ScaleEdit,
    SetEdit,
    ShiftEdit,
)
from agentkit.formulation.elements import Constraint, Member, Objective
from agentkit.formulation.reading.yaml_text import read_yaml

__all__ = ["read_edits"]

_FORMS = "demand[cafe2] *= 1.29, budget += 100, fix open[3] = 0, drop limit, x[a] + x[b] <= 3"
_NAME = r"[A-Za-z_]\w*"
_TARGET = rf"(?P<name>{_NAME})\s*(?:\[(?P<members>[^\]]*)\])?"
_FIGURE = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")


def read_edits(text: str) -> tuple[AnyEdit, ...]:
    """The edits in a text, several separated by `;`.

    - `budget = 100`, `capacity[a] = 40`, `demand[cafe2] *= 1.29`, `cost += 5`, `cost -= 10%` change what is
      known; `*` stands for all members, and members need no quotes.
    - `fix open[3] = 0` and `upper(x[a]) = 5` change variables.
    - `drop limit`, `drop limit[a]` take constraints or rows of them away, `drop plants[a]` a member.
    - `x[a] + x[b] <= 3` and `add few: x[p] <= 3 for p in plants` are constraints to be added, and
      `add c to plants` a member.
    - `maximize …`, `minimize …` give another objective.

    Raises `FormulationError` with the place of what cannot be read.

    >>> [edit.kind for edit in read_edits("demand[cafe2] *= 1.29; fix open[3] = 0; drop limit")]
    ['scale', 'fix', 'remove']
    """
    found: list[AnyEdit] = []
    for place, piece in _pieces(text):
        try:
            found.append(_edit(piece, len(found) + 1))
        except FormulationError as error:
            where = place + (error.position or 0)
            raise FormulationError(
                error.what, element=f"edit {piece}", position=where, mend=error.mend
            ) from None
        except ValidationError as error:
            what = error.errors(include_url=False)[0]["msg"]
            raise FormulationError(what, element=f"edit {piece}", position=place) from None
    if not found:
        raise FormulationError("no edit is given", element="edit", mend=f"for example: {_FORMS}")
    return tuple(found)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """What stands between semicolons outside quotes and brackets, with where it begins."""
    ends = [*(place for place, letter in _outside(text) if letter == ";"), len(text)]
    for start, end in zip([0, *(end + 1 for end in ends)], ends, strict=False):
        piece = text[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), piece.strip()


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """The characters outside quotes and brackets, with their places."""
    quote, depth = "", 0
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif depth <= 0:
            yield place, letter


def _edit(piece: str, number: int) -> AnyEdit:
    for pattern, make in _READERS:
        found = re.fullmatch(pattern, piece, re.DOTALL | re.IGNORECASE)
        if found:
            return make(found)
    return _constraint(re.sub(r"^add\s+", "", piece, flags=re.IGNORECASE), number)


def _removed(found: re.Match[str]) -> AnyEdit:
    return RemoveEdit(name=found["name"], members=_members(found["members"]))


def _fixed(found: re.Match[str]) -> AnyEdit:
    value = _number(found["value"])
    if value is None:
        raise FormulationError(
            f"{found['value']} is no figure", element="edit", position=found.start("value")
        )
    return FixEdit(name=found["name"], members=_members(found["members"]), value=value)


def _joined(found: re.Match[str]) -> AnyEdit:
    parts = _members(found["member"].strip().removeprefix("(").removesuffix(")"))
    return JoinEdit(index_set=found["set"], member=parts[0] if len(parts) == 1 else parts)


def _sought(found: re.Match[str]) -> AnyEdit:
    sense: Any = found["sense"].lower().replace("ise", "ize")
    return ReplaceEdit(objective=Objective(sense=sense, expression=found["expression"].strip()))


def _bounded(found: re.Match[str]) -> AnyEdit:
    bound: Any = found["bound"].lower()
    value = _value(found["value"])
    return SetEdit(name=found["name"], members=_members(found["members"]), value=value, bound=bound)


def _assigned(found: re.Match[str]) -> AnyEdit:
    name, members, text = found["name"], _members(found["members"]), found["value"].strip()
    operator = found["operator"]
    if operator == "=":
        return SetEdit(name=name, members=members, value=_value(text))
    percent = text.endswith("%")
    figure = _number(text.removesuffix("%"))
    if figure is None:
        mend = "write = with an expression instead"
        raise FormulationError(
            f"{text} is no figure", element="edit", position=found.start("value"), mend=mend
        )
    share = figure / 100 if percent else figure
    if operator in ("*=", "/="):
        if operator == "/=" and not share:
            raise FormulationError(
                "nothing can be divided by 0", element="edit", position=found.start("value")
            )
        return ScaleEdit(name=name, members=members, factor=share if operator == "*=" else 1 / share)
    sign = 1 if operator == "+=" else -1
    if percent:
        return ScaleEdit(name=name, members=members, factor=1 + sign * share)
    return ShiftEdit(name=name, members=members, amount=sign * figure)


_READERS: tuple[tuple[str, Callable[[re.Match[str]], AnyEdit]], ...] = (
    (rf"(?:drop|remove|without)\s+{_TARGET}", _removed),
    (rf"fix\s+{_TARGET}\s*(?:==?|to|at)\s*(?P<value>\S.*)", _fixed),
    (rf"add\s+(?P<member>[^<>=]+?)\s+to\s+(?P<set>{_NAME})", _joined),
    (r"(?P<sense>maximi[sz]e|minimi[sz]e)[\s:]\s*(?P<expression>.+)", _sought),
    (rf"(?P<bound>lower|upper)\s*\(\s*{_TARGET}\s*\)\s*=(?!=)\s*(?P<value>.+)", _bounded),
    (rf"{_TARGET}\s*(?P<operator>[-+*/]?=)(?!=)\s*(?P<value>.+)", _assigned),
)


def _constraint(text: str, number: int) -> AnyEdit:
    """`name: rule for …`, of which name and loop may be missing."""
    named = re.match(rf"({_NAME})\s*:\s*", text)
    name = named[1] if named else f"what_if_{number}"
    rule = text[named.end() :] if named else text
    signs = "".join(letter if letter in "<>=!" else " " for _, letter in _outside(rule)).split()
    if not signs or "=" in signs:
        called = re.match(rf"({_NAME})\s*\(", rule)
        if (
            signs
            or not called
            or called[1] not in ("implies", "iff", "any", "all", "exactly", "at_least", "at_most")
        ):
            mend = "write == in a condition" if "=" in signs else f"for example: {_FORMS}"
            raise FormulationError("this is no edit", element="edit", position=0, mend=mend)
    loop = next(
        (place for place, letter in _outside(rule) if letter == "f" and _begins_loop(rule, place)), None
    )
    if loop is None:
        return AddEdit(constraint=Constraint(name=name, rule=rule))
    return AddEdit(
        constraint=Constraint(name=name, rule=rule[:loop].strip(), forall=rule[loop + 4 :].strip())
    )


def _begins_loop(rule: str, place: int) -> bool:
    return bool(re.match(r"\sfor\s", rule[place - 1 : place + 4])) if place else False


def _members(text: str | None) -> tuple[Member, ...]:
    """Members between brackets: quoted or not, figures as figures.

    >>> _members("a, 'b, c', 3, *, New York")
    ('a', 'b, c', 3, '*', 'New York')
    """
    if text is None or not text.strip():
        return ()
    ends = [place for place, letter in _outside(text) if letter == ","]
    starts = [0, *(end + 1 for end in ends)]
    parts = [text[a:b].strip() for a, b in zip(starts, [*ends, len(text)], strict=True)]
    if not all(parts):
        raise FormulationError("a member is missing between commas", element="edit")
    return tuple(_member(part) for part in parts)


def _member(text: str) -> Member:
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        return text[1:-1]
    if text == ANY or not _FIGURE.fullmatch(text):
        return text
    figure = float(text)
    return int(figure) if figure.is_integer() else figure


def _number(text: str) -> float | None:
    stripped = text.strip()
    return float(stripped) if _FIGURE.fullmatch(stripped) else None


def _value(text: str) -> Any:
    """A figure, nothing, a list or mapping as YAML has them, or an expression as it stands."""
    stripped = text.strip()
    if stripped.lower() in ("none", "null"):
        return None
    if stripped[:1] in ("[", "{"):
        return read_yaml(stripped).data
    if stripped.endswith("%") and (share := _number(stripped[:-1])) is not None:
        return share / 100
    return _member(stripped) if _FIGURE.fullmatch(stripped) else stripped
