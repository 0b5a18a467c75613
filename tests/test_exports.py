"""What each module offers is written down in its `__all__`, and the library's own names are pinned."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import agentkit

PUBLIC = [
    "AgentContext",
    "AgentkitError",
    "Attachment",
    "Budget",
    "Formulation",
    "Plan",
    "RunResult",
    "Sample",
    "Score",
    "Solution",
    "Subtask",
    "Task",
    "Tool",
    "ToolContext",
    "Usage",
    "WorkerResult",
    "Workflow",
    "WorkflowContext",
    "Workforce",
    "__version__",
    "evaluate",
    "evaluate_sync",
    "solve",
    "tool",
    "workflow",
]
"""What `import agentkit` offers. Adding a name is a promise to keep it; removing one breaks programs."""


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by alphabet: as ruff sorts them."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name


def _defines_something(path: Path) -> bool:
    """Whether there is more in it than a docstring and `from __future__`."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(
        not isinstance(node, ast.Expr)
        and not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        for node in body
    )


def test_every_module_says_what_it_offers(module_name: str, modules: dict[str, Path]) -> None:
    module = import_module(module_name)
    if not _defines_something(modules[module_name]):
        pytest.skip("there is nothing in it")
    assert hasattr(module, "__all__"), f"give {module_name} an __all__"
    names: list[str] = module.__all__
    assert names == sorted(names, key=_order)
    assert len(set(names)) == len(names)
    assert [name for name in names if not hasattr(module, name)] == []


def test_the_names_of_the_library_are_pinned() -> None:
    assert agentkit.__all__ == PUBLIC


def test_lazy_names_are_listed_and_an_unknown_one_is_an_error() -> None:
    assert set(agentkit.__all__) <= set(dir(agentkit))
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(agentkit, "no_such_" + "name")


def test_star_import_gives_exactly_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from agentkit import *", names)
    assert sorted(set(names) - {"__builtins__"}) == sorted(agentkit.__all__)
