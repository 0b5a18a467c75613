"""Looks for what is odd in a formulation that can be solved: where it may not say what was meant."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.elements import Element, Variable
from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.names import formulas_of
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.row_suspicions import row_suspicions
from agentkit.formulation.solution import Solution
from agentkit.formulation.suspicion import Suspicion
from agentkit.formulation.task_fidelity import text_suspicions
from agentkit.formulation.unit_check import find_unit_faults
from agentkit.formulation.units import parse_unit
from agentkit.formulation.wording import joined
from agentkit.solvers.highs import SolveLimits

__all__ = ["find_suspicions"]

SECONDS = 3.0
"""For the whole search, where no limit is given."""

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
    found = [*_unused(instance.formulation), *_counted(instance, solution)]
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


def _unused(formulation: Formulation) -> Iterator[Suspicion]:
    """Sets, parameters and expressions that nothing that counts leads to."""
    used = _used_names(formulation)
    answer = set(ANSWER_NAME.findall(" ".join(f"{line.text} {line.forall}" for line in formulation.answer)))
    kinds: tuple[tuple[str, tuple[Element, ...]], ...] = (
        ("set", formulation.sets),
        ("parameter", formulation.parameters),
        ("expression", formulation.expressions),
    )
    for kind, elements in kinds:
        for element in elements:
            if element.name not in used and not (kind == "expression" and element.name in answer):
                sentence = f' ("{element.source}")' if element.source else ""
                text = f"{element.name}{sentence} is used in no constraint, bound or objective"
                yield Suspicion(kind="unused", element=f"{kind} {element.name}", text=text, weight="certain")


def _used_names(formulation: Formulation) -> set[str]:
    """What constraints, objectives and variables lead to, by way of expressions, sets and parameters."""
    needs: dict[str, set[str]] = {}
    roots: set[str] = set()
    for formula in formulas_of(formulation):
        names = _names(formula.text) | _over_names(formula.over)
        kind, _, rest = formula.element.partition(" ")
        owner = rest.partition(",")[0]
        if kind in ("constraint", "objective", "variable"):
            roots |= names
        else:
            needs.setdefault(owner, set()).update(names)
    for variable in formulation.variables:
        roots |= _over_names(variable.over)
    for parameter in formulation.parameters:
        needs.setdefault(parameter.name, set()).update(_over_names(parameter.over))
    if formulation.planning is not None:
        roots |= _planning_names(formulation)
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(needs.get(name, ()))
    return reached


def _planning_names(formulation: Formulation) -> set[str]:
    block = formulation.planning
    assert block is not None
    texts = [*block.start, *block.goal]
    overs = [fluent.over for fluent in block.fluents] + [action.over for action in block.actions]
    for action in block.actions:
        texts += [*action.pre, *action.effects, action.cost]
    return set(ANSWER_NAME.findall(" ".join([*texts, *overs])))


def _names(text: str) -> set[str]:
    return {part.id for part in ast.walk(parse_expression(text).node) if isinstance(part, ast.Name)}


def _over_names(over: str) -> set[str]:
    found = parse_over(over)
    nodes = [*(item.source for item in found.items), *found.conditions]
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}


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
