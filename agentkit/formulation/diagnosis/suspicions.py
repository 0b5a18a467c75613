"""Looks for what is odd in a formulation that can be solved: where it may not say what was meant."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.diagnosis.row_suspicions import row_suspicions
from agentkit.formulation.diagnosis.suspicion import Suspicion
from agentkit.formulation.diagnosis.task_fidelity import text_suspicions
from agentkit.formulation.diagnosis.unit_check import find_unit_faults
from agentkit.formulation.diagnosis.units import parse_unit
from agentkit.formulation.diagnosis.usage import used_names
from agentkit.formulation.diagnosis.wording import joined
from agentkit.formulation.elements import Element, Variable
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.solution import Solution
from agentkit.formulation.values import Symbols
from agentkit.solvers.highs import SolveLimits

__all__ = ["find_suspicions"]

SECONDS = 3.0
"""For the whole search, where no limit is given."""

MANY = 4
"""A variable with so many members seldom is 0 for all of them."""

COUNTED = re.compile(r"\b(number of|how many)\b", re.IGNORECASE)
COUNT_NAME = re.compile(r"^(num|number|n|count)_")

ANSWER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def find_suspicions(
    instance: Instance,
    solution: Solution | None = None,
    *,
    task_text: str = "",
    limits: SolveLimits | None = None,
    compiled: CompiledModel | None = None,
) -> tuple[Suspicion, ...]:
    """What is odd, the certain things first. Blocks, for `limits.seconds` at most (default 3).

    With a `solution` its figures count, too; with the `task_text`, whether sentences and figures are its.

    >>> toy = Formulation.read({
    ...     "parameters": {"price": 3, "stock": 8},
    ...     "variables": {"x": {"upper": 4}},
    ...     "objective": {"maximize": "price * x"},
    ... })
    >>> [(s.kind, s.element) for s in find_suspicions(Instance(toy))]
    [('unused', 'parameter stock')]
    """
    end = time.monotonic() + (SECONDS if limits is None or limits.seconds is None else limits.seconds)
    found = [*_unused(instance), *_counted(instance, solution)]
    found += _units(instance.formulation)
    if task_text:
        found += text_suspicions(instance, task_text)
    if instance.formulation.planning is None:
        if solution is not None:
            found += _nothing_done(instance, solution)
        try:
            compiled = compiled or compile_instance(instance)
        except NonlinearError:
            compiled = None
        if compiled is not None:
            left = replace(limits or SolveLimits(), seconds=max(end - time.monotonic(), 0.05))
            found += row_suspicions(compiled, left)
    weights = ("certain", "likely", "hint")
    return tuple(sorted(dict.fromkeys(found), key=lambda s: weights.index(s.weight)))


def _unused(instance: Instance) -> Iterator[Suspicion]:
    """Sets, parameters and expressions that nothing that counts leads to, but for words in the answer."""
    formulation = instance.formulation
    used = used_names(formulation)
    answer = set(ANSWER_NAME.findall(" ".join(f"{line.text} {line.forall}" for line in formulation.answer)))
    kinds: tuple[tuple[str, tuple[Element, ...]], ...] = (
        ("set", formulation.sets),
        ("parameter", formulation.parameters),
        ("expression", formulation.expressions),
    )
    for kind, elements in kinds:
        for element in elements:
            told = element.name in answer and (kind == "expression" or _is_words(instance, kind, element))
            if element.name not in used and not told:
                sentence = f' ("{element.source}")' if element.source else ""
                text = f"{element.name}{sentence} is used in no constraint, bound or objective"
                yield Suspicion(kind="unused", element=f"{kind} {element.name}", text=text, weight="certain")


def _is_words(instance: Instance, kind: str, element: Element) -> bool:
    """Whether a parameter's values are texts: names of things, to be told."""
    return kind == "parameter" and isinstance(instance.bound_parameter(element.name).values, Symbols)


def _counted(instance: Instance, solution: Solution | None) -> Iterator[Suspicion]:
    """Real variables for what can only be counted; with a solution, only where it has fractions."""
    for variable in instance.formulation.variables:
        if variable.type != "real":
            continue
        if solution is not None and solution.found:
            values = solution.arrays.get(variable.name)
            if values is None or np.all(np.abs(values - np.round(values)) < 1e-6):
                continue
        why = _why_counted(variable)
        if why:
            text = f"{variable.name} is real, but {why}: should it be an integer?"
            yield Suspicion(kind="fraction of a thing", element=f"variable {variable.name}", text=text)


def _why_counted(variable: Variable) -> str:
    unit = parse_unit(variable.unit)
    if unit is not None and unit.things:
        return f"counts {variable.unit}"
    if COUNTED.search(variable.source):
        return f'its sentence says "{variable.source}"'
    return "its name says that it counts" if COUNT_NAME.match(variable.name) else ""


def _units(formulation: Formulation) -> Iterator[Suspicion]:
    for fault in find_unit_faults(formulation):
        yield Suspicion(kind="units", element=fault.element, text=f"the units do not fit: {fault.text}")


def _nothing_done(instance: Instance, solution: Solution) -> Iterator[Suspicion]:
    if not solution.found or not solution.arrays or not instance.formulation.objectives:
        return
    if all(np.all(np.abs(values) < 1e-9) for values in solution.arrays.values()):
        names = joined([variable.name for variable in instance.formulation.variables])
        text = f"in the best solution {names} are all 0: is something missing that makes it necessary to act?"
        yield Suspicion(kind="nothing done", text=text)
        return
    for variable in instance.formulation.variables:
        values = solution.arrays[variable.name]
        if len(values) >= MANY and np.all(np.abs(values) < 1e-9):
            text = f"in the best solution {variable.name} is 0 for all its {len(values)} members"
            yield Suspicion(
                kind="nothing done", element=f"variable {variable.name}", text=text, weight="hint"
            )
