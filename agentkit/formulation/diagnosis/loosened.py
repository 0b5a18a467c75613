"""`LoosenedModel`: a compiled model from which any statement of the formulation can be taken away.

What variables may be at most or at least becomes rows, and the columns keep wider bounds, from which big-M
then comes. So taking a bound away does not leave it hidden in the rows of logical conditions. Being at least
0, and being 0 or 1, belongs to what a variable is and is never taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agentkit.formulation.builder import Builder
from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.elements import Variable
from agentkit.formulation.instance import Instance, VariableBounds
from agentkit.formulation.values import Affine, Floats
from agentkit.solvers.irreducible import ModelPart
from agentkit.solvers.linear_model import LinearModel, rows_from_triplets

__all__ = ["LoosenedModel", "Statement", "StatementKind", "loosen", "row_label"]

WIDENING = 10.0
"""How many times wider the columns' bounds become."""

StatementKind = Literal["constraint", "objective", "upper", "lower", "whole"]
"""upper, lower: a bound of a variable. whole: that a variable is an integer. objective: what the macros of an
objective need."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that the formulation says and that can be taken away."""

    kind: StatementKind
    element: str
    """`constraint capacity`, `variable ship`."""
    place: str = ""
    """For which members, `a, b`; empty where it is said of all or stands alone."""
    part: ModelPart = field(default_factory=ModelPart)
    """What goes with it."""


@dataclass(frozen=True, slots=True, eq=False)
class LoosenedModel:
    """The arrays, and what can be taken away."""

    compiled: CompiledModel
    """With the wider bounds; its blocks and columns are those of `model`."""
    model: LinearModel
    """The compiled model with rows for the bounds behind the others; it has the same solutions."""
    statements: tuple[Statement, ...]
    """By element, in the order in which they should be taken away: those that should rather be named last."""
    _bound_rows: dict[int, int] = field(default_factory=dict)
    """By row the column that it bounds."""

    def split(self, statement: Statement) -> list[Statement]:
        """The statement for each of its members."""
        if statement.kind in ("upper", "lower"):
            columns = [self._bound_rows[row] for row in statement.part.rows]
            return [
                replace(statement, place=_inside(self.compiled.column_name(column)), part=ModelPart((row,)))
                for row, column in zip(statement.part.rows, columns, strict=True)
            ]
        if statement.kind == "constraint":
            return [
                replace(statement, place=_place(self.compiled, rows), part=ModelPart(tuple(rows)))
                for rows in _components(self.compiled, statement.part.rows)
            ]
        return [statement]


def row_label(compiled: CompiledModel, row: int) -> str:
    """The members that a row is for, `a, 3`; empty where it stands alone."""
    return _inside(compiled.row_name(row))


def _inside(name: str) -> str:
    return name.partition("[")[2].removesuffix("]")


def loosen(instance: Instance, compiled: CompiledModel | None = None) -> LoosenedModel:
    """Everything that a formulation says, to be taken away piece by piece.

    Raises what the compiler raises.
    """
    compiled = compiled or compile_instance(instance)
    bounds = {v.name: instance.variable_bounds(v) for v in instance.formulation.variables}
    if _has_macros(compiled):
        loose = _Loosened(instance.formulation, instance.data, instance.universe)
        loose.loose = _wider(compiled, bounds)
        compiled = compile_instance(loose)
    else:
        compiled = replace(compiled, model=_without_bounds(compiled, bounds))
    return _with_bound_rows(compiled, bounds)


@dataclass(slots=True, eq=False)
class _Loosened(Instance):
    """The same formulation with other bounds."""

    loose: dict[str, VariableBounds] = field(default_factory=dict)

    def variable_bounds(self, element: Variable) -> VariableBounds:
        return self.loose[element.name]


def _has_macros(compiled: CompiledModel) -> bool:
    named = sum(len(columns) for columns in compiled.columns.values())
    return named < compiled.model.columns or any(
        block.domain is None or block.switched for block in compiled.blocks
    )


def _natural(variable: Variable, lower: Floats) -> Floats:
    """What is left of a lower bound that is taken away: that it is at least 0."""
    return np.where(lower >= 0, 0.0, -np.inf) if variable.type != "binary" else np.zeros_like(lower)


