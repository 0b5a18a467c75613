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
    from agentkit.evals.context import AgentContext
    from agentkit.evals.runner import evaluate, evaluate_sync
    from agentkit.formulation.formulation import Formulation
    from agentkit.formulation.solution import Solution
    from agentkit.formulation.solve import solve
    from agentkit.plan import Plan, Subtask
    from agentkit.result import RunResult, WorkerResult
    from agentkit.sample import Sample, Score
    from agentkit.task import Attachment, Task
    from agentkit.tools.tool import Tool, ToolContext, tool

__all__ = [
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

__version__ = "0.1.0"

_HOMES = {
    "AgentContext": "agentkit.evals.context",
    "AgentkitError": "agentkit.errors",
    "Attachment": "agentkit.task",
    "Budget": "agentkit.budget",
    "Formulation": "agentkit.formulation.formulation",
    "Plan": "agentkit.plan",
    "RunResult": "agentkit.result",
    "Sample": "agentkit.sample",
    "Score": "agentkit.sample",
    "Solution": "agentkit.formulation.solution",
    "Subtask": "agentkit.plan",
    "Task": "agentkit.task",
    "Tool": "agentkit.tools.tool",
    "ToolContext": "agentkit.tools.tool",
    "Usage": "agentkit.budget",
    "WorkerResult": "agentkit.result",
    "Workflow": "agentkit.engine.workflow",
    "WorkflowContext": "agentkit.engine.context",
    "Workforce": "agentkit.engine.workforce",
    "evaluate": "agentkit.evals.runner",
    "evaluate_sync": "agentkit.evals.runner",
    "solve": "agentkit.formulation.solve",
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
