"""Who may import whom, read from the sources.

Data files know only those before them; services know the data and the seams; workers, planners and
environments know agentkit but not each other; and agentkit knows none of these, only their names.
Imports inside functions and for type checkers count too: they tie modules together just the same.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DATA = ("errors", "frozen", "budget", "messages", "task", "plan", "result", "trajectory", "events", "sample")
"""In this order: each may import those before it."""

SEAMS = (*DATA, "protocols")
FINDERS = (*SEAMS, "prompts", "registry", "settings")
SERVICES = ("models", "tools", "allocation", "solvers", "planning", "formulation", "engine", "evals")
PLUGINS = ("workers", "planners", "envs")
CORE = (*FINDERS, *SERVICES, "testing")
ALL = ("", *CORE, "cli", "demo")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    **{name: DATA[:place] for place, name in enumerate(DATA)},
    "protocols": DATA,
    "prompts": DATA,
    "registry": DATA,
    "settings": DATA,
    "allocation": FINDERS,
    "tools": FINDERS,
    "models": (*FINDERS, "allocation"),
    "solvers": SEAMS,
    "planning": (*SEAMS, "solvers"),
    "formulation": (*SEAMS, "tools", "solvers", "planning"),
    "engine": (*FINDERS, "models", "tools", "allocation"),
    "evals": (*FINDERS, "models", "tools", "allocation", "engine"),
    "testing": (*SEAMS, "models", "tools"),
    "": ALL,
    "cli": ALL,
    "demo": ALL,
    **{name: tuple(part for part in CORE if part not in ("engine", "evals")) for name in PLUGINS},
}
"""For each part of agentkit (a file or a folder right under it; "" is agentkit/__init__.py), the other
parts that it may import. Its own part is always allowed."""

HEAVY = {
    "duckdb",
    "highspy",
    "langchain_core",
    "langgraph",
    "litellm",
    "openpyxl",
    "pint",
    "playwright",
    "pyomo",
    "rich",
    "typer",
    "xllamacpp",
}
"""To be imported inside the functions that use them."""

HEAVY_ALLOWED = {"cli": {"rich", "typer"}, "engine": {"langchain_core", "langgraph"}}
"""Who may import which of these at once all the same."""


@dataclass(frozen=True)
class Import:
    """One import statement, or one name of it."""

    importer: str
    """The module that it stands in."""
    line: int
    """Where."""
    target: str
    """The full name that is imported: a module, or a name in one."""
    eager: bool
    """Whether it is carried out as soon as the importer is imported."""

    @property
    def top(self) -> str:
        """The top-level package of what is imported."""
        return self.target.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: {self.target}"


def _read(importer: str, path: Path) -> Iterator[Import]:
    """All imports of one file."""
    yield from _walk(importer, ast.parse(path.read_text(encoding="utf-8")), eager=True)


def _walk(importer: str, node: ast.AST, *, eager: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(importer, node.lineno, alias.name, eager)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{importer}, line {node.lineno}: write the import in full"
        for alias in node.names:
            yield Import(importer, node.lineno, f"{node.module}.{alias.name}", eager)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for statement in node.body:
            yield from _walk(importer, statement, eager=False)
        for statement in node.orelse:
            yield from _walk(importer, statement, eager=eager)
    else:
        later = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            yield from _walk(importer, child, eager=eager and not later)


@pytest.fixture(scope="module")
def imports(modules: dict[str, Path]) -> list[Import]:
    """Every import in the sources."""
    return [found for name, path in modules.items() for found in _read(name, path)]


def _part(module: str) -> str:
    """Which part of agentkit a module or a name of ours belongs to."""
    names = module.split(".")
    return names[1] if len(names) > 1 else ""


def _module_of(target: str, modules: dict[str, Path]) -> str:
    """The module that an import of ours loads: the target itself, or the one that the name is in."""
    return target if target in modules else target.rpartition(".")[0]


def test_every_module_has_its_place(modules: dict[str, Path]) -> None:
    """A new file or folder right under agentkit needs a line in MAY_IMPORT: say what it may know."""
    assert {_part(name) for name in modules} - {"__main__"} == set(MAY_IMPORT)


def test_imports_go_only_downwards(modules: dict[str, Path], imports: list[Import]) -> None:
    wrong = []
    for found in imports:
        own = _part(found.importer)
        if found.top != "agentkit" or own == "__main__":
            continue
        other = _part(_module_of(found.target, modules))
        if other != own and other not in MAY_IMPORT[own]:
            wrong.append(str(found))
    assert wrong == []


def test_nothing_in_agentkit_names_a_worker_planner_or_environment(imports: list[Import]) -> None:
    """They are found by name through the registry, so that third parties' are no worse off than ours."""
    assert [
        str(found)
        for found in imports
        if found.top == "agentkit"
        and _part(found.target) in PLUGINS
        and _part(found.importer) != _part(found.target)
    ] == []


def test_the_folders_at_the_root_are_never_imported_by_their_short_name(imports: list[Import]) -> None:
    assert [str(found) for found in imports if found.top in PLUGINS] == []


def test_no_modules_import_each_other_in_a_circle(modules: dict[str, Path], imports: list[Import]) -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for found in imports:
        if found.top == "agentkit":
            graph[found.importer].add(_module_of(found.target, modules))
    while free := [name for name, targets in graph.items() if not targets & graph.keys()]:
        for name in free:
            del graph[name]
    assert {name: sorted(targets & graph.keys()) for name, targets in graph.items()} == {}


def test_data_files_need_nothing_but_pydantic(imports: list[Import]) -> None:
    allowed = {"agentkit", "pydantic", *sys.stdlib_module_names}
    wrong = [f for f in imports if _part(f.importer) in DATA and f.eager and f.top not in allowed]
    assert [str(found) for found in wrong] == []


def test_heavy_libraries_are_imported_only_when_used(imports: list[Import]) -> None:
    wrong = [
        str(found)
        for found in imports
        if found.eager and found.top in HEAVY - HEAVY_ALLOWED.get(_part(found.importer), set())
    ]
    assert wrong == []


def test_importing_agentkit_reaches_no_heavy_library(modules: dict[str, Path], imports: list[Import]) -> None:
    eager: dict[str, set[str]] = {name: set() for name in modules}
    for found in imports:
        if found.eager:
            ours = found.top == "agentkit"
            eager[found.importer].add(_module_of(found.target, modules) if ours else found.top)

    reached: set[str] = set()
    waiting = {"agentkit"}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        package = {name.rpartition(".")[0]} if name in modules else set()
        waiting |= (eager.get(name, set()) | package) - reached - {""}
    assert sorted(reached & HEAVY) == []
