"""Evaluates expressions for all rows of a domain at once."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.expressions import Expression, bound_names, parse_expression, parse_over
from agentkit.formulation.figures import BINARY, COMPARISONS, as_figures, known_function, symbol_order
from agentkit.formulation.loops import Expanded, Loop, expand
from agentkit.formulation.scope import Decisions, Domain, Macros, Scope, Sign
from agentkit.formulation.set_expressions import evaluate_set
from agentkit.formulation.universe import BoundSet, Codes, show_member
from agentkit.formulation.values import Affine, Numbers, Symbols, Truths, Value, affine_of, concatenated

__all__ = ["Evaluation", "loops_of"]


def loops_of(node: ast.GeneratorExp | ast.ListComp | ast.SetComp) -> tuple[list[Loop], list[ast.expr]]:
    """The loops and the conditions of a comprehension."""
    loops = [Loop(bound_names(g), g.iter) for g in node.generators]
    return loops, [condition for g in node.generators for condition in g.ifs]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One formula in its surroundings."""

    expression: Expression
    scope: Scope
    decisions: Decisions | None = None
    """Where variables may be used."""

    def value(self, domain: Domain, sign: Sign = 0) -> Value:
        """The whole formula's."""
        return self.evaluate(self.expression.node, domain, sign)

    def evaluate(self, node: ast.expr, domain: Domain, sign: Sign = 0) -> Value:
        """The value of a part of the formula. Raises `FormulationError` that points at it."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self._name(node, domain, sign)
            case ast.Subscript():
                return self._subscript(node, domain, sign)
            case ast.BinOp():
                return self._binary(node, domain, sign)
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.Compare():
                return self._logical(node, domain)
            case ast.UnaryOp():
                inner = self.evaluate(node.operand, domain, _flipped(sign) if _is_minus(node) else sign)
                return self._negative(inner, node) if _is_minus(node) else inner
            case ast.IfExp():
                return self._conditional(node, domain, sign)
            case ast.Call():
                return self._call(node, domain, sign)
        self.expression.fail("this has no value here", node)

    # Known values, as loops and sets need them.

    def truths(self, node: ast.expr, domain: Domain) -> NDArray[np.bool_]:
        """A condition of known data, for each row."""
        self._check_known(node, "a condition after `if` must be known before solving")
        value = self.evaluate(node, domain)
        if isinstance(value, Truths):
            found: NDArray[np.bool_] = value.values
        else:
            found = self._numbers(value, node) != 0
        return np.broadcast_to(found, (domain.size,))

    def figures(self, node: ast.expr, domain: Domain) -> NDArray[np.float64]:
        """A known figure, for each row or one for all."""
        self._check_known(node, "this must be known before solving")
        return self._numbers(self.evaluate(node, domain), node)

    def codes(self, node: ast.expr, domain: Domain) -> Codes:
        """A member, for each row or one for all."""
        value = self.evaluate(node, domain)
        if isinstance(value, Symbols):
            return value.codes
        return self.scope.universe.codes_of_numbers(self._numbers(value, node))

    def set_of(self, node: ast.expr, domain: Domain) -> BoundSet:
        """A set that is the same for all rows."""
        return evaluate_set(self, node)

    def loop(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp, domain: Domain) -> Expanded:
        """The rows that a comprehension goes through."""
        loops, conditions = loops_of(node)
        for name in (name for loop in loops for name in loop.names):
            kind = self.scope.kind(name)
            if kind is not None:
                self.expression.fail(f"{name} is also the name of a {kind}: call the index otherwise", node)
        return expand(self, domain, loops, conditions)

    def uses_decisions(self, node: ast.AST) -> bool:
        """Whether its value is known only with a solution."""
        return any(isinstance(part, ast.Name) and self.scope.decides(part.id) for part in ast.walk(node))

    def affine(self, node: ast.expr, domain: Domain, sign: Sign = 0) -> Affine:
        """The value as an affine function."""
        value = self.evaluate(node, domain, sign)
        if isinstance(value, Affine):
            return value
        return affine_of(self._numbers(value, node), domain.size)

    # Parts of formulas.

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
        return self._element(node, node.id, [], domain, sign)

    def _subscript(self, node: ast.Subscript, domain: Domain, sign: Sign) -> Value:
        if not isinstance(node.value, ast.Name):
            self.expression.fail("only elements have subscripts; write x[i, j], not x[i][j]", node)
        given = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        return self._element(node, node.value.id, given, domain, sign)

    def _element(self, node: ast.expr, name: str, given: list[ast.expr], domain: Domain, sign: Sign) -> Value:
        match self.scope.kind(name):
            case "parameter":
                return self._parameter(node, name, given, domain)
            case "variable":
                return self._variable(node, name, given, domain)
            case "expression":
                return self._derived(node, name, given, domain, sign)
            case "set":
                self.expression.fail(
                    f"{name} is a set: use it after `in`, or in len(), first() or last()", node
                )
            case None:
                self.expression.fail(f"there is nothing called {name}", node)

    def _places(self, node: ast.expr, name: str, given: list[ast.expr], index: Any, domain: Domain) -> Codes:
        if len(given) != index.arity:
            sets = ", ".join(bound.name for bound in index.sets) or "nothing"
            self.expression.fail(f"{name} is indexed by {sets}, not by {len(given)} subscripts", node)
        parts = [self.codes(part, domain) for part in given]
        places = np.broadcast_to(index.positions(parts), (domain.size,))
        return places

    def _parameter(self, node: ast.expr, name: str, given: list[ast.expr], domain: Domain) -> Value:
        found = self.scope.bound_parameter(name)
        if not found.index.sets and not given:
            values = found.values
            if not found.given[0]:
                self.expression.fail(f"{name} has no value", node)
            return Numbers(values.values[0]) if isinstance(values, Numbers) else Symbols(values.codes[0])
        if any(self.uses_decisions(part) for part in given):
            return self._look_up(node, name, given, domain)
        places = self._places(node, name, given, found.index, domain)
        self._check_places(node, name, given, places, domain)
        missing = ~found.given[places]
        if missing.any():
            row = int(np.flatnonzero(missing)[0])
            what = f"{name} has no value for {self._subscripts(given, domain, row)}"
            self.expression.fail(what, node, "give it, or a default")
        if isinstance(found.values, Symbols):
            return Symbols(found.values.codes[places])
        return Numbers(found.values.values[places])

    def _variable(self, node: ast.expr, name: str, given: list[ast.expr], domain: Domain) -> Value:
        if self.decisions is None:
            self.expression.fail(f"{name} is decided by the solver and not known here", node)
        if any(self.uses_decisions(part) for part in given):
            return self._look_up(node, name, given, domain)
        places = self._places(node, name, given, self.decisions.index(name), domain)
        self._check_places(node, name, given, places, domain)
        return self.decisions.at(name, places)

    def _check_places(
        self, node: ast.expr, name: str, given: list[ast.expr], places: Codes, domain: Domain
    ) -> None:
        if (places < 0).any():
            row = int(np.flatnonzero(places < 0)[0])
            what = f"{name} has no member {self._subscripts(given, domain, row)}{self._row(domain, row)}"
            self.expression.fail(what, node, "exclude it with `if`, or correct the sets")

    def _subscripts(self, given: list[ast.expr], domain: Domain, row: int) -> str:
        shown = []
        for part in given:
            value = self.evaluate(part, domain)
            if isinstance(value, Symbols):
                code = int(np.broadcast_to(value.codes, (domain.size,))[row])
                shown.append(self.scope.universe.members[code])
            else:
                figure = float(np.broadcast_to(self._numbers(value, part), (domain.size,))[row])
                shown.append(int(figure) if figure.is_integer() else figure)
        return f"[{show_member(shown)}]"

    def _row(self, domain: Domain, row: int) -> str:
        members = self.scope.universe.members
        bound = ", ".join(f"{name} = {members[int(codes[row])]}" for name, codes in domain.columns.items())
        return f" (where {bound})" if bound else ""

    def _derived(self, node: ast.expr, name: str, given: list[ast.expr], domain: Domain, sign: Sign) -> Value:
        element = self.scope.derived(name)
        over = parse_over(element.over, f"expression {name}")
        names = [bound for item in over.items for bound in item.names]
        if len(names) != len(given):
            self.expression.fail(f"{name} takes {len(names)} subscripts, not {len(given)}", node)
        codes = [np.broadcast_to(self.codes(part, domain), (domain.size,)) for part in given]
        inner = Domain(domain.size, dict(zip(names, codes, strict=True)))
        formula = parse_expression(element.value, f"expression {name}")
        value = Evaluation(formula, self.scope, self.decisions).value(inner, sign)
        return value

    def _look_up(self, node: ast.expr, name: str, given: list[ast.expr], domain: Domain) -> Value:
        """`cost[choice]` with a choice that is decided: all that it can be, of which one is taken."""
        unknown = [n for n, part in enumerate(given) if self.uses_decisions(part)]
        if len(unknown) > 1:
            self.expression.fail("only one subscript can be decided by the solver", node)
        at = unknown[0]
        value = self.evaluate(given[at], domain)
        if not isinstance(value, Affine):  # a solution is being checked: the choice is known
            known = Numbers(np.round(self._numbers(value, given[at])))
            return self._looked_up(node, name, given, at, known, domain)
        return self._choice(node, name, given, at, value, domain)

    def _looked_up(
        self, node: ast.expr, name: str, given: list[ast.expr], at: int, value: Numbers, domain: Domain
    ) -> Value:
        codes = [
            self.scope.universe.codes_of_numbers(value.values) if n == at else self.codes(part, domain)
            for n, part in enumerate(given)
        ]
        if self.scope.kind(name) == "variable":
            assert self.decisions is not None
            places = np.broadcast_to(self.decisions.index(name).positions(codes), (domain.size,))
            return self.decisions.at(name, places)
        found = self.scope.bound_parameter(name)
        places = np.broadcast_to(found.index.positions(codes), (domain.size,))
        assert isinstance(found.values, Numbers)
        return Numbers(found.values.values[places])

    def _choice(
        self, node: ast.expr, name: str, given: list[ast.expr], at: int, value: Affine, domain: Domain
    ) -> Value:
        of_variable = self.scope.kind(name) == "variable"
        assert self.decisions is not None
        index = self.decisions.index(name) if of_variable else self.scope.bound_parameter(name).index
        members = _set_at(index, at)
        if members is None:
            self.expression.fail("a part of a tuple cannot be decided by the solver", given[at])
        figures = self.scope.universe.numbers()[members.codes[:, 0]]
        if np.isnan(figures).any():
            what = f"{members.name} has members that are no figures, so no variable can stand for them"
            self.expression.fail(what, given[at])
        rows = np.repeat(np.arange(domain.size), members.size)
        wide = domain.taken(rows)
        hidden = f"{name}·choice"
        wide.columns[hidden] = np.tile(members.codes[:, 0], domain.size)
        parts = [ast.Name(hidden, ast.Load()) if n == at else part for n, part in enumerate(given)]
        values = self.affine_of_element(node, name, parts, wide)
        return self._macros(node).element(value, np.tile(figures, domain.size), rows, values)

    def affine_of_element(self, node: ast.expr, name: str, given: list[ast.expr], domain: Domain) -> Affine:
        """An element with subscripts as an affine function."""
        value = self._element(node, name, given, domain, 0)
        return value if isinstance(value, Affine) else affine_of(self._numbers(value, node), domain.size)

    # Arithmetic.

    def _binary(self, node: ast.BinOp, domain: Domain, sign: Sign) -> Value:
        right_sign = _flipped(sign) if isinstance(node.op, ast.Sub) else sign
        if isinstance(node.op, (ast.Mult, ast.Div)):
            return self._scaled(node, domain, sign)
        if isinstance(node.op, ast.Pow):
            return self._power(node, domain)
        left = self.evaluate(node.left, domain, sign)
        right = self.evaluate(node.right, domain, right_sign)
        if not isinstance(left, Affine) and not isinstance(right, Affine):
            return self._known_binary(node, left, right)
        if isinstance(node.op, ast.Sub):
            right = self._negative(right, node.right)
        elif not isinstance(node.op, ast.Add):
            self.expression.fail("this cannot be done with what is decided by the solver", node)
        if isinstance(left, Affine) and isinstance(right, Affine):
            return left.plus(right)
        if isinstance(left, Affine):
            return left.shifted(self._numbers(right, node.right))
        assert isinstance(right, Affine)
        return right.shifted(self._numbers(left, node.left))

    def _known_binary(self, node: ast.BinOp, left: Value, right: Value) -> Value:
        figures = (self._numbers(left, node.left), self._numbers(right, node.right))
        if isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)) and not np.all(figures[1]):
            self.expression.fail("division by zero", node)
        operation = BINARY.get(type(node.op))
        if operation is None:
            self.expression.fail("only sets can be joined like this", node)
        with np.errstate(all="ignore"):
            found = operation(*figures)
        if np.isnan(found).any():
            self.expression.fail("this is no figure", node)
        return Numbers(np.asarray(found, dtype=np.float64))

    def _scaled(self, node: ast.BinOp, domain: Domain, sign: Sign) -> Value:
        """A product or a quotient; where one side is known, its sign turns what the other may do."""
        decided = (self.uses_decisions(node.left), self.uses_decisions(node.right))
        if decided == (True, False):
            right = self.evaluate(node.right, domain)
            factor = self._numbers(right, node.right)
            left = self.evaluate(node.left, domain, _times(sign, factor))
            if not isinstance(left, Affine):
                return self._known_binary(node, left, right)
            if isinstance(node.op, ast.Div):
                if not np.all(factor):
                    self.expression.fail("division by zero", node)
                factor = 1.0 / factor
            return left.scaled(factor)
        if decided == (False, True) and isinstance(node.op, ast.Mult):
            factor = self._numbers(self.evaluate(node.left, domain), node.left)
            other = self.evaluate(node.right, domain, _times(sign, factor))
            return (
                other.scaled(factor)
                if isinstance(other, Affine)
                else self._known_binary(node, Numbers(factor), other)
            )
        left, right = self.evaluate(node.left, domain), self.evaluate(node.right, domain)
        if not isinstance(left, Affine) and not isinstance(right, Affine):
            return self._known_binary(node, left, right)
        if isinstance(node.op, ast.Div):
            self._nonlinear("division by what is decided", node)
        if isinstance(left, Affine) and isinstance(right, Affine):
            return self._macros(node).product(left, right)
        return self._mixed_product(left, right, node)

    def _mixed_product(self, left: Value, right: Value, node: ast.BinOp) -> Value:
        """One side uses variables, but not in these rows."""
        if isinstance(left, Affine):
            return left.scaled(self._numbers(right, node.right))
        assert isinstance(right, Affine)
        return right.scaled(self._numbers(left, node.left))

    def _power(self, node: ast.BinOp, domain: Domain) -> Value:
        left, right = self.evaluate(node.left, domain), self.evaluate(node.right, domain)
        if not isinstance(left, Affine) and not isinstance(right, Affine):
            return self._known_binary(node, left, right)
        exponent = None if isinstance(right, Affine) else self._numbers(right, node.right)
        if isinstance(left, Affine) and exponent is not None and exponent.ndim == 0:
            if exponent == 2:
                return self._macros(node).product(left, left)
            if exponent == 1:
                return left
        self._nonlinear("a power of what is decided", node)

    def _nonlinear(self, what: str, node: ast.expr) -> NoReturn:
        from agentkit.formulation.nonlinear import NonlinearError

        raise NonlinearError(
            what, element=self.expression.element, position=getattr(node, "col_offset", None)
        )

    def _negative(self, value: Value, node: ast.expr) -> Value:
        if isinstance(value, Affine):
            return value.scaled(np.asarray(-1.0))
        return Numbers(-self._numbers(value, node))

    def _numbers(self, value: Value, node: ast.expr) -> NDArray[np.float64]:
        found = as_figures(value, self.scope.universe)
        if found is None:
            what = "known figures are needed here" if isinstance(value, Affine) else "this is no figure"
            self.expression.fail(what, node)
        return found

    def _check_known(self, node: ast.expr, what: str) -> None:
        if self.decisions is not None and self.decisions.macros is not None and self.uses_decisions(node):
            self.expression.fail(what, node, "use implies(), or a binary variable")

    def _macros(self, node: ast.expr) -> Macros:
        found = self.decisions.macros if self.decisions is not None else None
        if found is None:
            self.expression.fail("this is not known here", node)
        return found

    def _conditional(self, node: ast.IfExp, domain: Domain, sign: Sign) -> Value:
        """Each branch is evaluated only where it is taken, so that it may be undefined elsewhere."""
        kept = self.truths(node.test, domain)
        branches = []
        for chosen, branch in ((kept, node.body), (~kept, node.orelse)):
            rows = np.flatnonzero(chosen)
            if len(rows) == domain.size:
                return self.evaluate(branch, domain, sign)
            branches.append((rows, self.evaluate(branch, domain.taken(rows), sign), branch))
        return self._merged(branches, domain)

    def _merged(self, branches: Sequence[tuple[Codes, Value, ast.expr]], domain: Domain) -> Value:
        values = [value for _, value, _ in branches]
        if any(isinstance(value, Affine) for value in values):
            total = affine_of(0.0, domain.size)
            for rows, value, branch in branches:
                part = (
                    value if isinstance(value, Affine) else affine_of(self._numbers(value, branch), len(rows))
                )
                total = total.plus(part.moved(rows, domain.size))
            return total
        if all(isinstance(value, Symbols) for value in values):
            codes = np.zeros(domain.size, dtype=np.int64)
            for rows, value, _ in branches:
                assert isinstance(value, Symbols)
                codes[rows] = value.codes
            return Symbols(codes)
        figures = np.zeros(domain.size)
        for rows, value, branch in branches:
            figures[rows] = self._numbers(value, branch)
        return Numbers(figures)

    # Logic.

    def _logical(self, node: ast.expr, domain: Domain) -> Value:
        macros = self.decisions.macros if self.decisions is not None else None
        if macros is not None and self.uses_decisions(node):
            from agentkit.formulation.logic import truth_as_number

            return truth_as_number(self, node, domain)
        return Truths(self._known_truth(node, domain))

    def _known_truth(self, node: ast.expr, domain: Domain) -> NDArray[np.bool_]:
        match node:
            case ast.UnaryOp():
                return ~self.truths(node.operand, domain)
            case ast.BoolOp():
                return self._known_chain(node, domain)
            case ast.Compare():
                sides = [node.left, *node.comparators]
                pairs = [self._compared(op, sides[n], sides[n + 1], domain) for n, op in enumerate(node.ops)]
                return reduce(np.logical_and, pairs)
        self.expression.fail("this is neither true nor false", node)

    def _known_chain(self, node: ast.BoolOp, domain: Domain) -> NDArray[np.bool_]:
        """Later parts only where earlier ones leave it open, so that they may be undefined elsewhere."""
        both = isinstance(node.op, ast.And)
        found = np.full(domain.size, both)
        open_rows = np.arange(domain.size)
        for part in node.values:
            truth = self.truths(part, domain.taken(open_rows))
            found[open_rows] = truth
            open_rows = open_rows[truth == both]
        return found

    def _compared(self, op: ast.cmpop, left: ast.expr, right: ast.expr, domain: Domain) -> NDArray[np.bool_]:
        if isinstance(op, (ast.In, ast.NotIn)):
            inside = self._membership(left, right, domain)
            return inside if isinstance(op, ast.In) else ~inside
        values = (self.evaluate(left, domain), self.evaluate(right, domain))
        if isinstance(values[0], Symbols) and isinstance(values[1], Symbols):
            return symbol_order(op, values[0].codes, values[1].codes, self.scope.universe)
        figures = [as_figures(value, self.scope.universe) for value in values]
        if figures[0] is None or figures[1] is None:
            if isinstance(op, (ast.Eq, ast.NotEq)):  # a member that is no figure equals none
                return np.asarray(isinstance(op, ast.NotEq))
            self.expression.fail("a member that is no figure cannot be compared with a figure", left)
        return np.asarray(COMPARISONS[type(op)](figures[0], figures[1]))

    def _membership(self, left: ast.expr, right: ast.expr, domain: Domain) -> NDArray[np.bool_]:
        parts = list(left.elts) if isinstance(left, ast.Tuple) else [left]
        codes = [self.codes(part, domain) for part in parts]
        if isinstance(right, (ast.List, ast.Tuple, ast.Set)):
            options = [self.codes(option, domain) for option in right.elts]
            return reduce(np.logical_or, [codes[0] == option for option in options], np.asarray(False))
        members = self.set_of(right, domain)
        if members.arity != len(codes):
            self.expression.fail(f"members of {members.name} have {members.arity} parts", left)
        return np.asarray(members.positions(codes) >= 0)

    # Functions.

    def _call(self, node: ast.Call, domain: Domain, sign: Sign) -> Value:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == "sum":
            return self._sum(node, domain, sign)
        if name in ("max", "min"):
            return self._extreme(node, domain, sign, "max" if name == "max" else "min")
        if name in (
            "count",
            "all",
            "any",
            "implies",
            "iff",
            "exactly",
            "at_least",
            "at_most",
            "all_different",
        ):
            from agentkit.formulation.logic import known_logic, truth_as_number

            macros = self.decisions.macros if self.decisions is not None else None
            if macros is not None and self.uses_decisions(node):
                return truth_as_number(self, node, domain)
            return known_logic(self, node, domain)
        if name in ("first", "last", "next", "previous", "position", "len"):
            return self._of_set(node, name, domain)
        if name == "piecewise":
            return self._piecewise(node, domain, sign)
        if name == "range":
            self.expression.fail("range() is a set: use it after `in`", node)
        return self._function(node, name, domain, sign)

    def _function(self, node: ast.Call, name: str, domain: Domain, sign: Sign) -> Value:
        if name == "abs":
            value = self.evaluate(node.args[0], domain)
            if isinstance(value, Affine):
                items = concatenated([value, value.scaled(np.asarray(-1.0))])
                parent = np.tile(np.arange(domain.size), 2)
                return self._macros(node).extreme(items, parent, domain.size, "max", sign)
            return Numbers(np.abs(self._numbers(value, node.args[0])))
        operation = known_function(name)
        if operation is None:
            self.expression.fail(f"there is no function called {name}", node)
        values = [self.evaluate(arg, domain) for arg in node.args]
        if any(isinstance(value, Affine) for value in values):
            self._nonlinear(f"{name} of what is decided", node)
        with np.errstate(all="ignore"):
            found = operation(*(self._numbers(v, a) for v, a in zip(values, node.args, strict=True)))
        if not np.isfinite(found).all():
            self.expression.fail(f"{name} is not defined there", node)
        return Numbers(np.asarray(found, dtype=np.float64))

    def items(self, node: ast.Call, domain: Domain, skip: int = 0) -> tuple[list[ast.expr], list[Expanded]]:
        """The arguments of a collecting function, each with the rows that it is to be evaluated for."""
        bodies, rows = [], []
        plain = Expanded(domain, np.arange(domain.size))
        for arg in node.args[skip:]:
            if isinstance(arg, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
                bodies.append(arg.elt)
                rows.append(self.loop(arg, domain))
            elif isinstance(arg, (ast.List, ast.Tuple)):
                bodies.extend(arg.elts)
                rows.extend([plain] * len(arg.elts))
            else:
                bodies.append(arg)
                rows.append(plain)
        return bodies, rows

    def _sum(self, node: ast.Call, domain: Domain, sign: Sign) -> Value:
        bodies, rows = self.items(node, domain)
        total: Affine | None = None
        known = np.zeros(domain.size)
        for body, expanded in zip(bodies, rows, strict=True):
            value = self.evaluate(body, expanded.domain, sign)
            if isinstance(value, Affine):
                part = value.moved(expanded.parent, domain.size)
                total = part if total is None else total.plus(part)
            else:
                figures = np.broadcast_to(self._numbers(value, body), (expanded.domain.size,))
                known = known + np.bincount(expanded.parent, weights=figures, minlength=domain.size)
        return Numbers(known) if total is None else total.shifted(known)

    def _extreme(self, node: ast.Call, domain: Domain, sign: Sign, kind: Literal["max", "min"]) -> Value:
        bodies, rows = self.items(node, domain)
        values = [self.evaluate(b, e.domain, sign) for b, e in zip(bodies, rows, strict=True)]
        parent = np.concatenate([e.parent for e in rows])
        if len(np.unique(parent)) < domain.size:
            self.expression.fail(f"{kind} of nothing", node, "is the set empty, or the condition too narrow?")
        if any(isinstance(value, Affine) for value in values):
            parts = [
                v if isinstance(v, Affine) else affine_of(self._numbers(v, b), e.domain.size)
                for v, b, e in zip(values, bodies, rows, strict=True)
            ]
            return self._macros(node).extreme(concatenated(parts), parent, domain.size, kind, sign)
        figures = np.concatenate(
            [
                np.broadcast_to(self._numbers(v, b), (e.domain.size,))
                for v, b, e in zip(values, bodies, rows, strict=True)
            ]
        )
        found = np.full(domain.size, -np.inf if kind == "max" else np.inf)
        (np.maximum if kind == "max" else np.minimum).at(found, parent, figures)
        return Numbers(found)

    def _of_set(self, node: ast.Call, name: str, domain: Domain) -> Value:
        members = self.set_of(node.args[-1] if name in ("first", "last", "len") else node.args[0], domain)
        if name == "len":
            return Numbers(np.asarray(float(members.size)))
        if members.arity != 1:
            self.expression.fail(f"{members.name} has tuples, which have no order", node)
        if name in ("first", "last"):
            if not members.size:
                self.expression.fail(f"{members.name} is empty", node)
            return Symbols(members.codes[0 if name == "first" else -1, 0])
        place = members.positions([self.codes(node.args[1], domain)])
        if name == "position":
            return Numbers(place.astype(np.float64) + 1)
        moved = place + (1 if name == "next" else -1)
        outside = (place < 0) | (moved < 0) | (moved >= members.size)
        if outside.any():
            row = int(np.flatnonzero(np.broadcast_to(outside, (domain.size,)))[0])
            what = f"there is no {name} member{self._row(domain, row)}"
            self.expression.fail(what, node, "exclude it with `if`, e.g. `if t != first(days)`")
        return Symbols(members.codes[moved, 0])

    def _piecewise(self, node: ast.Call, domain: Domain, sign: Sign) -> Value:
        points = node.args[1]
        if not isinstance(points, (ast.List, ast.Tuple)) or len(points.elts) < 2:
            self.expression.fail("piecewise takes a list of two or more points (x, y)", node)
        xs: list[NDArray[np.float64]] = []
        ys: list[NDArray[np.float64]] = []
        for point in points.elts:
            if not isinstance(point, ast.Tuple) or len(point.elts) != 2:
                self.expression.fail("a point is a pair (x, y)", point)
            for part, into in zip(point.elts, (xs, ys), strict=True):
                into.append(np.broadcast_to(self.figures(part, domain), (domain.size,)))
        if any(not np.all(a < b) for a, b in zip(xs, xs[1:], strict=False)):
            self.expression.fail("the points must go from left to right", points)
        value = self.evaluate(node.args[0], domain)
        if isinstance(value, Affine):
            return self._macros(node).piecewise(value, xs, ys, sign)
        at = np.broadcast_to(self._numbers(value, node.args[0]), (domain.size,))
        rows = range(domain.size)
        columns, heights = np.array(xs), np.array(ys)
        return Numbers(np.array([np.interp(at[r], columns[:, r], heights[:, r]) for r in rows]))


def _is_minus(node: ast.UnaryOp) -> bool:
    return isinstance(node.op, ast.USub)


def _flipped(sign: Sign) -> Sign:
    return -1 if sign == 1 else 1 if sign == -1 else 0


def _times(sign: Sign, factor: NDArray[np.float64]) -> Sign:
    """What a side may do if the whole may do `sign` and it is multiplied by a known factor."""
    if bool(np.all(factor >= 0)):
        return sign
    return _flipped(sign) if bool(np.all(factor <= 0)) else 0


def _set_at(index: Any, subscript: int) -> BoundSet | None:
    """The set that a subscript belongs to; None within tuples."""
    at = 0
    for bound in index.sets:
        if at == subscript and bound.arity == 1:
            return bound  # type: ignore[no-any-return]
        at += bound.arity
    return None
