"""Writes the answer that a formulation describes, with the solution's figures in it."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agentkit.errors import FormulationError
from agentkit.formulation.elements import AnswerLine
from agentkit.formulation.evaluation import Evaluation
from agentkit.formulation.expressions import Expression, parse_expression, parse_over
from agentkit.formulation.figures import written_figure
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.loops import Loop, expand
from agentkit.formulation.residuals import KnownDecisions
from agentkit.formulation.scope import Domain
from agentkit.formulation.solution import Solution
from agentkit.formulation.values import Symbols, Value

__all__ = ["check_answer", "proof_text", "render_answer"]

_PART = re.compile(r"\{\{|\}\}|\{((?:[^{}]|\{[^{}]*\})*)\}")
_FORMAT = re.compile(r":([,+]?\d*\.?\d*[dfge%]?|,)$")
_WORDS = ("plan", "proof")
"""Names that stand for words about the solution as a whole: its steps, and what is proven of it."""


def render_answer(formulation: Formulation, solution: Solution) -> str:
    """The answer in the form that the formulation gives it; empty where there is no form, or no solution.

    Raises `FormulationError` that names the line at fault.

    >>> from agentkit.formulation.solve import solve
    >>> toy = Formulation.read({
    ...     "sets": {"cakes": ["plain", "cream"]},
    ...     "variables": {"bake": {"over": "cakes", "upper": 4}},
    ...     "objective": {"maximize": "sum(bake[c] for c in cakes)"},
    ...     "answer": [{"text": "{bake[c]} {c}", "forall": "c in cakes", "join": ", "}, "{objective:.1f}"],
    ... })
    >>> print(render_answer(toy, solve(toy)))
    4 plain, 4 cream
    8.0
    """
    if not solution.found or solution.instance is None:
        return ""
    lines = [
        _Line(line, n, solution, solution.instance) for n, line in enumerate(formulation.answer, start=1)
    ]
    return "\n".join(filter(None, (line.rendered() for line in lines)))


def check_answer(formulation: Formulation) -> None:
    """Raises `FormulationError` where a line cannot be read, before anything is solved."""
    for number, line in enumerate(formulation.answer, start=1):
        element = f"answer, line {number}"
        parse_over(line.forall, element)
        for text in filter(None, (line.order, line.when)):
            parse_expression(text, element)
        for part in _expressions(line.text):
            parse_expression(part, element)


def _expressions(text: str) -> Iterator[str]:
    for found in _PART.finditer(text):
        inner = found.group(1)
        if inner is not None and inner.strip() not in _WORDS:
            yield _FORMAT.sub("", inner)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    line: AnswerLine
    number: int
    solution: Solution
    instance: Instance

    @property
    def element(self) -> str:
        return f"answer, line {self.number}"

    def rendered(self) -> str:
        if (
            self.line.when
            and not self._evaluation(self.line.when).truths(self._node(self.line.when), Domain())[0]
        ):
            return ""
        domain = self._domain()
        if self.line.order:
            keys = self._evaluation(self.line.order).numbers(
                self._value(self.line.order, domain), ast.Constant(0)
            )
            order = np.argsort(np.broadcast_to(keys, (domain.size,)), kind="stable")
            domain = domain.taken(order)
        parts = [self._part(found, domain) for found in self._pieces()]
        rows = ["".join(column[row] for column in parts) for row in range(domain.size)]
        return self.line.join.join(rows)

    def _domain(self) -> Domain:
        over = parse_over(self.line.forall, self.element)
        loops = [Loop(item.names, item.source) for item in over.items]
        return expand(self._around(over.as_expression), Domain(), loops, over.conditions).domain

    def _pieces(self) -> Iterator[str | re.Match[str]]:
        at = 0
        for found in _PART.finditer(self.line.text):
            yield self.line.text[at : found.start()]
            yield found
            at = found.end()
        yield self.line.text[at:]

    def _part(self, piece: str | re.Match[str], domain: Domain) -> Sequence[str]:
        if isinstance(piece, str):
            return [piece] * domain.size
        inner = piece.group(1)
        if inner is None:
            return [piece.group()[0]] * domain.size
        if inner.strip() in _WORDS:
            plan = inner.strip() == "plan"
            return ["\n".join(self.solution.steps) if plan else proof_text(self.solution)] * domain.size
        form = _FORMAT.search(inner)
        text = inner[: form.start()] if form else inner
        return self._shown(text, form.group(1) if form else "", domain)

    def _shown(self, text: str, form: str, domain: Domain) -> Sequence[str]:
        expression = parse_expression(text, self.element)
        match expression.node:
            case ast.Call(func=ast.Name(id="tour"), args=[ast.Name(id=name)]):
                return [self._round(name, expression)] * domain.size
        if isinstance(expression.node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
            return self._listed(expression, expression.node, form, domain)
        return self._texts(self._value(text, domain), domain.size, form, expression)

    def _round(self, name: str, expression: Expression) -> str:
        """`{tour(x)}`: the places in the order in which the arcs taken visit them, and the first again."""
        if self.instance.kind(name) != "variable" or self.instance.variable_index(name).arity != 2:
            expression.fail("tour() takes a variable that is indexed by arcs, from place to place")
        after = {pair[0]: pair[1] for pair, taken in self.solution.values(name).items() if taken > 0.5}
        first = next((pair[0] for pair in self.solution.values(name) if pair[0] in after), "")
        visited = [first]
        while (following := after.get(visited[-1], first)) not in visited:
            visited.append(following)
        return " -> ".join(str(place) for place in (*visited, first))

    def _listed(
        self,
        expression: Expression,
        node: ast.GeneratorExp | ast.ListComp | ast.SetComp,
        form: str,
        domain: Domain,
    ) -> Sequence[str]:
        """`{[p for p in plants if open[p] == 1]}`: the members, with commas between."""
        around = self._around(expression)
        rows = around.loop(node, domain)
        parts = list(node.elt.elts) if isinstance(node.elt, ast.Tuple) else [node.elt]
        columns = [
            self._texts(around.evaluate(p, rows.domain), rows.domain.size, form, expression) for p in parts
        ]
        shown: list[list[str]] = [[] for _ in range(domain.size)]
        for row, parent in enumerate(rows.parent.tolist()):
            shown[parent].append(" ".join(column[row] for column in columns))
        return [", ".join(found) for found in shown]

    def _texts(self, value: Value, rows: int, form: str, expression: Expression) -> list[str]:
        if isinstance(value, Symbols):
            codes = np.broadcast_to(value.codes, (rows,)).tolist()
            return [str(self.instance.universe.members[code]) for code in codes]
        figures = np.broadcast_to(self._around(expression).numbers(value, expression.node), (rows,))
        if not form:
            return [written_figure(figure) for figure in figures.tolist()]
        try:
            return [format(round(f) if form.endswith("d") else f, form) for f in figures.tolist()]
        except ValueError:
            raise FormulationError(f"there is no format :{form}", element=self.element) from None

    def _value(self, text: str, domain: Domain) -> Value:
        evaluation = self._evaluation(text)
        return evaluation.evaluate(evaluation.expression.node, domain)

    def _evaluation(self, text: str) -> Evaluation:
        return self._around(Expression(text, self._node(text), self.element))

    def _node(self, text: str) -> ast.expr:
        """The formula with the solution's own figures in the place of their names."""
        node = copy.deepcopy(parse_expression(text, self.element).node)
        found: ast.expr = _Named(self._own()).visit(node)
        return found

    def _around(self, expression: Expression) -> Evaluation:
        return Evaluation(expression, self.instance, KnownDecisions(self.instance, self.solution.arrays))

    def _own(self) -> dict[str, float]:
        found = {name: value for name, value in self.solution.objectives.items()}
        known = {"objective": self.solution.objective, "bound": self.solution.bound, "gap": self.solution.gap}
        found |= {name: value for name, value in known.items() if value is not None}
        if self.solution.gap is None:
            found["gap"] = 0.0 if self.solution.status == "optimal" else float("inf")
        return {name: v for name, v in found.items() if self.instance.kind(name) is None}


def proof_text(solution: Solution) -> str:
    """What is proven of a solution, in words."""
    if solution.status == "optimal":
        return "proven optimal"
    if solution.gap is None or solution.bound is None:
        return "feasible; not proven optimal"
    share = f"{100 * solution.gap:.2g} %"
    return f"feasible, at most {share} from the optimum (bound {written_figure(solution.bound)})"


class _Named(ast.NodeTransformer):
    """Puts the solution's own figures in the place of their names."""

    def __init__(self, figures: dict[str, float]) -> None:
        self._figures = figures

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._figures:
            return ast.copy_location(ast.Constant(self._figures[node.id]), node)
        return node
