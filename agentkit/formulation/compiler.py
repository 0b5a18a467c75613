"""Compiles an instance straight into arrays for HiGHS."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.builder import Builder, RowBlock, UnboundedTermError
from agentkit.formulation.elements import Constraint, Objective
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import parse_expression
from agentkit.formulation.instance import Instance
from agentkit.formulation.logic import require
from agentkit.formulation.macros import ArrayMacros
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.parts import nodes_in
from agentkit.formulation.scope import Domain, Macros, Sign
from agentkit.formulation.universe import Codes, Index, show_member
from agentkit.formulation.values import Affine, Floats, affine_of
from agentkit.solvers.linear_model import LinearModel, Quadratic
from agentkit.solvers.subtours import TourArcs

__all__ = ["CompiledModel", "CompiledObjective", "compile_instance", "objective_value"]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledObjective:
    """An objective as a function of columns."""

    element: Objective
    function: Affine
    """One row."""


@dataclass(frozen=True, slots=True, eq=False)
class CompiledModel:
    """Arrays, and what their rows and columns stand for."""

    instance: Instance
    model: LinearModel
    """With the first objective."""
    objectives: tuple[CompiledObjective, ...]
    blocks: tuple[RowBlock, ...]
    """Which rows came from which element, in order."""
    columns: dict[str, Codes]
    """The columns of each variable, at all its places."""
    tours: tuple[TourArcs, ...] = ()
    """Round tours, for which the solver knows cuts."""

    def block_of(self, row: int) -> RowBlock:
        """The block that a row is in."""
        starts = [block.start for block in self.blocks]
        return self.blocks[int(np.searchsorted(starts, row, side="right")) - 1]

    def row_name(self, row: int) -> str:
        """A row as people call it: `capacity[a]`."""
        block = self.block_of(row)
        name = block.element.split(" ", 1)[-1]
        if block.domain is None or not block.domain.columns:
            return name
        members = self.instance.universe.members
        bound = [members[int(codes[row - block.start])] for codes in block.domain.columns.values()]
        return f"{name}[{show_member(bound)}]"

    def column_name(self, column: int) -> str:
        """A column as people call it: `ship[a, b]`; empty for auxiliary ones."""
        for name, columns in self.columns.items():
            if len(columns) and columns[0] <= column <= columns[-1]:
                index = self.instance.variable_index(name)
                place = int(column - columns[0])
                universe = self.instance.universe
                members = [universe.members[int(codes[place])] for codes in index.columns()]
                return f"{name}[{show_member(members)}]" if members else name
        return ""


@dataclass(slots=True, eq=False)
class _Columns:
    """What variables evaluate to while compiling: columns (`Decisions`)."""

    instance: Instance
    array_macros: ArrayMacros
    columns: dict[str, Codes] = field(default_factory=dict)

    def index(self, name: str) -> Index:
        return self.instance.variable_index(name)

    def at(self, name: str, places: Codes) -> Affine:
        count = len(places)
        return Affine(np.zeros(count), np.arange(count), self.columns[name][places], np.ones(count))

    @property
    def macros(self) -> Macros:
        return self.array_macros


def compile_instance(instance: Instance) -> CompiledModel:
    """Arrays for HiGHS.

    Raises `NonlinearError` where a formula is beyond it, `FormulationError` where something does not fit.
    """
    return _Compiler(instance).compiled()


class _Compiler:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._builder = Builder()
        self._macros = ArrayMacros(self._builder)
        self._decisions = _Columns(instance, self._macros)
        self._penalties: list[Affine] = []

    def compiled(self) -> CompiledModel:
        formulation = self._instance.formulation
        self._add_variables()
        try:
            # Plain rows first: they bound what logical conditions need bounds for.
            for constraint in sorted(formulation.constraints, key=_takes_macros):
                self._add_constraint(constraint)
            objectives = [self._objective(one) for one in formulation.objectives]
            if len(objectives) > 1:  # each must be held by a row while the next is sought
                objectives = [replace(o, function=self._macros.linear(o.function)) for o in objectives]
            if self._penalties:
                objectives = self._with_penalties(objectives)
            model = self._model(objectives[0] if objectives else None)
        except UnboundedTermError as error:
            raise self._named(error) from error
        return CompiledModel(
            self._instance,
            model,
            tuple(objectives),
            tuple(self._builder.blocks),
            self._decisions.columns,
            tuple(self._builder.tours),
        )

    def _add_variables(self) -> None:
        for variable in self._instance.formulation.variables:
            name = f"variable {variable.name}"
            with self._builder.of(name):
                bounds = self._instance.variable_bounds(variable)
                integer = variable.type != "real"
                if integer:
                    bounds = type(bounds)(np.ceil(bounds.lower - 1e-9), np.floor(bounds.upper + 1e-9))
                # What is no number (inf - inf) is never <=.
                fits = (bounds.lower <= bounds.upper) & (bounds.lower < np.inf) & (bounds.upper > -np.inf)
                crossed = np.flatnonzero(~fits)
                if len(crossed):
                    where = f"{bounds.lower[crossed[0]]:g} and {bounds.upper[crossed[0]]:g}"
                    raise FormulationError(f"nothing lies between its bounds {where}", element=name)
                count = self._instance.variable_index(variable.name).size
                columns = self._builder.add_columns(bounds.lower, bounds.upper, count, integer=integer)
                self._decisions.columns[variable.name] = columns

    def _evaluation(self, text: str, element: str) -> Evaluation:
        return Evaluation(parse_expression(text, element), self._instance, self._decisions)

    def _add_constraint(self, constraint: Constraint) -> None:
        element = f"constraint {constraint.name}"
        domain = self._instance.rows(constraint.forall, element)
        evaluation = self._evaluation(constraint.rule, element)
        if not domain.size:
            return
        with self._builder.of(element):
            if constraint.penalty is not None:
                self._soften(constraint, evaluation, domain)
                return
            node = evaluation.expression.node
            if not _is_condition(node):
                evaluation.expression.fail("a constraint is a comparison or a logical condition", node)
            require(evaluation, node, domain)

    def _soften(self, constraint: Constraint, evaluation: Evaluation, domain: Domain) -> None:
        """The comparison may be missed by an amount that costs a penalty a unit."""
        node = evaluation.expression.node
        if not isinstance(node, ast.Compare) or any(isinstance(op, ast.NotEq) for op in node.ops):
            evaluation.expression.fail("only comparisons with <=, >= or == can be soft", node)
        element = f"constraint {constraint.name}, penalty"
        price = parse_expression(str(constraint.penalty), element)
        penalty = Evaluation(price, self._instance).figures(price.node, domain)
        if not np.all(penalty >= 0):
            raise FormulationError("a penalty must not be negative", element=element)
        sides = [node.left, *node.comparators]
        for n, op in enumerate(node.ops):
            slack = self._builder.new(0.0, np.inf, domain.size)
            self._penalties.append(slack.scaled(penalty))
            left = evaluation.affine(sides[n], domain)
            gap = self._macros.linear(
                left.plus(evaluation.affine(sides[n + 1], domain).scaled(np.asarray(-1.0)))
            )
            step = self._builder.steps(gap) if isinstance(op, (ast.Lt, ast.Gt)) else 0.0
            if isinstance(op, (ast.LtE, ast.Lt, ast.Eq)):
                self._builder.add_rows(gap.plus(slack.scaled(np.asarray(-1.0))), -np.inf, -step, domain)
            if isinstance(op, (ast.GtE, ast.Gt, ast.Eq)):
                self._builder.add_rows(gap.plus(slack), step, np.inf, domain)

    def _objective(self, element: Objective) -> CompiledObjective:
        name = f"objective {element.name}"
        with self._builder.of(name):
            evaluation = self._evaluation(element.expression, name)
            sign: Sign = 1 if element.sense == "minimize" else -1
            return CompiledObjective(element, evaluation.affine(evaluation.expression.node, Domain(), sign))

    def _with_penalties(self, objectives: Sequence[CompiledObjective]) -> list[CompiledObjective]:
        total = affine_of(0.0, 1)
        for part in self._penalties:
            total = total.plus(part.moved(np.zeros(part.rows, dtype=np.int64), 1))
        if not objectives:
            element = Objective(name="violation", sense="minimize", expression="0")
            return [CompiledObjective(element, total)]
        first = objectives[0]
        factor = np.asarray(1.0 if first.element.sense == "minimize" else -1.0)
        return [replace(first, function=first.function.plus(total.scaled(factor))), *objectives[1:]]

    def _model(self, objective: CompiledObjective | None) -> LinearModel:
        function = objective.function if objective is not None else affine_of(0.0, 1)
        with self._builder.of(f"objective {objective.element.name}" if objective else "objective"):
            quadratic = self._quadratic(function, objective)
            if quadratic is None:
                function = self._macros.linear(function)
        lower, upper, integer = self._builder.column_arrays()
        matrix = self._builder.matrix()
        none = np.empty(0)
        cost = np.bincount(function.column, weights=function.coefficient, minlength=self._builder.columns)
        return LinearModel(
            cost=cost.astype(np.float64),
            col_lower=lower,
            col_upper=upper,
            integer=integer,
            row_lower=np.concatenate([*self._builder.row_lower, none]),
            row_upper=np.concatenate([*self._builder.row_upper, none]),
            starts=matrix.starts,
            indices=matrix.indices,
            values=matrix.values,
            maximise=objective is not None and objective.element.sense == "maximize",
            offset=float(function.constant[0]),
            quadratic=quadratic,
        )

    def _quadratic(self, function: Affine, objective: CompiledObjective | None) -> Quadratic | None:
        """x'Qx/2, where HiGHS can take the objective's products: they are convex, and nothing is integer."""
        if function.products is None or objective is None:
            return None
        if self._builder.column_arrays()[2].any():
            return None
        products = function.products
        sign = 1.0 if objective.element.sense == "minimize" else -1.0
        used, place = np.unique(np.concatenate([products.left, products.right]), return_inverse=True)
        if len(used) > 2000:
            return None
        dense = np.zeros((len(used), len(used)))
        half = len(products.left)
        np.add.at(dense, (place[:half], place[half:]), products.coefficient)
        dense = dense + dense.T
        if np.linalg.eigvalsh(sign * dense).min() < -1e-9 * max(1.0, float(np.abs(dense).max())):
            raise NonlinearError("the objective is not convex", element=f"objective {objective.element.name}")
        return _lower_triangle(dense, used, self._builder.columns)

    def _named(self, error: UnboundedTermError) -> UnboundedTermError:
        """The same, with the variables that lack bounds."""
        names = []
        for column in error.columns.tolist():
            for name, columns in self._decisions.columns.items():
                if len(columns) and columns[0] <= column <= columns[-1]:
                    names.append(name)
        listed = ", ".join(dict.fromkeys(names)) or "an expression"
        return UnboundedTermError(error.element, error.columns, listed)


def _lower_triangle(dense: Any, used: Codes, columns: int) -> Quadratic:
    rows, cols = np.nonzero(np.tril(dense))
    order = np.lexsort((rows, cols))
    rows, cols = rows[order], cols[order]
    counts = np.bincount(used[cols], minlength=columns)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return Quadratic(starts, used[rows].astype(np.int32), dense[rows, cols].astype(np.float64))


def _takes_macros(constraint: Constraint) -> bool:
    try:
        root = parse_expression(constraint.rule, f"constraint {constraint.name}").node
    except FormulationError:
        return False
    return any(_is_macro(node, root) for node in nodes_in(root))


def _is_macro(node: ast.AST, root: ast.expr) -> bool:
    """Whether a part of a rule is more than a plain row."""
    match node:
        case ast.Compare(ops=ops):
            return node is not root or any(isinstance(op, ast.NotEq) for op in ops)
        case ast.Call(func=ast.Name(id=name)):
            return name != "sum"
    return isinstance(node, ast.BoolOp) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _is_condition(node: ast.expr) -> bool:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in (
                "all",
                "all_different",
                "tour",
                "any",
                "at_least",
                "at_most",
                "exactly",
                "iff",
                "implies",
            )
    return isinstance(node, (ast.Name, ast.Subscript)) and not (
        isinstance(node, ast.Name) and node.id == "inf"
    )


def objective_value(objective: CompiledObjective, values: Floats) -> float:
    """What an objective comes to at these columns' values."""
    function = objective.function
    total = float(function.constant[0] + function.coefficient @ values[function.column])
    if function.products is not None:
        products = function.products
        total += float(products.coefficient @ (values[products.left] * values[products.right]))
    return total
