"""`to_pyomo`: a formulation with its data as a Pyomo model, to look at and for what HiGHS cannot take.

Sets, variables and constraints keep their names, so `model.pprint()` can be read beside the formulation. It
is made by the scalar reading of the language and shares no rows with the arrays that HiGHS gets.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.elements import Constraint, Member, Objective, Variable
from agentkit.formulation.expressions import parse_expression, parse_over
from agentkit.formulation.instance import Instance
from agentkit.formulation.pyomo_view.pyomo_rows import PyomoRows, free_name
from agentkit.formulation.pyomo_view.scalar import ScalarSurroundings
from agentkit.formulation.pyomo_view.scalar_values import Binding
from agentkit.formulation.values import Floats
from agentkit.solvers.pyomo_bounds import PyomoBounds

__all__ = ["PyomoView", "to_pyomo"]


@dataclass(frozen=True, slots=True, eq=False)
class PyomoView:
    """A Pyomo model, and which of its variables are the formulation's."""

    model: Any
    """A `pyomo.environ.ConcreteModel`, of which the first objective is active."""
    variables: Mapping[str, Mapping[tuple[Member, ...], Any]]
    """By variable and members, Pyomo's variable; a single one under ()."""
    objectives: tuple[Any, ...]
    """Pyomo's objectives, the first foremost; one that counts nothing where the formulation has none."""

    def arrays(self) -> dict[str, Floats]:
        """The variables' figures, in the order of their places; NaN where a solver set none."""
        return {
            name: np.array(
                [math.nan if v.value is None else v.value for v in found.values()], dtype=np.float64
            )
            for name, found in self.variables.items()
        }


def to_pyomo(instance: Instance) -> PyomoView:
    """The Pyomo model of an instance.

    Raises `FormulationError` where formulation and data do not fit, or no solver could take a formula.

    >>> from agentkit.formulation.formulation import Formulation
    >>> toy = Formulation.read({
    ...     "variables": {"x": {"upper": 4}, "y": {"type": "integer", "upper": 3}},
    ...     "constraints": {"together": "x + 2 * y <= 7"},
    ...     "objective": {"maximize": "x * y"},
    ... })
    >>> str(to_pyomo(Instance(toy)).model.together.expr)
    'x + 2.0*y  <=  7.0'
    """
    return _Viewer(instance).view()


