"""`TaskData`: what comes with a task besides its words: named values and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from agentkit.errors import FormulationError
from agentkit.formulation.elements import DataReference

__all__ = ["Row", "TaskData"]

Row: TypeAlias = Mapping[str, Any]
"""A row of a table: column name to value."""


@dataclass(frozen=True, slots=True)
class TaskData:
    """Named values (as JSON has them) and tables (rows with named columns), by the names of their files.

    >>> data = TaskData({"plants": {"a": {"cap": 3}}})
    >>> data.value("plants/a", "parameter x")
    {'cap': 3}
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    """By name; the content of a JSON file also by the file's name."""
    tables: Mapping[str, Callable[[], Sequence[Row]] | Sequence[Row]] = field(default_factory=dict)
    """By file name (`costs.csv`, `book.xlsx/Sheet1`); a function reads the rows when they are wanted."""

    def value(self, path: str, element: str) -> Any:
        """The value at a path such as `data.json/plants/a`. Raises `FormulationError` where there is none."""
        if path in self.values:
            return self.values[path]
        for name, found in self.values.items():
            if path.startswith(f"{name}/"):
                return _inside(found, path[len(name) + 1 :].split("/"), path, element)
        names = sorted([*self.values, *self.tables])
        known = f"there is: {', '.join(names)}" if names else "no data was given"
        raise FormulationError(f"there are no data called {path!r}", element=element, mend=known)

    def has(self, name: str) -> bool:
        """Whether there is a value of this name."""
        return name in self.values

    def rows(self, reference: DataReference, element: str) -> list[Row]:
        """A table's rows, those that are wanted. Raises `FormulationError` where there is no table."""
        found = self.tables.get(reference.table)
        if found is None:
            found = self.value(reference.table, element)
        rows = found() if callable(found) else found
        if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
            what = f"{reference.table} is no table: rows with named columns are needed"
            raise FormulationError(what, element=element)
        wanted = [row for row in rows if all(_same(row.get(k), v) for k, v in reference.where.items())]
        if not wanted:
            what = f"{reference.table} has no such rows"
            raise FormulationError(what, element=element, mend="check `where`")
        for column in (*reference.keys, *([reference.value] if reference.value else []), *reference.where):
            if column not in wanted[0]:
                columns = ", ".join(map(str, wanted[0]))
                what = f"{reference.table} has no column {column!r}"
                raise FormulationError(what, element=element, mend=f"its columns: {columns}")
        return wanted


def _inside(found: Any, steps: Sequence[str], path: str, element: str) -> Any:
    for step in steps:
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, Sequence) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            known = ", ".join(map(str, found)) if isinstance(found, Mapping) else ""
            mend = f"there is: {known}" if known else ""
            raise FormulationError(f"{path!r}: there is no {step!r}", element=element, mend=mend)
    return found


def _same(given: Any, wanted: Any) -> bool:
    return bool(given == wanted) or str(given) == str(wanted)
