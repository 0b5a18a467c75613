"""Checks, before any data are looked at, that every name in a formulation stands for something."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator
from dataclasses import dataclass

from agentkit.errors import FormulationError
from agentkit.formulation.expressions import Expression, bound_names, parse_expression, parse_over
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.language import FUNCTIONS, located
from agentkit.formulation.parts import terms_of

__all__ = ["Formula", "check_names", "decision_names", "find_faults", "formulas_of"]

CONSTANTS = frozenset(("inf", "True", "False"))


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of a formulation, with the indices that are bound around it."""

    element: str
    """Whose it is: `constraint capacity`."""
    text: str
    over: str = ""
    """The `forall` around it."""
    known: bool = False
    """Whether it may use only what is known before solving."""


def formulas_of(formulation: Formulation) -> Iterator[Formula]:
    """All formulas outside the planning block."""
    for one in formulation.sets:
        if isinstance(one.members, str):
            yield Formula(f"set {one.name}", one.members, known=True)
    for variable in formulation.variables:
        for which, text in (("lower", variable.lower), ("upper", variable.upper)):
            if text is not None and text.strip():
                yield Formula(f"variable {variable.name}, {which}", text, variable.over, known=True)
    for derived in formulation.expressions:
        yield Formula(f"expression {derived.name}", derived.value, derived.over)
    for constraint in formulation.constraints:
        yield Formula(f"constraint {constraint.name}", constraint.rule, constraint.forall)
        if constraint.penalty is not None:
            name = f"constraint {constraint.name}, penalty"
            yield Formula(name, constraint.penalty, constraint.forall, known=True)
    for objective in formulation.objectives:
        yield Formula(f"objective {objective.name}", objective.expression)


def check_names(formulation: Formulation) -> None:
    """Raises `FormulationError` for the first fault."""
    for fault in find_faults(formulation):
        raise fault


def find_faults(formulation: Formulation) -> Iterator[FormulationError]:
    """Every fault that can be found without data: names that do not fit, formulas that cannot be read."""
    yield from _repeated(formulation)
    kinds = _kinds(formulation)
    for kind, elements in (("parameter", formulation.parameters), ("variable", formulation.variables)):
        for element in elements:
            yield from _over_faults(element.over, f"{kind} {element.name}", kinds)
    decisions = decision_names(formulation)
    for formula in formulas_of(formulation):
        yield from _formula_faults(formula, kinds, decisions)
    yield from _circles(formulation)
    yield from _missing_parts(formulation)


def _missing_parts(formulation: Formulation) -> Iterator[FormulationError]:
    if formulation.planning is None and not formulation.variables:
        yield FormulationError("nothing is to be decided: there are no variables", element="variables")
    if formulation.planning is not None and (formulation.variables or formulation.constraints):
        what = "a planning block stands alone, without variables and constraints"
        yield FormulationError(what, element="planning", mend="drop one of them")


def _kinds(formulation: Formulation) -> dict[str, str]:
    kinds = {"set": formulation.sets, "parameter": formulation.parameters}
    more = {"variable": formulation.variables, "expression": formulation.expressions}
    return {e.name: kind for kind, elements in {**kinds, **more}.items() for e in elements}


def _repeated(formulation: Formulation) -> Iterator[FormulationError]:
    seen: dict[str, str] = {}
    kinds = {"set": formulation.sets, "parameter": formulation.parameters}
    more = {"variable": formulation.variables, "expression": formulation.expressions}
    for kind, elements in {**kinds, **more}.items():
        for element in elements:
            if element.name in seen:
                what = f"{element.name} is already the name of a {seen[element.name]}"
                yield FormulationError(what, element=f"{kind} {element.name}", mend="rename one")
            if keyword.iskeyword(element.name) or element.name in (*FUNCTIONS, *CONSTANTS):
                what = f"{element.name} means something in the language"
                yield FormulationError(what, element=f"{kind} {element.name}", mend="rename it")
            seen[element.name] = kind
    for kind, listed in (("constraint", formulation.constraints), ("objective", formulation.objectives)):
        names = [element.name for element in listed]
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            yield FormulationError("there are several of this name", element=f"{kind} {name}")


