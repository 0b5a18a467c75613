"""Reads formulas for one binding of the indices at a time, with Python's own figures.

It is the second reading of the language, beside the arrays of `evaluation`, and shares nothing with it but
the sets and parameters: what both make of a formula must agree. Variables are whatever `ScalarDecisions` say:
expressions of Pyomo, or the figures of a solution.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from agentkit.formulation.expressions import Expression, parse_expression, parse_over
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.conditions import Condition
from agentkit.formulation.pyomo_view.scalar_functions import call_value
from agentkit.formulation.pyomo_view.scalar_logic import as_number, truth
from agentkit.formulation.pyomo_view.scalar_reader import ScalarDecisions
from agentkit.formulation.pyomo_view.scalar_sets import ScalarSets, members_of_loop, rows_of
from agentkit.formulation.pyomo_view.scalar_values import (
    ARITHMETIC,
    Binding,
    Members,
    Scalar,
    is_known,
    scaled_sign,
    turned,
)
from agentkit.formulation.scope import Sign
from agentkit.formulation.universe import Index, Universe, as_member
from agentkit.formulation.values import Floats, Numbers

__all__ = ["KnownDecisions", "ScalarReader", "ScalarSurroundings"]


@dataclass(frozen=True, slots=True, eq=False)
class KnownDecisions:
    """The figures of a solution (`ScalarDecisions`): nothing is left to be decided."""

    arrays: Mapping[str, Floats]

    def variable(self, name: str, place: int) -> float:
        """The variable's figure."""
        return float(self.arrays[name][place])

    def _none(self, *_: Any) -> NoReturn:
        raise AssertionError("everything is known")

    total = number = is_indicator = extreme = piecewise = choose = power = function = _none


@dataclass(slots=True, eq=False)
class ScalarSurroundings:
    """What all formulas of an instance share while they are read."""

    instance: Instance
    decisions: ScalarDecisions | None = None
    """None where variables cannot be used."""
    sets: ScalarSets = field(init=False)
    derived: dict[tuple[Any, ...], Scalar] = field(default_factory=dict)
    """Named expressions that were read already."""

    def __post_init__(self) -> None:
        self.sets = ScalarSets(self.instance)

    def reader(self, text: str, element: str) -> ScalarReader:
        """A reader of a formula."""
        return ScalarReader(parse_expression(text, element), self)

    def rows(self, over: str, element: str) -> Iterator[Binding]:
        """The bindings of a `forall`."""
        found = parse_over(over, element)
        reader = ScalarReader(found.as_expression, self)
        loops = [(item.names, item.source) for item in found.items]
        return members_of_loop(self.sets, reader, loops, found.conditions, {})


