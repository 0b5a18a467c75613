"""Compares a formulation with the text of its task: sentences that are not in it, figures that got lost."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.diagnosis.suspicion import Suspicion
from agentkit.formulation.diagnosis.wording import joined
from agentkit.formulation.elements import Element
from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.instance import Instance
from agentkit.formulation.names import formulas_of
from agentkit.formulation.values import Numbers

__all__ = ["Figure", "figures_of_text", "text_suspicions"]

SHARED_WORDS = 0.6
"""What share of a source's words must stand close together in the task."""

_TO_TWENTY = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
WORDS = {word: float(figure) for figure, word in enumerate(_TO_TWENTY.split(), start=2)} | {
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "sixty": 60.0,
    "hundred": 100.0,
    "dozen": 12.0,
    "half": 0.5,
}
"""Figures in words. One stands for too much else."""

_SUFFIX = r"(?:\s*(%|percent\b|thousand\b|million\b|billion\b|k\b))?"
_FIGURE = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:\s*/\s*(\d+))?" + _SUFFIX, re.IGNORECASE
)
_NUMBERING = re.compile(r"(?m)^\s*\(?\d{1,2}[.):]\s")
_WORD = re.compile(r"[a-z0-9]+")
_MANY = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the task."""

    text: str
    """As it is written."""
    meanings: tuple[float, ...]
    """What may stand for it in a formulation: 5, 0.05, 1.05 or 0.95 for `5%`."""


def text_suspicions(instance: Instance, task_text: str) -> Iterator[Suspicion]:
    """What the formulation and the text do not share."""
    yield from _sources(instance, task_text)
    yield from _lost_figures(instance, task_text)


def figures_of_text(text: str) -> list[Figure]:
    """The figures of a text, in words, too; not the numbers of its paragraphs.

    >>> [figure.text for figure in figures_of_text("1. Two trucks carry 1,200 kg, at 5% off.")]
    ['Two', '1,200', '5%']
    """
    plain = _NUMBERING.sub(" ", text)
    found = [(match.start(), _figure(match)) for match in _FIGURE.finditer(plain)]
    for match in re.finditer(r"[A-Za-z]+", plain):
        if match.group().lower() in WORDS:
            found.append((match.start(), Figure(match.group(), (WORDS[match.group().lower()],))))
    return [figure for _, figure in sorted(found, key=lambda pair: pair[0])]


def _figure(match: re.Match[str]) -> Figure:
    value = float(match.group(1).replace(",", ""))
    suffix = (match.group(3) or "").lower()
    meanings = [value]
    if match.group(2) and float(match.group(2)):
        meanings = [value / float(match.group(2)), value]
    if suffix in ("%", "percent"):
        share = value / 100
        meanings += [share, 1 + share, 1 - share, 1 / (1 - share) if share != 1 else 1.0]
    elif suffix in _MANY:
        meanings.append(value * _MANY[suffix])
    return Figure(match.group().strip(), tuple(meanings))


def _lost_figures(instance: Instance, task_text: str) -> Iterator[Suspicion]:
    known = np.sort(np.fromiter(_known_figures(instance), dtype=np.float64))
    lost = []
    for figure in figures_of_text(task_text):
        if not any(_stands_in(known, meaning) for meaning in figure.meanings):
            lost.append(figure.text)
    if lost:
        shown = joined(list(dict.fromkeys(lost)), most=12)
        text = f"figures of the task that stand nowhere in the formulation: {shown}"
        yield Suspicion(kind="figures", text=text, weight="likely")


def _stands_in(known: np.ndarray[tuple[int], np.dtype[np.float64]], value: float) -> bool:
    if not len(known):
        return False
    for sought in (value, -value):
        place = int(np.searchsorted(known, sought - 1e-9 * max(1.0, abs(sought))))
        if place < len(known) and abs(known[place] - sought) <= 1e-6 * max(1.0, abs(sought)):
            return True
    return False


def _known_figures(instance: Instance) -> Iterator[float]:
    """Figures in formulas, values of parameters, members and sizes of sets."""
    formulation = instance.formulation
    for formula in formulas_of(formulation):
        yield from _constants(parse_expression(formula.text, formula.element).node)
        over = parse_over(formula.over, formula.element)
        for node in (*(item.source for item in over.items), *over.conditions):
            yield from _constants(node)
    for one in formulation.sets:
        bound = instance.bound_set(one.name)
        yield float(bound.size)
        figures = instance.universe.numbers()[bound.codes.ravel()]
        yield from figures[~np.isnan(figures)].tolist()
    for parameter in formulation.parameters:
        found = _values(instance, parameter.name)
        if found is not None:
            yield from np.unique(found.values).tolist()
    if formulation.planning is not None:
        block = formulation.planning
        texts = [*block.start, *block.goal, *(action.cost for action in block.actions)]
        yield from (float(figure) for text in texts for figure in re.findall(r"\d+(?:\.\d+)?", text))


def _values(instance: Instance, name: str) -> Numbers | None:
    try:
        found = instance.bound_parameter(name).values
    except FormulationError:
        return None  # without data: whoever uses it will hear of it
    return found if isinstance(found, Numbers) else None


def _constants(node: ast.expr) -> Iterator[float]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, (int, float)):
            yield float(part.value)
        if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Div, ast.Mult)):
            yield from _folded(part)


def _folded(node: ast.BinOp) -> Iterator[float]:
    """`2 / 3`, `1.05 * 20`."""
    sides = (side.value for side in (node.left, node.right) if isinstance(side, ast.Constant))
    figures = [float(value) for value in sides if isinstance(value, (int, float))]
    if len(figures) == 2:
        left, right = figures
        if isinstance(node.op, ast.Mult):
            yield left * right
        elif right:
            yield left / right


def _sources(instance: Instance, task_text: str) -> Iterator[Suspicion]:
    formulation = instance.formulation
    words = _WORD.findall(task_text.lower())
    listed: list[tuple[str, Element]] = [(f"constraint {c.name}", c) for c in formulation.constraints]
    listed += [(f"objective {o.name}", o) for o in formulation.objectives]
    silent = [name for name, element in listed if not element.source.strip()]
    if silent:
        text = f"no sentence of the task is given for {joined(silent)}"
        yield Suspicion(
            kind="source", element=silent[0] if len(silent) == 1 else "", text=text, weight="hint"
        )
    for name, element in listed:
        if element.source.strip() and not _is_told(_WORD.findall(element.source.lower()), words):
            text = f'the task does not say "{element.source}": is {name} only assumed?'
            yield Suspicion(kind="source", element=name, text=text, weight="hint")


def _is_told(sentence: list[str], words: list[str]) -> bool:
    """Whether enough of the sentence's words stand together in the text."""
    wanted = set(sentence)
    if not wanted:
        return True
    width = 2 * len(sentence) + 4
    counts: dict[str, int] = {}
    for place, word in enumerate(words):
        if word in wanted:
            counts[word] = counts.get(word, 0) + 1
        if place >= width and words[place - width] in wanted:
            left = words[place - width]
            counts[left] -= 1
            if not counts[left]:
                del counts[left]
        if len(counts) >= SHARED_WORDS * len(wanted):
            return True
    return False
