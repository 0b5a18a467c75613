"""Every error that agentkit raises on purpose, each saying what, where and how to mend it.

    AgentkitError
    ├── UsageError                 the caller asked for something that cannot be
    │   ├── TaskError              a task or an attachment is unusable
    │   ├── PlanError              a plan is not a runnable graph
    │   ├── UnknownNameError       no worker, planner, tool or model has this name
    │   ├── SettingsError          a setting is missing or makes no sense
    │   ├── FormulationError       a formulation or a planning problem is malformed
    │   └── ToolDefinitionError    a function cannot be made into a tool
    ├── ModelError                 a language model did not answer usefully
    │   ├── ModelNotFoundError     no model is configured, or the server does not know it
    │   ├── ModelAccessError       the key is missing, wrong or not allowed
    │   ├── ModelUnavailableError  the server is down, slow or overloaded: worth another try
    │   │   └── RateLimitedError   too many requests: worth another try after a pause
    │   ├── ModelRequestError      the server refuses this request as it stands
    │   │   └── ContextLengthError the request is longer than the model's context
    │   ├── ModelRefusedError      the model or its filter declined to answer
    │   └── OutputError            the answer is empty or does not have the form that was asked for
    ├── ToolError                  a tool could not do what it was asked
    │   ├── ToolInputError         the arguments do not fit the tool's parameters
    │   ├── ToolTimeoutError       the tool took longer than its limit
    │   ├── ToolResultError        the tool returned something that cannot be written down
    │   ├── ToolOutcomeUnknownError  a call that must not be repeated was cut off half-way
    │   └── SandboxUnavailableError  nothing here can fence generated code in
    ├── SolverError                a solver is missing, or cannot take the problem
    ├── WorkerError                a worker could not finish its subtask
    ├── AgentError                 an agent under evaluation returned what is no answer
    ├── BudgetExceededError        spending more would pass a limit
    ├── StoreError                 the journal, the artifacts or a run's folder cannot be used
    │   ├── RunNotFoundError       no run has this id
    │   └── RunBusyError           another process is carrying out this run
    ├── CassetteError              a recording cannot be read, written or matched
    └── RunCancelledError          somebody cancelled the run

Mistakes in programs (a wrong argument type, say) are Python's own exceptions and are not caught.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AgentError",
    "AgentkitError",
    "BudgetExceededError",
    "CassetteError",
    "ContextLengthError",
    "FormulationError",
    "ModelAccessError",
    "ModelError",
    "ModelNotFoundError",
    "ModelRefusedError",
    "ModelRequestError",
    "ModelUnavailableError",
    "OutputError",
    "PlanError",
    "RateLimitedError",
    "RunBusyError",
    "RunCancelledError",
    "RunNotFoundError",
    "SandboxUnavailableError",
    "SettingsError",
    "SolverError",
    "StoreError",
    "TaskError",
    "ToolDefinitionError",
    "ToolError",
    "ToolInputError",
    "ToolOutcomeUnknownError",
    "ToolResultError",
    "ToolTimeoutError",
    "UnknownNameError",
    "UsageError",
    "WorkerError",
]


class AgentkitError(Exception):
    """The root: catch it to catch whatever agentkit raises on purpose.

    `what` went wrong, `where` it happened (a file, a subtask, a model), and how to `mend` it.

    >>> str(TaskError("there is no such file", where="orders.csv", mend="check the path"))
    'orders.csv: there is no such file (check the path)'
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(what)

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickling would call __init__ with the text alone, and some errors below want more.
        return type(self).__new__, (type(self), *self.args), vars(self)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} ({self.mend})" if self.mend else text


class UsageError(AgentkitError):
    """Raised when the caller asks for something that cannot be."""


class TaskError(UsageError):
    """Raised when a task is empty, or an attachment is missing or unreadable."""


class PlanError(UsageError):
    """Raised when a plan is not a runnable graph; `subtasks` names the ones at fault."""

    def __init__(self, what: str, *, subtasks: tuple[str, ...] = (), where: str = "", mend: str = "") -> None:
        super().__init__(what, where=where, mend=mend)
        self.subtasks = subtasks


class UnknownNameError(UsageError):
    """Raised when nothing of this `kind` has the `name`; `known` lists what there is."""

    def __init__(self, kind: str, name: str, *, known: tuple[str, ...] = (), mend: str = "") -> None:
        self.kind = kind
        self.name = name
        self.known = known
        listing = f"known: {', '.join(known)}" if known else ""
        super().__init__(f"there is no {kind} called {name!r}", mend=mend or listing)


