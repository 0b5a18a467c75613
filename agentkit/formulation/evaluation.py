"""Evaluates expressions for all rows of a domain at once."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.arithmetic import conditional_value, flipped, negative, operation_value
from agentkit.formulation.context import Expanded, Item
from agentkit.formulation.expressions import Expression, bound_names
from agentkit.formulation.figures import as_figures
from agentkit.formulation.functions import call_value
from agentkit.formulation.loops import Loop, expand
from agentkit.formulation.parts import names_in
from agentkit.formulation.references import element_value
from agentkit.formulation.scope import Decisions, Domain, Macros, Scope, Sign
from agentkit.formulation.set_expressions import evaluate_set
from agentkit.formulation.truths import truth_value
from agentkit.formulation.universe import BoundSet, Codes
from agentkit.formulation.values import Affine, Numbers, Symbols, Truths, Value, affine_of

__all__ = ["Evaluation"]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One formula in its surroundings."""

    expression: Expression
    scope: Scope
    decisions: Decisions | None = None
    """Where variables may be used."""

    def within(self, expression: Expression) -> Evaluation:
        """Another formula in the same surroundings."""
        return Evaluation(expression, self.scope, self.decisions)

    def value(self, domain: Domain, sign: Sign = 0) -> Value:
        """The whole formula's."""
        return self.evaluate(self.expression.node, domain, sign)

    def evaluate(self, node: ast.expr, domain: Domain, sign: Sign = 0) -> Value:
        """The value of a part of the formula. Raises `FormulationError` that points at it."""
        if not domain.size:  # nowhere can anything be undefined
            return Numbers(np.empty(0))
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self._name(node, domain, sign)
            case ast.Subscript():
                return self._subscript(node, domain, sign)
            case ast.BinOp():
                return operation_value(self, node, domain, sign)
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.Compare():
                return truth_value(self, node, domain)
            case ast.UnaryOp():
                inner = self.evaluate(node.operand, domain, flipped(sign) if _is_minus(node) else sign)
                return negative(self, inner, node) if _is_minus(node) else inner
            case ast.IfExp():
                return conditional_value(self, node, domain, sign)
            case ast.Call():
                return call_value(self, node, domain, sign)
        self.expression.fail("this has no value here", node)

    def truths(self, node: ast.expr, domain: Domain) -> NDArray[np.bool_]:
        """A condition of known data, for each row."""
        self._check_known(node, "a condition after `if` must be known before solving")
        value = self.evaluate(node, domain)
        if isinstance(value, Truths):
            found: NDArray[np.bool_] = value.values
        else:
            found = self.numbers(value, node) != 0
        return np.broadcast_to(found, (domain.size,))

    def figures(self, node: ast.expr, domain: Domain) -> NDArray[np.float64]:
        """A known figure, for each row or one for all."""
        self._check_known(node, "this must be known before solving")
        return self.numbers(self.evaluate(node, domain), node)

    def codes(self, node: ast.expr, domain: Domain) -> Codes:
        """A member, for each row or one for all."""
        value = self.evaluate(node, domain)
        if isinstance(value, Symbols):
            return value.codes
        return self.scope.universe.codes_of_numbers(self.numbers(value, node))

    def set_of(self, node: ast.expr, domain: Domain) -> BoundSet:
        """A set that is the same for all rows."""
        return evaluate_set(self, node)

    def loop(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp, domain: Domain) -> Expanded:
        """The rows that a comprehension goes through."""
        loops = _loops_of(node)
        conditions = [condition for g in node.generators for condition in g.ifs]
        for name in (name for loop in loops for name in loop.names):
            kind = self.scope.kind(name)
            if kind is not None:
                self.expression.fail(f"{name} is also the name of a {kind}: call the index otherwise", node)
        return expand(self, domain, loops, conditions)

    def uses_decisions(self, node: ast.AST) -> bool:
        """Whether its value is known only with a solution."""
        return any(map(self.scope.decides, names_in(node)))

    def affine(self, node: ast.expr, domain: Domain, sign: Sign = 0) -> Affine:
        """The value as an affine function."""
        value = self.evaluate(node, domain, sign)
        if isinstance(value, Affine):
            return value
        return affine_of(self.numbers(value, node), domain.size)

    def _constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, bool):
            return Truths(np.bool_(node.value))  # type: ignore[arg-type]  # an array of shape ()
        if isinstance(node.value, str):
            return Symbols(np.asarray(self.scope.universe.code(node.value), dtype=np.int64))
        assert isinstance(node.value, (int, float))
        return Numbers(np.asarray(node.value, dtype=np.float64))

    def _name(self, node: ast.Name, domain: Domain, sign: Sign) -> Value:
        if node.id in domain.columns:
            return Symbols(domain.columns[node.id])
        if node.id == "inf":
            return Numbers(np.asarray(np.inf))
        return element_value(self, node, node.id, [], domain, sign)

    def _subscript(self, node: ast.Subscript, domain: Domain, sign: Sign) -> Value:
        if not isinstance(node.value, ast.Name):
            self.expression.fail("only elements have subscripts; write x[i, j], not x[i][j]", node)
        given = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        return element_value(self, node, node.value.id, given, domain, sign)

    def row_text(self, domain: Domain, row: int) -> str:
        """What the indices are in a row, for messages."""
        members = self.scope.universe.members
        bound = ", ".join(f"{name} = {members[int(codes[row])]}" for name, codes in domain.columns.items())
        return f" (where {bound})" if bound else ""

    def numbers(self, value: Value, node: ast.expr) -> NDArray[np.float64]:
        """A known value as figures."""
        found = as_figures(value, self.scope.universe)
        if found is None:
            what = "known figures are needed here" if isinstance(value, Affine) else "this is no figure"
            self.expression.fail(what, node)
        return found

    def _check_known(self, node: ast.expr, what: str) -> None:
        if self.decisions is not None and self.decisions.macros is not None and self.uses_decisions(node):
            self.expression.fail(what, node, "use implies(), or a binary variable")

    def macros(self, node: ast.expr) -> Macros:
        """For what is not linear. Raises `FormulationError` where variables are figures."""
        found = self.decisions.macros if self.decisions is not None else None
        if found is None:
            self.expression.fail("this is not known here", node)
        return found

    def items(self, node: ast.Call, domain: Domain, skip: int = 0) -> list[Item]:
        """The arguments of a collecting function, but for the first `skip`."""
        found = []
        plain = Expanded(domain, np.arange(domain.size))
        for arg in node.args[skip:]:
            if isinstance(arg, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
                found.append(Item(arg.elt, self.loop(arg, domain)))
            elif isinstance(arg, (ast.List, ast.Tuple)):
                found.extend(Item(part, plain) for part in arg.elts)
            else:
                found.append(Item(arg, plain))
        return found


def _is_minus(node: ast.UnaryOp) -> bool:
    return isinstance(node.op, ast.USub)


def _loops_of(node: ast.GeneratorExp | ast.ListComp | ast.SetComp) -> list[Loop]:
    return [Loop(bound_names(g), g.iter) for g in node.generators]
