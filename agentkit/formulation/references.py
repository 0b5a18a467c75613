"""References to elements: parameters, variables, named expressions, with their subscripts."""

from __future__ import annotations

import ast

import numpy as np

from agentkit.formulation.context import Context
from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.scope import Domain, Sign
from agentkit.formulation.universe import BoundSet, Codes, Index, show_member
from agentkit.formulation.values import Affine, Numbers, Symbols, Value, affine_of

__all__ = ["element_value"]


def element_value(
    context: Context, node: ast.expr, name: str, given: list[ast.expr], domain: Domain, sign: Sign
) -> Value:
    """The value of an element, with these subscripts."""
    match context.scope.kind(name):
        case "parameter":
            return _parameter(context, node, name, given, domain)
        case "variable":
            return _variable(context, node, name, given, domain)
        case "expression":
            return _derived(context, node, name, given, domain, sign)
        case "set":
            context.expression.fail(
                f"{name} is a set: use it after `in`, or in len(), first() or last()", node
            )
        case None:
            context.expression.fail(f"there is nothing called {name}", node)


def _places(
    context: Context, node: ast.expr, name: str, given: list[ast.expr], index: Index, domain: Domain
) -> Codes:
    if len(given) != index.arity:
        sets = ", ".join(bound.name for bound in index.sets) or "nothing"
        context.expression.fail(f"{name} is indexed by {sets}, not by {len(given)} subscripts", node)
    parts = [context.codes(part, domain) for part in given]
    places = np.broadcast_to(index.positions(parts), (domain.size,))
    return places


def _parameter(context: Context, node: ast.expr, name: str, given: list[ast.expr], domain: Domain) -> Value:
    found = context.scope.bound_parameter(name)
    if not found.index.sets and not given:
        values = found.values
        if not found.given[0]:
            context.expression.fail(f"{name} has no value", node)
        return Numbers(values.values[0]) if isinstance(values, Numbers) else Symbols(values.codes[0])
    if any(context.uses_decisions(part) for part in given):
        return _look_up(context, node, name, given, domain)
    places = _places(context, node, name, given, found.index, domain)
    _check_places(context, node, name, given, places, domain)
    missing = ~found.given[places]
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        what = f"{name} has no value for {_subscripts(context, given, domain, row)}"
        context.expression.fail(what, node, "give it, or a default")
    if isinstance(found.values, Symbols):
        return Symbols(found.values.codes[places])
    return Numbers(found.values.values[places])


def _variable(context: Context, node: ast.expr, name: str, given: list[ast.expr], domain: Domain) -> Value:
    if context.decisions is None:
        context.expression.fail(f"{name} is decided by the solver and not known here", node)
    if any(context.uses_decisions(part) for part in given):
        return _look_up(context, node, name, given, domain)
    places = _places(context, node, name, given, context.decisions.index(name), domain)
    _check_places(context, node, name, given, places, domain)
    return context.decisions.at(name, places)


def _check_places(
    context: Context, node: ast.expr, name: str, given: list[ast.expr], places: Codes, domain: Domain
) -> None:
    if (places < 0).any():
        row = int(np.flatnonzero(places < 0)[0])
        what = (
            f"{name} has no member {_subscripts(context, given, domain, row)}{context.row_text(domain, row)}"
        )
        context.expression.fail(what, node, "exclude it with `if`, or correct the sets")


def _subscripts(context: Context, given: list[ast.expr], domain: Domain, row: int) -> str:
    shown = []
    for part in given:
        value = context.evaluate(part, domain)
        if isinstance(value, Symbols):
            code = int(np.broadcast_to(value.codes, (domain.size,))[row])
            shown.append(context.scope.universe.members[code])
        else:
            figure = float(np.broadcast_to(context.numbers(value, part), (domain.size,))[row])
            shown.append(int(figure) if figure.is_integer() else figure)
    return f"[{show_member(shown)}]"