def decision_names(formulation: Formulation) -> frozenset[str]:
    """The variables, and the expressions that use them."""
    found = {variable.name for variable in formulation.variables}
    texts = {e.name: e.value for e in formulation.expressions}
    grown = True
    while grown:
        grown = False
        for name, text in texts.items():
            if name not in found and _mentioned(text) & found:
                found.add(name)
                grown = True
    return frozenset(found)


def _mentioned(text: str) -> set[str]:
    try:
        node = parse_expression(text).node
    except FormulationError:
        return set()  # it is reported where it is checked
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _circles(formulation: Formulation) -> Iterator[FormulationError]:
    names = {e.name for e in formulation.expressions}
    needs = {e.name: _mentioned(e.value) & names for e in formulation.expressions}
    for name in needs:
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            for other in needs[waiting.pop()] - reached:
                reached.add(other)
                waiting.append(other)
        if name in reached:
            yield FormulationError("it is defined by itself", element=f"expression {name}")


def _over_faults(over: str, element: str, kinds: dict[str, str]) -> Iterator[FormulationError]:
    try:
        found = parse_over(over, element)
    except FormulationError as error:
        yield error
        return
    expression = found.as_expression
    bound: set[str] = set()
    for item in found.items:
        yield from _walk(item.source, expression, kinds, bound, known=frozenset(kinds))
        bound |= set(item.names)
    for condition in found.conditions:
        yield from _walk(condition, expression, kinds, bound, known=frozenset(kinds))


def _formula_faults(
    formula: Formula, kinds: dict[str, str], decisions: frozenset[str]
) -> Iterator[FormulationError]:
    bound: set[str] = set()
    known = decisions if formula.known else frozenset()
    try:
        over = parse_over(formula.over, formula.element)
        expression = parse_expression(formula.text, formula.element)
    except FormulationError as error:
        yield error
        return
    surrounding = over.as_expression
    for item in over.items:
        yield from _walk(item.source, surrounding, kinds, bound, known=decisions)
        for name in item.names:
            if name in kinds:
                what = f"the index {name} is also the name of a {kinds[name]}: call it otherwise"
                yield located(what, formula.element, formula.over, item.source)
        bound |= set(item.names)
    for condition in over.conditions:
        yield from _walk(condition, surrounding, kinds, bound, known=decisions)
    yield from _walk(expression.node, expression, kinds, bound, known=known)


def _walk(
    node: ast.AST, expression: Expression, kinds: dict[str, str], bound: set[str], *, known: frozenset[str]
) -> Iterator[FormulationError]:
    """Names that stand for nothing; and those of `known`, which are decided where that is not allowed."""
    if isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
        inner = set(bound)
        for loop in node.generators:
            yield from _walk(loop.iter, expression, kinds, inner, known=known)
            inner |= set(bound_names(loop))
            for condition in loop.ifs:
                yield from _walk(condition, expression, kinds, inner, known=known)
        yield from _walk(node.elt, expression, kinds, inner, known=known)
        return
    if isinstance(node, ast.Name):
        yield from _name_faults(node, expression, kinds, bound, known)
        return
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        if node.func.id not in FUNCTIONS:
            what = f"there is no function {node.func.id}"
            mend = f"write {node.func.id}[…] for an element" if node.func.id in kinds else ""
            yield located(what, expression.element, expression.text, node, mend)
            return
        for arg in node.args:
            yield from _walk(arg, expression, kinds, bound, known=known)
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        for term in terms_of(node):
            yield from _walk(term.node, expression, kinds, bound, known=known)
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, expression, kinds, bound, known=known)


def _name_faults(
    node: ast.Name, expression: Expression, kinds: dict[str, str], bound: set[str], known: frozenset[str]
) -> Iterator[FormulationError]:
    if node.id in bound or node.id in CONSTANTS:
        return
    if node.id not in kinds:
        close = ", ".join(sorted(kinds)[:30])
        quoted = f"if it is a member of a set, quote it: '{node.id}'; known: {close}"
        what = f"there is nothing called {node.id}"
        yield located(what, expression.element, expression.text, node, quoted)
    elif node.id in known and kinds[node.id] in ("variable", "expression"):
        what = f"{node.id} is decided by the solver, and this must be known before"
        yield located(what, expression.element, expression.text, node)