def _without_bounds(compiled: CompiledModel, bounds: dict[str, VariableBounds]) -> LinearModel:
    """The columns of variables without bounds; for models without macros, where nothing depends on them."""
    model = compiled.model
    lower, upper = model.col_lower.copy(), model.col_upper.copy()
    for variable in compiled.instance.formulation.variables:
        columns = compiled.columns[variable.name]
        lower[columns] = _natural(variable, bounds[variable.name].lower)
        upper[columns] = 1.0 if variable.type == "binary" else np.inf
    return replace(model, col_lower=lower, col_upper=upper)


def _wider(compiled: CompiledModel, bounds: dict[str, VariableBounds]) -> dict[str, VariableBounds]:
    """Wider bounds; where there are none, wider ones than the rows imply, since big-M may come from these."""
    found = {}
    implied = _implied_bounds(compiled)
    for variable in compiled.instance.formulation.variables:
        own, columns = bounds[variable.name], compiled.columns[variable.name]
        if variable.type == "binary":
            found[variable.name] = VariableBounds(np.zeros(len(columns)), np.ones(len(columns)))
            continue
        low = np.where(np.isfinite(own.lower), own.lower, implied.lower[columns])
        high = np.where(np.isfinite(own.upper), own.upper, implied.upper[columns])
        low, high = np.minimum(low, high), np.maximum(low, high)
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.where(np.isfinite(high - low), high - low, 0.0), 1.0)
        size = np.maximum(size, np.where(np.isfinite(high), np.abs(high), 0.0))
        natural = _natural(variable, own.lower)
        low = np.where(np.isfinite(natural), natural, low - WIDENING * size)
        found[variable.name] = VariableBounds(low, high + WIDENING * size)
    return found


def _implied_bounds(compiled: CompiledModel) -> VariableBounds:
    """Column bounds that follow from the rows."""
    model = compiled.model
    rows = np.repeat(np.arange(model.rows), np.diff(model.starts)).astype(np.int64)
    left = Affine(np.zeros(model.rows), rows, model.indices.astype(np.int64), model.values)
    builder = Builder()
    builder.lower, builder.upper = [model.col_lower], [model.col_upper]
    builder.integer, builder.columns = [model.integer], model.columns
    builder.add_rows(left, model.row_lower, model.row_upper)
    count = model.columns
    columns = Affine(np.zeros(count), np.arange(count), np.arange(count), np.ones(count))
    found = builder.interval(columns)
    return VariableBounds(found.lower, found.upper)


def _with_bound_rows(compiled: CompiledModel, bounds: dict[str, VariableBounds]) -> LoosenedModel:
    model = compiled.model
    added: list[tuple[int, float, float]] = []
    statements = list(_said_by_rows(compiled))
    bound_statements: list[Statement] = []
    for variable in compiled.instance.formulation.variables:
        columns = compiled.columns[variable.name]
        own = bounds[variable.name]
        for kind, wanted in (
            ("lower", _lower_wanted(own)),
            ("upper", _upper_wanted(variable, own)),
        ):
            first = model.rows + len(added)
            ends = own.lower if kind == "lower" else own.upper
            for place in np.flatnonzero(wanted).tolist():
                end = float(ends[place])
                pair = (end, np.inf) if kind == "lower" else (-np.inf, end)
                added.append((int(columns[place]), *pair))
            rows = tuple(range(first, model.rows + len(added)))
            if rows:
                said: StatementKind = "lower" if kind == "lower" else "upper"
                bound_statements.append(Statement(said, f"variable {variable.name}", part=ModelPart(rows)))
    whole = [
        Statement(
            "whole", f"variable {v.name}", part=ModelPart(integer=tuple(compiled.columns[v.name].tolist()))
        )
        for v in compiled.instance.formulation.variables
        if v.type == "integer" and len(compiled.columns[v.name])
    ]
    rows_of = {model.rows + n: column for n, (column, _, _) in enumerate(added)}
    ordered = (*whole, *statements, *bound_statements)
    return LoosenedModel(compiled, _extended(model, added), ordered, rows_of)


def _lower_wanted(bounds: VariableBounds) -> NDArray[np.bool_]:
    """Where a lower bound says more than that the variable is not negative."""
    found: NDArray[np.bool_] = np.isfinite(bounds.lower) & (bounds.lower != 0)
    return found