class _Viewer:
    def __init__(self, instance: Instance) -> None:
        import pyomo.environ as pyo

        self._instance = instance
        self._model = pyo.ConcreteModel(name=instance.formulation.title or "formulation")
        self._columns: dict[str, list[Any]] = {}
        self._rows = PyomoRows(self._model, self._columns, PyomoBounds(self._model))
        self._known = ScalarSurroundings(instance)
        self._around = ScalarSurroundings(instance, self._rows)
        self._penalties: list[Any] = []

    def view(self) -> PyomoView:
        formulation = self._instance.formulation
        if formulation.planning is not None:
            what = "a planning problem is no single model: its horizon is searched for"
            raise FormulationError(what, element="planning")
        for one in formulation.sets:
            self._add_set(one.name)
        variables = {variable.name: self._add_variable(variable) for variable in formulation.variables}
        # Plain rows first: they bound what logical conditions need bounds for.
        for constraint in sorted(formulation.constraints, key=_is_logical):
            self._add_constraint(constraint)
        return PyomoView(self._model, variables, self._add_objectives())

    def _add(self, name: str, component: Any) -> Any:
        self._model.add_component(free_name(self._model, name), component)
        return component

    def _add_set(self, name: str) -> None:
        import pyomo.environ as pyo

        members = self._around.sets.named(name)
        arity = self._instance.bound_set(name).arity
        listed = [member if arity > 1 else member[0] for member in members]
        self._add(name, pyo.Set(initialize=listed, dimen=arity))

    def _add_variable(self, variable: Variable) -> dict[tuple[Member, ...], Any]:
        import pyomo.environ as pyo

        domains = {"binary": pyo.Binary, "integer": pyo.Integers, "real": pyo.Reals}
        index = self._instance.variable_index(variable.name)
        members = self._around.sets.table(index).members
        domain = domains[variable.type]
        if index.arity:
            keys = [member if index.arity > 1 else member[0] for member in members]
            made = self._add(variable.name, pyo.Var(keys, domain=domain))
            found = [made[key] for key in keys]
        else:
            found = [self._add(variable.name, pyo.Var(domain=domain))]
        self._columns[variable.name] = found
        for member, column in zip(members, found, strict=True):
            self._set_bounds(variable, member, column)
        return dict(zip(members, found, strict=True))

    def _set_bounds(self, variable: Variable, member: tuple[Member, ...], column: Any) -> None:
        over = parse_over(variable.over, f"variable {variable.name}")
        names = [name for item in over.items for name in (item.names or ("",))]
        binding = dict(zip(names, member, strict=True)) if len(names) == len(member) else {}
        lower = self._bound(variable, "lower", variable.lower, binding, -math.inf)
        upper = self._bound(variable, "upper", variable.upper, binding, math.inf)
        if variable.type == "binary":
            lower, upper = max(lower, 0.0), min(upper, 1.0)
        if variable.type != "real":
            lower = math.ceil(lower - 1e-9) if math.isfinite(lower) else lower
            upper = math.floor(upper + 1e-9) if math.isfinite(upper) else upper
        if lower > upper:
            what = f"its lower bound is above its upper bound ({lower:g} > {upper:g})"
            raise FormulationError(what, element=f"variable {variable.name}")
        column.setlb(lower if math.isfinite(lower) else None)
        column.setub(upper if math.isfinite(upper) else None)

    def _bound(
        self, variable: Variable, which: str, text: str | None, binding: Binding, none: float
    ) -> float:
        if text is None or not text.strip():
            return none
        reader = self._known.reader(text, f"variable {variable.name}, {which}")
        return reader.known_figure(reader.expression.node, binding)

    def _add_constraint(self, constraint: Constraint) -> None:
        import pyomo.environ as pyo

        element = self._rows.element = f"constraint {constraint.name}"
        reader = self._around.reader(constraint.rule, element)
        _refuse_tours(constraint.rule, element)
        made: Any = None
        for binding in self._around.rows(constraint.forall, element):
            if constraint.penalty is None:
                rows = self._rows.required(reader.condition(binding))
            else:
                rows = list(self._softened(constraint, binding))
            if not binding:
                self._add(constraint.name, _list_of(rows))
                continue
            if made is None:
                made = self._add(constraint.name, pyo.Constraint(pyo.Any))
            for number, row in enumerate(rows):
                key = (*binding.values(), number + 1) if number else tuple(binding.values())
                made[key if len(key) > 1 else key[0]] = row

    def _softened(self, constraint: Constraint, binding: Binding) -> Iterator[Any]:
        """The rows of a comparison that may be missed, by an amount that costs a penalty a unit."""
        element = f"constraint {constraint.name}"
        reader = self._around.reader(constraint.rule, element)
        node = reader.expression.node
        if not isinstance(node, ast.Compare) or any(isinstance(op, ast.NotEq) for op in node.ops):
            reader.expression.fail("only comparisons with <=, >= or == can be soft", node)
        price = self._known.reader(str(constraint.penalty), f"{element}, penalty")
        penalty = price.known_figure(price.expression.node, binding)
        if penalty < 0:
            raise FormulationError("a penalty must not be negative", element=f"{element}, penalty")
        sides = [reader.figure(side, binding) for side in (node.left, *node.comparators)]
        for n, op in enumerate(node.ops):
            missed = self._rows.new(0.0, math.inf)
            self._penalties.append(penalty * missed)
            strict = isinstance(op, (ast.Lt, ast.Gt))
            step = self._rows.bounds.step(sides[n] - sides[n + 1]) if strict else 0.0
            if isinstance(op, (ast.LtE, ast.Lt, ast.Eq)):
                yield sides[n] + step <= sides[n + 1] + missed
            if isinstance(op, (ast.GtE, ast.Gt, ast.Eq)):
                yield sides[n] + missed >= sides[n + 1] + step

    def _add_objectives(self) -> tuple[Any, ...]:
        import pyomo.environ as pyo

        given = self._instance.formulation.objectives
        listed = given or (Objective(name="violation", sense="minimize", expression="0"),)
        made = []
        for number, element in enumerate(listed):
            name = self._rows.element = f"objective {element.name}"
            minimise = element.sense == "minimize"
            value = self._around.reader(element.expression, name).figure(
                parse_expression(element.expression, name).node, {}, 1 if minimise else -1
            )
            if not number and self._penalties:
                costs = self._rows.total(self._penalties)
                value = value + costs if minimise else value - costs
            component = pyo.Objective(expr=value, sense=pyo.minimize if minimise else pyo.maximize)
            made.append(self._add(element.name, component))
            if number:
                component.deactivate()
        return tuple(made)


def _refuse_tours(rule: str, element: str) -> None:
    """Tours are the array compiler's: with its cuts, which a Pyomo model could not hold."""
    formula = parse_expression(rule, element)
    for node in ast.walk(formula.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tour":
            mend = "write degrees and an order variable as rows of their own"
            formula.fail("tour() has no Pyomo view, and so goes with linear problems only", node, mend)


def _list_of(rows: list[Any]) -> Any:
    """The rows of a constraint without indices."""
    import pyomo.environ as pyo

    if len(rows) == 1:
        return pyo.Constraint(expr=rows[0])
    listed = pyo.ConstraintList()
    listed.construct()
    for row in rows:
        listed.add(row)
    return listed


def _is_logical(constraint: Constraint) -> bool:
    """Whether it is more than one comparison of sums."""
    root = parse_expression(constraint.rule, f"constraint {constraint.name}").node
    return any(
        isinstance(node, (ast.BoolOp, ast.Not, ast.NotEq))
        or (isinstance(node, ast.Compare) and node is not root)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id != "sum")
        for node in ast.walk(root)
    )
