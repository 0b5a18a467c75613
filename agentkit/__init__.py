"""agentkit plans and carries out tasks with language models, tools and solvers, under a hard budget.

Names are loaded when they are first used, so that `import agentkit` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.budget import Budget, Usage
    from agentkit.engine.context import WorkflowContext
    from agentkit.engine.workflow import Workflow, workflow
    from agentkit.engine.workforce import Workforce
    from agentkit.errors import AgentkitError
    from agentkit.plan import Plan, Subtask
    from agentkit.result import RunResult, WorkerResult
    from agentkit.task import Attachment, Task
    from agentkit.tools.tool import Tool, ToolContext, tool

__all__ = [
    "AgentkitError",
    "Attachment",
    "Budget",
    "Plan",
    "RunResult",
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
    "tool",
    "workflow",
]

__version__ = "0.1.0"

_HOMES = {
    "AgentkitError": "agentkit.errors",
    "Attachment": "agentkit.task",
    "Budget": "agentkit.budget",
    "Plan": "agentkit.plan",
    "RunResult": "agentkit.result",
    "Subtask": "agentkit.plan",
    "Task": "agentkit.task",
    "Tool": "agentkit.tools.tool",
    "ToolContext": "agentkit.tools.tool",
    "Usage": "agentkit.budget",
    "WorkerResult": "agentkit.result",
    "Workflow": "agentkit.engine.workflow",
    "WorkflowContext": "agentkit.engine.context",
    "Workforce": "agentkit.engine.workforce",
    "tool": "agentkit.tools.tool",
    "workflow": "agentkit.engine.workflow",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'agentkit' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
