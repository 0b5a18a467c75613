"""How one try at a sample ended, told from what the agent returned or raised."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field

from agentkit.errors import (
    AgentkitError,
    BudgetExceededError,
    CassetteError,
    ContextLengthError,
    ModelAccessError,
    ModelError,
    ModelNotFoundError,
    ModelRefusedError,
    ModelUnavailableError,
    OutputError,
    SettingsError,
    StoreError,
    UnknownNameError,
)
from agentkit.evals.answers import AgentAnswer
from agentkit.evals.record import Fault, FaultKind
from agentkit.result import Failure

__all__ = ["FOR_ALL", "Ending", "ending_of_answer", "ending_of_error", "words_of"]

FOR_ALL = (ModelAccessError, ModelNotFoundError, SettingsError, StoreError, UnknownNameError)
"""Errors that no sample is to blame for, and that every other sample would meet: they end the evaluation."""

TRACE_LINES = 12
"""Lines of a traceback that are kept, the last ones."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a try ended."""

    answer: AgentAnswer = field(default_factory=AgentAnswer)
    fault: Fault | None = None
    """What broke; None where it simply ended."""
    limited: bool = False
    """Whether time, budget or steps ran out."""
    refused: bool = False
    """Whether the model declined."""
    reason: str = ""
    """Why there is no whole answer, in words."""
    retry_after: float = 0.0
    """Seconds that a server asked to be left alone."""

    @property
    def may_be_tried_again(self) -> bool:
        """Whether it was the infrastructure's fault, which another try may not meet."""
        return self.fault is not None and self.fault.kind == "infrastructure"


def ending_of_answer(answer: AgentAnswer) -> Ending:
    """The ending that an answer stands for."""
    failure = answer.failure
    if failure is None:
        return Ending(answer)
    reason = failure.message
    match failure.kind:
        case "unavailable":
            return Ending(answer, _fault("infrastructure", failure), reason=reason)
        case "error":
            return Ending(answer, _fault("agent", failure), reason=reason)
        case "refused":
            return Ending(answer, refused=True, reason=reason)
        case "budget" | "step_limit":
            return Ending(answer, limited=True, reason=reason)
    return Ending(answer, reason=reason)


def ending_of_error(error: Exception) -> Ending:
    """The ending that an exception of the agent stands for. Raises those of `FOR_ALL` again."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]  # what broke first broke the rest of the group
    reason = words_of(error)
    match error:
        case _ if isinstance(error, FOR_ALL):
            raise error
        case BudgetExceededError() | ContextLengthError():
            return Ending(limited=True, reason=reason)
        case ModelUnavailableError():
            fault = _fault_of(error, "infrastructure")
            return Ending(fault=fault, reason=reason, retry_after=error.retry_after or 0.0)
        case ConnectionError() | TimeoutError():
            return Ending(fault=_fault_of(error, "infrastructure"), reason=reason)
        case ModelRefusedError():
            return Ending(refused=True, reason=reason)
        case OutputError():
            return Ending(reason=reason)
        case CassetteError():
            return Ending(fault=_fault_of(error, "recording"), reason=reason)
        case ModelError():
            return Ending(fault=_fault_of(error, "model"), reason=reason)
    return Ending(fault=_fault_of(error, "agent"), reason=reason)


def _fault(kind: FaultKind, failure: Failure) -> Fault:
    return Fault(kind=kind, type=failure.kind, message=failure.message)


def _fault_of(error: Exception, kind: FaultKind) -> Fault:
    """The exception as a fault; of errors that are not ours also where they were raised."""
    where = ""
    if not isinstance(error, AgentkitError):
        lines = "".join(traceback.format_exception(error)).splitlines()
        where = "\n".join(lines[-TRACE_LINES:])
    return Fault(kind=kind, type=type(error).__name__, message=words_of(error), where=where)


def words_of(error: Exception) -> str:
    """What an exception says, also where somebody else's class cannot even do that."""
    try:
        return str(error)
    except Exception:  # somebody else's __str__ may raise anything, and the record must be written
        return f"{type(error).__name__} does not say what happened"