@dataclass(frozen=True, slots=True, eq=False)
class ScalarReader:
    """One formula, to be read for bindings of its indices."""

    expression: Expression
    around: ScalarSurroundings

    @property
    def decided(self) -> ScalarDecisions:
        """What variables are."""
        assert self.around.decisions is not None
        return self.around.decisions

    @property
    def universe(self) -> Universe:
        """The order of members."""
        return self.around.instance.universe

    def members(self, node: ast.expr, binding: Binding) -> Members:
        """A set."""
        return self.around.sets.members(self, node, binding)

    def total(self, values: list[Scalar]) -> Scalar:
        """The sum."""
        decided = [value for value in values if not is_known(value)]
        known = math.fsum(value for value in values if is_known(value))
        if not decided:
            return known
        if len(decided) == 1 and not known:
            return decided[0]
        return self.decided.total([*decided, known] if known else decided)

    def whole(self, binding: Binding, sign: Sign = 0) -> Scalar:
        """The whole formula's value. Raises `FormulationError` that points at what is wrong."""
        return self.value(self.expression.node, binding, sign)

    def condition(self, binding: Binding) -> Condition | bool:
        """The whole formula as a condition that is required."""
        return truth(self, self.expression.node, binding, 1)

    def value(self, node: ast.expr, binding: Binding, sign: Sign = 0) -> Scalar:
        """The value of a part. `sign` says whether auxiliary variables may be off, and which way."""
        match node:
            case ast.Constant():
                found = as_member(node.value) if isinstance(node.value, str) else node.value
                return float(found) if type(found) is int else found
            case ast.Name():
                return self._name(node, binding, sign)
            case ast.Subscript():
                return self._subscript(node, binding, sign)
            case ast.BinOp():
                return self._arithmetic(node, binding, sign)
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.Compare():
                return as_number(self, truth(self, node, binding, 0))
            case ast.UnaryOp(op=ast.USub()):
                return -self.figure(node.operand, binding, turned(sign))
            case ast.UnaryOp():
                return self.figure(node.operand, binding, sign)
            case ast.IfExp():
                chosen = node.body if self.known_truth(node.test, binding) else node.orelse
                return self.value(chosen, binding, sign)
            case ast.Call():
                return call_value(self, node, binding, sign)
        self.expression.fail("this has no value here", node)

    def figure(self, node: ast.expr, binding: Binding, sign: Sign = 0) -> Scalar:
        """A figure, or an expression of variables; no member that is a text."""
        found = self.value(node, binding, sign)
        if isinstance(found, str):
            self.expression.fail("this is no figure", node)
        return float(found) if isinstance(found, (bool, int)) else found

    def known_figure(self, node: ast.expr, binding: Binding) -> float:
        """A figure that is known before solving."""
        found = self.figure(node, binding)
        if not is_known(found):
            self.expression.fail("this must be known before solving", node)
        return float(found)

    def known_truth(self, node: ast.expr, binding: Binding) -> bool:
        """A condition that is known before solving."""
        found = truth(self, node, binding, 0)
        if not isinstance(found, bool):
            mend = "use implies(), or a binary variable"
            self.expression.fail("a condition after `if` must be known before solving", node, mend)
        return found

    # Elements.

    def _name(self, node: ast.Name, binding: Binding, sign: Sign) -> Scalar:
        if node.id in binding:
            found = binding[node.id]
            return float(found) if type(found) is int else found
        if node.id == "inf":
            return math.inf
        return self._element(node, node.id, [], binding, sign)

    def _subscript(self, node: ast.Subscript, binding: Binding, sign: Sign) -> Scalar:
        if not isinstance(node.value, ast.Name):
            self.expression.fail("only elements have subscripts; write x[i, j], not x[i][j]", node)
        parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        given = [self.value(part, binding) for part in parts]
        return self._element(node, node.value.id, given, binding, sign)

    def _element(
        self, node: ast.expr, name: str, given: list[Scalar], binding: Binding, sign: Sign
    ) -> Scalar:
        match self.around.instance.kind(name):
            case "expression":
                return self._derived(node, name, given, sign)
            case "parameter":
                index = self.around.instance.bound_parameter(name).index
            case "variable" if self.around.decisions is None:
                self.expression.fail(f"{name} is decided by the solver and not known here", node)
            case "variable":
                index = self.around.instance.variable_index(name)
            case "set":
                self.expression.fail(
                    f"{name} is a set: use it after `in`, or in len(), first() or last()", node
                )
            case _:
                self.expression.fail(f"there is nothing called {name}", node)
        if len(given) != index.arity:
            self.expression.fail(f"{name} takes {index.arity} subscripts, not {len(given)}", node)
        open_parts = [n for n, part in enumerate(given) if not is_known(part)]
        if open_parts:
            return self._choice(node, name, given, open_parts, index)
        return self._at(node, name, given, index)

    def _at(self, node: ast.expr, name: str, given: Sequence[Scalar], index: Index) -> Scalar:
        place = self.around.sets.table(index).place(given)
        if place is None:
            shown = ", ".join(f"{p:g}" if isinstance(p, float) else str(p) for p in given)
            mend = "exclude it with `if`, or correct the sets"
            self.expression.fail(f"{name} has no member [{shown}]", node, mend)
        if self.around.instance.kind(name) == "variable":
            return self.decided.variable(name, place)
        found = self.around.instance.bound_parameter(name)
        if not found.given[place]:
            self.expression.fail(f"{name} has no value for {list(given)}", node, "give it, or a default")
        if isinstance(found.values, Numbers):
            return float(found.values.values[place])
        return self.around.instance.universe.members[int(found.values.codes[place])]

    def _choice(
        self, node: ast.expr, name: str, given: list[Scalar], open_parts: list[int], index: Index
    ) -> Scalar:
        """`cost[choice]` with a choice that is decided."""
        if len(open_parts) > 1:
            self.expression.fail("only one subscript can be decided by the solver", node)
        at = open_parts[0]
        options = []
        for member in self._options(node, index, at):
            value = self._at(node, name, [*given[:at], member, *given[at + 1 :]], index)
            options.append((float(member), value))
        return self.decided.choose(given[at], options)

    def _options(self, node: ast.expr, index: Index, at: int) -> list[float]:
        part = 0
        for bound in index.sets:
            if part == at and bound.arity == 1:
                known = self.around.instance.universe.members
                members = [known[int(code)] for code in bound.codes[:, 0]]
                if any(isinstance(member, str) for member in members):
                    self.expression.fail(f"{bound.name} has members that are no figures", node)
                return [float(member) for member in members]
            part += bound.arity
        self.expression.fail("a part of a tuple cannot be decided by the solver", node)

    def _derived(self, node: ast.expr, name: str, given: list[Scalar], sign: Sign) -> Scalar:
        element = self.around.instance.derived(name)
        over = parse_over(element.over, f"expression {name}")
        names = [bound for item in over.items for bound in item.names]
        if len(names) != len(given):
            self.expression.fail(f"{name} takes {len(names)} subscripts, not {len(given)}", node)
        key = (name, sign, *given)
        if not all(map(is_known, given)):
            self.expression.fail("a subscript of an expression must be known before solving", node)
        if key not in self.around.derived:
            reader = self.around.reader(element.value, f"expression {name}")
            self.around.derived[key] = reader.whole(dict(zip(names, given, strict=True)), sign)
        return self.around.derived[key]

    # Arithmetic.

    def _arithmetic(self, node: ast.BinOp, binding: Binding, sign: Sign) -> Scalar:
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return self._chain(node, binding, sign)
        if isinstance(node.op, (ast.Mult, ast.Div)):
            return self._scaled(node, binding, sign)
        left, right = self.figure(node.left, binding), self.figure(node.right, binding)
        if is_known(left) and is_known(right):
            return self._computed(node, left, right)
        if not isinstance(node.op, ast.Pow):
            self.expression.fail("this cannot be done with what is decided by the solver", node)
        return self.decided.power(left, right)

    def _chain(self, node: ast.BinOp, binding: Binding, sign: Sign) -> Scalar:
        """a + b - c + …, without a frame of Python's stack for each."""
        terms: list[tuple[ast.expr, bool]] = []
        at: ast.expr = node
        while isinstance(at, ast.BinOp) and isinstance(at.op, (ast.Add, ast.Sub)):
            terms.append((at.right, isinstance(at.op, ast.Sub)))
            at = at.left
        values = [self.figure(at, binding, sign)]
        for term, minus in reversed(terms):
            found = self.figure(term, binding, turned(sign) if minus else sign)
            values.append(-found if minus else found)
        return self.total(values)

    def _scaled(self, node: ast.BinOp, binding: Binding, sign: Sign) -> Scalar:
        """A product or a quotient; a known factor's sign turns what the other may do."""
        right = self.figure(node.right, binding) if not self._decides(node.right) else None
        if right is not None:
            left = self.figure(node.left, binding, scaled_sign(sign, right))
        else:
            left = self.figure(node.left, binding)
            turned = isinstance(node.op, ast.Mult) and is_known(left)
            right = self.figure(node.right, binding, scaled_sign(sign, left) if turned else 0)
        if is_known(left) and is_known(right):
            return self._computed(node, left, right)
        if isinstance(node.op, ast.Div) and is_known(right) and right == 0:
            self.expression.fail("division by zero", node)
        return left * right if isinstance(node.op, ast.Mult) else left / right

    def _decides(self, node: ast.expr) -> bool:
        names = (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
        return any(map(self.around.instance.decides, names))

    def _computed(self, node: ast.BinOp, left: float, right: float) -> float:
        try:
            found = ARITHMETIC[type(node.op)](left, right)
        except ZeroDivisionError:
            self.expression.fail("division by zero", node)
        except OverflowError:
            return math.inf
        except KeyError:
            self.expression.fail("only sets can be joined like this", node)
        if isinstance(found, complex) or math.isnan(found):
            self.expression.fail("this is no figure", node)
        return float(found)

    # Functions.

    def items(self, node: ast.Call, binding: Binding, skip: int = 0) -> Iterator[tuple[ast.expr, Binding]]:
        """The arguments of a collecting function, each with the binding to be read for."""
        for arg in node.args[skip:]:
            if isinstance(arg, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
                for row in rows_of(self.around.sets, self, arg, binding):
                    yield arg.elt, row
            elif isinstance(arg, (ast.List, ast.Tuple)):
                yield from ((part, binding) for part in arg.elts)
            else:
                yield arg, binding