def _derived(
    context: Context, node: ast.expr, name: str, given: list[ast.expr], domain: Domain, sign: Sign
) -> Value:
    element = context.scope.derived(name)
    over = parse_over(element.over, f"expression {name}")
    names = [bound for item in over.items for bound in item.names]
    if len(names) != len(given):
        what = f"{name} takes {len(names)} subscripts, not {len(given)}"
        unnamed = any(not item.names for item in over.items)
        mend = f"name the indices of {name}: `i in …`" if unnamed else ""
        context.expression.fail(what, node, mend)
    around = context.within(over.as_expression)
    index = Index(tuple(around.set_of(item.source, Domain()) for item in over.items))
    _check_places(context, node, name, given, _places(context, node, name, given, index, domain), domain)
    codes = [np.broadcast_to(context.codes(part, domain), (domain.size,)) for part in given]
    inner = Domain(domain.size, dict(zip(names, codes, strict=True)))
    formula = parse_expression(element.value, f"expression {name}")
    value = context.within(formula).value(inner, sign)
    return value


def _look_up(context: Context, node: ast.expr, name: str, given: list[ast.expr], domain: Domain) -> Value:
    """`cost[choice]` with a choice that is decided: all that it can be, of which one is taken."""
    unknown = [n for n, part in enumerate(given) if context.uses_decisions(part)]
    if len(unknown) > 1:
        context.expression.fail("only one subscript can be decided by the solver", node)
    at = unknown[0]
    value = context.evaluate(given[at], domain)
    if not isinstance(value, Affine):  # a solution is being checked: the choice is known
        known = Numbers(np.round(context.numbers(value, given[at])))
        return _looked_up(context, node, name, given, at, known, domain)
    return _choice(context, node, name, given, at, value, domain)


def _looked_up(
    context: Context,
    node: ast.expr,
    name: str,
    given: list[ast.expr],
    at: int,
    value: Numbers,
    domain: Domain,
) -> Value:
    codes = [
        context.scope.universe.codes_of_numbers(value.values) if n == at else context.codes(part, domain)
        for n, part in enumerate(given)
    ]
    if context.scope.kind(name) == "variable":
        assert context.decisions is not None
        places = np.broadcast_to(context.decisions.index(name).positions(codes), (domain.size,))
        known: Value = context.decisions.at(name, np.maximum(places, 0))
    else:
        found = context.scope.bound_parameter(name)
        places = np.broadcast_to(found.index.positions(codes), (domain.size,))
        values = found.values
        taken = np.maximum(places, 0)
        known = Numbers(values.values[taken]) if isinstance(values, Numbers) else Symbols(values.codes[taken])
    # What is looked up under no member is no figure, and breaks whatever it stands in.
    return Numbers(np.where(places >= 0, context.numbers(known, node), np.nan))


def _choice(
    context: Context, node: ast.expr, name: str, given: list[ast.expr], at: int, value: Affine, domain: Domain
) -> Value:
    of_variable = context.scope.kind(name) == "variable"
    assert context.decisions is not None
    index = context.decisions.index(name) if of_variable else context.scope.bound_parameter(name).index
    members = _set_at(index, at)
    if members is None:
        context.expression.fail("a part of a tuple cannot be decided by the solver", given[at])
    figures = context.scope.universe.numbers()[members.codes[:, 0]]
    if np.isnan(figures).any():
        what = f"{members.name} has members that are no figures, so no variable can stand for them"
        context.expression.fail(what, given[at])
    rows = np.repeat(np.arange(domain.size), members.size)
    wide = domain.taken(rows)
    hidden = f"{name}·choice"
    wide.columns[hidden] = np.tile(members.codes[:, 0], domain.size)
    parts = [ast.Name(hidden, ast.Load()) if n == at else part for n, part in enumerate(given)]
    values = _affine_of_element(context, node, name, parts, wide)
    return context.macros(node).element(value, np.tile(figures, domain.size), rows, values)


def _affine_of_element(
    context: Context, node: ast.expr, name: str, given: list[ast.expr], domain: Domain
) -> Affine:
    """An element with subscripts as an affine function."""
    value = element_value(context, node, name, given, domain, 0)
    return value if isinstance(value, Affine) else affine_of(context.numbers(value, node), domain.size)


def _set_at(index: Index, subscript: int) -> BoundSet | None:
    """The set that a subscript belongs to; None within tuples."""
    at = 0
    for bound in index.sets:
        if at == subscript and bound.arity == 1:
            return bound
        at += bound.arity
    return None