class SettingsError(UsageError):
    """Raised when a setting is missing, malformed or contradicts another."""


class FormulationError(UsageError):
    """Raised when a formulation, its data or a planning problem is malformed.

    `element` names what is at fault ("constraint capacity"), `position` the character in its text.
    """

    def __init__(
        self, what: str, *, element: str = "", position: int | None = None, where: str = "", mend: str = ""
    ) -> None:
        place = element if position is None else f"{element}, character {position + 1}"
        super().__init__(what, where=": ".join(filter(None, (where, place))), mend=mend)
        self.element = element
        self.position = position


class ToolDefinitionError(UsageError):
    """Raised when a function cannot be made into a tool (an untyped parameter, say)."""


class ModelError(AgentkitError):
    """The branch of language models; `model` names the one that failed."""

    def __init__(self, what: str, *, model: str = "", where: str = "", mend: str = "") -> None:
        super().__init__(what, where=where or model, mend=mend)
        self.model = model


class ModelNotFoundError(ModelError):
    """Raised when no model is configured, or the server does not know the one that is."""


class ModelAccessError(ModelError):
    """Raised when the provider refuses the key, or none is set."""


class ModelUnavailableError(ModelError):
    """Raised when the server cannot be reached, times out or is overloaded.

    `retry_after` is the number of seconds that the server asked us to wait, where it said so.
    """

    def __init__(
        self,
        what: str,
        *,
        model: str = "",
        where: str = "",
        mend: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, model=model, where=where, mend=mend)
        self.retry_after = retry_after


class RateLimitedError(ModelUnavailableError):
    """Raised when the provider answers that too many requests came."""


class ModelRequestError(ModelError):
    """Raised when the server refuses the request as it stands; sending it again is pointless."""


class ContextLengthError(ModelRequestError):
    """Raised when the request is longer than the model's context window."""


class ModelRefusedError(ModelError):
    """Raised when the model or the provider's filter declines to answer."""


class OutputError(ModelError):
    """Raised when an answer is empty or never took the form asked for; `text` is the last one."""

    def __init__(
        self, what: str, *, model: str = "", where: str = "", mend: str = "", text: str = ""
    ) -> None:
        super().__init__(what, model=model, where=where, mend=mend)
        self.text = text


class ToolError(AgentkitError):
    """Raised by a tool that cannot do what it was asked; its text is shown to the model."""


class ToolInputError(ToolError):
    """Raised when the arguments do not fit the tool's parameters."""


class ToolTimeoutError(ToolError):
    """Raised when a tool takes longer than its time limit."""


class ToolResultError(ToolError):
    """Raised when a tool returns something that cannot be written down as JSON."""


class ToolOutcomeUnknownError(ToolError):
    """Raised when a call that must not be repeated was cut off and nobody can say whether it took effect."""


class SandboxUnavailableError(ToolError):
    """Raised when nothing on this machine can fence generated code in; it is then not run at all."""


class SolverError(AgentkitError):
    """Raised when a solver is missing, breaks, or cannot take this kind of problem."""


class WorkerError(AgentkitError):
    """Raised when a worker cannot finish; most failures come as a `WorkerResult` instead."""


class AgentError(AgentkitError):
    """Raised when an agent that is evaluated returns what is no answer."""


class BudgetExceededError(AgentkitError):
    """Raised when spending more would pass a limit.

    `limit` is which one (usd, tokens, seconds, calls), `cap` its size, `spent` what was spent
    when it was refused, and `scope` whose budget it is.
    """

    def __init__(self, limit: str, *, cap: float, spent: float, scope: str) -> None:
        self.limit = limit
        self.cap = cap
        self.spent = spent
        self.scope = scope
        super().__init__(
            f"the budget of {cap:.10g} {limit} is used up ({round(spent, 6):.10g} spent)",
            where=scope,
            mend=f"raise it, for example with --{limit}",
        )


class StoreError(AgentkitError):
    """Raised when the journal, an artifact or a run's folder cannot be read or written."""


class RunNotFoundError(StoreError):
    """Raised when no run in the store has this id."""


class RunBusyError(StoreError):
    """Raised when another process holds the run."""


class CassetteError(AgentkitError):
    """Raised when a recording cannot be read, cannot be written, or has no answer to a prompt."""


class RunCancelledError(AgentkitError):
    """Raised inside a run that somebody cancelled."""