def _upper_wanted(variable: Variable, bounds: VariableBounds) -> NDArray[np.bool_]:
    natural = 1.0 if variable.type == "binary" else np.inf
    found: NDArray[np.bool_] = np.isfinite(bounds.upper) & (bounds.upper < natural)
    return found


def _extended(model: LinearModel, added: Sequence[tuple[int, float, float]]) -> LinearModel:
    """The model with rows of one entry, 1, at the end; without an objective, which has no say here."""
    columns = [column for column, _, _ in added]
    matrix = rows_from_triplets(len(added), range(len(added)), columns, np.ones(len(added)))
    return replace(
        model,
        cost=np.zeros(model.columns),
        quadratic=None,
        offset=0.0,
        row_lower=np.concatenate([model.row_lower, [low for _, low, _ in added]]),
        row_upper=np.concatenate([model.row_upper, [high for _, _, high in added]]),
        starts=np.concatenate([model.starts, model.starts[-1] + matrix.starts[1:]]).astype(np.int32),
        indices=np.concatenate([model.indices, matrix.indices]).astype(np.int32),
        values=np.concatenate([model.values, matrix.values]),
    )


def _said_by_rows(compiled: CompiledModel) -> Iterator[Statement]:
    """Constraints and objectives with their rows: with macros first, then those without a sentence, then long
    ones."""
    shared = set(_shared_rows(compiled))
    rows: dict[str, list[int]] = {}
    macros: set[str] = set()
    for block in compiled.blocks:
        own = [row for row in range(block.start, block.start + block.count) if row not in shared]
        rows.setdefault(block.element, []).extend(own)
        if block.domain is None or block.switched:
            macros.add(block.element)
    sources = {f"constraint {c.name}": c.source for c in compiled.instance.formulation.constraints}

    def order(element: str) -> tuple[bool, bool, int]:
        return element not in macros, bool(sources.get(element)), -len(rows[element])

    for element in sorted(rows, key=order):
        if rows[element]:
            kind: StatementKind = "constraint" if element.startswith("constraint ") else "objective"
            yield Statement(kind, element, part=ModelPart(tuple(rows[element])))


def _shared_rows(compiled: CompiledModel) -> Iterator[int]:
    """Auxiliary rows that define a column (a product, say) which other elements use as well: they say nothing
    by themselves, and stay."""
    if not _has_macros(compiled):
        return
    auxiliary = _auxiliary_columns(compiled)
    users: dict[int, set[str]] = {}
    model = compiled.model
    for block in compiled.blocks:
        for row in range(block.start, block.start + block.count):
            for column in model.indices[model.starts[row] : model.starts[row + 1]].tolist():
                if auxiliary[column]:
                    users.setdefault(column, set()).add(block.element)
    for block in compiled.blocks:
        if block.domain is None:
            for row in range(block.start, block.start + block.count):
                entries = model.indices[model.starts[row] : model.starts[row + 1]].tolist()
                if any(len(users.get(column, ())) > 1 for column in entries):
                    yield row


def _auxiliary_columns(compiled: CompiledModel) -> NDArray[np.bool_]:
    found = np.ones(compiled.model.columns, dtype=bool)
    for columns in compiled.columns.values():
        found[columns] = False
    return found


def _components(compiled: CompiledModel, rows: Sequence[int]) -> list[list[int]]:
    """The rows of a constraint, those together that share auxiliary columns."""
    auxiliary = _auxiliary_columns(compiled)
    model = compiled.model
    leader: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    for row in rows:
        entries = model.indices[model.starts[row] : model.starts[row + 1]].tolist()
        joined = sorted({leader[c] for c in entries if auxiliary[c] and c in leader})
        own = joined[0] if joined else row
        group = groups.setdefault(own, [])
        group.append(row)
        for other in joined[1:]:
            group.extend(groups.pop(other))
            for column, of in leader.items():
                if of == other:
                    leader[column] = own
        leader.update({c: own for c in entries if auxiliary[c]})
    return [sorted(group) for group in groups.values()]


def _place(compiled: CompiledModel, rows: Sequence[int]) -> str:
    """The members that these rows are for."""
    found = [row_label(compiled, row) for row in rows if compiled.block_of(row).domain is not None]
    return "; ".join(dict.fromkeys(filter(None, found)))
