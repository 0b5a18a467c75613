"""Finds workers, planners, tools, benchmarks and agents by name, importing none before it is asked for.

A name is one of ours (the tables below), one that an installed package announces as an entry point
in the group `agentkit.workers` (`agentkit.planners`, and so on), or a path `module:Name`.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

from agentkit.errors import UnknownNameError

__all__ = ["Kind", "known_names", "resolve"]

Kind = Literal["worker", "planner", "tool", "benchmark", "agent"]
"""What can be found by name."""

_OURS: dict[Kind, dict[str, str]] = {
    "agent": {
        "bare": "agentkit.evals.agents:BareAgent",
        "bare-tools": "agentkit.evals.agents:BareToolsAgent",
        "formal": "agentkit.evals.agents:FormalAgent",
        "workforce": "agentkit.evals.agents:WorkforceAgent",
    },
    "benchmark": {
        "gaia": "agentkit.envs.gaia:Gaia",
        "gaia-style": "agentkit.envs.gaia_style:GaiaStyle",
        "ladder": "agentkit.envs.ladder:Ladder",
        "mathprog": "agentkit.envs.mathprog:Mathprog",
        "planning": "agentkit.envs.planning:Planning",
    },
    "worker": {
        "formalisation": "agentkit.workers.optimization.formalisation:FormalisationWorker",
        "human": "agentkit.workers.human:HumanWorker",
        "optimization": "agentkit.workers.optimization:OptimizationWorker",
        "reasoning": "agentkit.workers.reasoning:ReasoningWorker",
    },
    "planner": {
        "decompose": "agentkit.planners.decompose:DecomposePlanner",
        "fixed": "agentkit.planners.fixed:FixedPlanner",
        "formal": "agentkit.planners.formal:FormalPlanner",
        "whole": "agentkit.planners.whole:WholePlanner",
    },
    "tool": {
        "calculate": "agentkit.tools.arithmetic:calculate",
        "convert_units": "agentkit.tools.units:convert_units",
        "date_math": "agentkit.tools.dates:date_math",
        "list_files": "agentkit.tools.files:list_files",
        "query_tables": "agentkit.tools.tables:query_tables",
        "read_file": "agentkit.tools.files:read_file",
    },
}


def known_names(kind: Kind) -> tuple[str, ...]:
    """All names of a kind, ours and those of installed packages, sorted."""
    return tuple(sorted({*_OURS[kind], *(p.name for p in entry_points(group=f"agentkit.{kind}s"))}))


def resolve(kind: Kind, name: str) -> Any:
    """The class, function or object of this name.

    Raises `UnknownNameError` where there is none.

    >>> resolve("tool", "calculate").name
    'calculate'
    """
    path = _OURS[kind].get(name)
    if path is None:
        for point in entry_points(group=f"agentkit.{kind}s"):
            if point.name == name:
                return point.load()
        if ":" not in name:
            known = known_names(kind)
            close = difflib.get_close_matches(name, known, n=1)
            mend = f"did you mean {close[0]}?" if close else ""
            raise UnknownNameError(kind, name, known=known, mend=mend)
        path = name
    return _load(kind, path)


def _load(kind: Kind, path: str) -> Any:
    module_name, _, attribute = path.partition(":")
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise UnknownNameError(kind, path, mend="a path has the form package.module:Name")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        # A module missing deeper down is that module's own fault and must be seen as such.
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise UnknownNameError(kind, path, mend=f"there is no module {error.name}") from None
    if not hasattr(module, attribute):
        raise UnknownNameError(kind, path, mend=f"module {module_name} has no {attribute!r}")
    return getattr(module, attribute)
