"""How a try ended: whose fault an error is, what may be tried again, and what ends the whole evaluation."""

from __future__ import annotations

from typing import get_args

import pytest

from agentkit import errors
from agentkit.errors import AgentkitError, BudgetExceededError, ModelUnavailableError, RateLimitedError
from agentkit.evals.answers import AgentAnswer
from agentkit.evals.ending import FOR_ALL, TRACE_LINES, Ending, ending_of_answer, ending_of_error
from agentkit.evals.record import FaultKind
from agentkit.result import Failure, FailureKind

AGENT, MODEL, OUT_OF_REACH, RECORDING = "agent", "model", "infrastructure", "recording"
LIMIT, REFUSED, NOTHING, ENDS_ALL = "limit", "refused", "no answer", "ends the evaluation"

WHAT_ERRORS_MEAN = {
    "AgentkitError": AGENT,
    "AgentError": AGENT,
    "UsageError": AGENT,
    "TaskError": AGENT,
    "PlanError": AGENT,
    "ToolDefinitionError": AGENT,
    "UnknownNameError": ENDS_ALL,
    "SettingsError": ENDS_ALL,
    "FormulationError": AGENT,
    "SandboxUnavailableError": AGENT,
    "SolverError": AGENT,
    "ModelError": MODEL,
    "ModelNotFoundError": ENDS_ALL,
    "ModelAccessError": ENDS_ALL,
    "ModelUnavailableError": OUT_OF_REACH,
    "RateLimitedError": OUT_OF_REACH,
    "ModelRequestError": MODEL,
    "ContextLengthError": LIMIT,
    "ModelRefusedError": REFUSED,
    "OutputError": NOTHING,
    "ToolError": AGENT,
    "ToolInputError": AGENT,
    "ToolTimeoutError": AGENT,
    "ToolResultError": AGENT,
    "ToolOutcomeUnknownError": AGENT,
    "WorkerError": AGENT,
    "BudgetExceededError": LIMIT,
    "StoreError": ENDS_ALL,
    "RunNotFoundError": ENDS_ALL,
    "RunBusyError": ENDS_ALL,
    "CassetteError": RECORDING,
    "RunCancelledError": AGENT,
}

WHAT_FAILURES_MEAN: dict[FailureKind, str] = {
    "unavailable": OUT_OF_REACH,
    "error": AGENT,
    "refused": REFUSED,
    "budget": LIMIT,
    "step_limit": LIMIT,
    "bad_output": NOTHING,
    "gave_up": NOTHING,
    "loop": NOTHING,
    "rejected": NOTHING,
    "blocked": NOTHING,
    "divided": NOTHING,
}


def error_of(name: str) -> AgentkitError:
    """An error of this class."""
    kind: type[AgentkitError] = getattr(errors, name)
    if kind is BudgetExceededError:
        return BudgetExceededError("calls", cap=3, spent=3, scope="run")
    if kind is errors.UnknownNameError:
        return errors.UnknownNameError("worker", "nobody")
    return kind("it broke", where="there", mend="mend it")


def dig(depth: int) -> float:
    """Fails far down."""
    if depth % 2:  # or else Python would sum up the lines that are alike
        return dig(depth - 1)
    return dig(depth - 1) if depth else 1 / depth


def meaning(ending: Ending) -> str:
    """What an ending says, in one word; no more than one thing may be said."""
    said = [
        *([ending.fault.kind] if ending.fault else []),
        *([LIMIT] if ending.limited else []),
        *([REFUSED] if ending.refused else []),
    ]
    assert len(said) <= 1
    return said[0] if said else NOTHING


class TestErrors:
    def test_the_table_has_them_all(self) -> None:
        assert sorted(WHAT_ERRORS_MEAN) == errors.__all__

    @pytest.mark.parametrize("name", sorted(n for n, what in WHAT_ERRORS_MEAN.items() if what != ENDS_ALL))
    def test_an_error_of_one_sample_is_its_ending(self, name: str) -> None:
        error = error_of(name)
        ending = ending_of_error(error)
        assert meaning(ending) == WHAT_ERRORS_MEAN[name]
        assert (ending.answer, ending.reason) == (AgentAnswer(), str(error))
        if ending.fault is not None:
            assert (ending.fault.type, ending.fault.message, ending.fault.where) == (name, str(error), "")

    @pytest.mark.parametrize("name", sorted(n for n, what in WHAT_ERRORS_MEAN.items() if what == ENDS_ALL))
    def test_an_error_that_all_samples_would_meet_is_raised_again(self, name: str) -> None:
        error = error_of(name)
        with pytest.raises(AgentkitError) as caught:
            ending_of_error(error)
        assert caught.value is error
        assert isinstance(error, FOR_ALL)

    def test_what_is_for_all_is_in_the_table(self) -> None:
        assert {kind.__name__ for kind in FOR_ALL} <= {
            n for n, w in WHAT_ERRORS_MEAN.items() if w == ENDS_ALL
        }

    @pytest.mark.parametrize("kind", [ConnectionError, ConnectionResetError, BrokenPipeError, TimeoutError])
    def test_a_connection_that_broke_is_the_infrastructure_s_fault(self, kind: type[Exception]) -> None:
        assert meaning(ending_of_error(kind("gone"))) == OUT_OF_REACH

    @pytest.mark.parametrize("kind", [ValueError, AssertionError, OSError, KeyError, NotImplementedError])
    def test_any_other_exception_is_the_agent_s_fault(self, kind: type[Exception]) -> None:
        ending = ending_of_error(kind("gone"))
        assert meaning(ending) == AGENT
        assert ending.fault is not None and ending.fault.type == kind.__name__

    def test_of_a_foreign_exception_the_end_of_its_traceback_is_kept(self) -> None:
        with pytest.raises(ZeroDivisionError) as caught:
            dig(40)
        ending = ending_of_error(caught.value)
        assert ending.fault is not None
        lines = ending.fault.where.splitlines()
        assert len(lines) == TRACE_LINES
        assert lines[-1] == "ZeroDivisionError: division by zero"
        assert "in dig" in ending.fault.where

    def test_an_exception_that_cannot_even_say_what_happened_is_one_all_the_same(self) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError("nor this")

        ending = ending_of_error(Mute())
        assert ending.fault is not None
        assert (ending.fault.type, ending.fault.message) == ("Mute", "Mute does not say what happened")

    def test_a_server_that_wants_to_be_left_alone_is_heard(self) -> None:
        assert ending_of_error(RateLimitedError("slow down", retry_after=7.5)).retry_after == 7.5
        assert ending_of_error(ModelUnavailableError("down")).retry_after == 0
        assert ending_of_error(ConnectionError("down")).retry_after == 0

    @pytest.mark.parametrize("name", sorted(n for n, what in WHAT_ERRORS_MEAN.items() if what != ENDS_ALL))
    def test_only_what_the_infrastructure_did_may_be_tried_again(self, name: str) -> None:
        again = ending_of_error(error_of(name)).may_be_tried_again
        assert again is (WHAT_ERRORS_MEAN[name] == OUT_OF_REACH)


class TestAnswers:
    def test_a_whole_answer_simply_ends(self) -> None:
        answer = AgentAnswer(text="42")
        assert ending_of_answer(answer) == Ending(answer)
        assert not ending_of_answer(answer).may_be_tried_again

    def test_the_table_of_failures_has_them_all(self) -> None:
        assert sorted(WHAT_FAILURES_MEAN) == sorted(get_args(FailureKind))

    @pytest.mark.parametrize("kind", get_args(FailureKind))
    def test_a_failure_means_the_same_as_its_error(self, kind: FailureKind) -> None:
        answer = AgentAnswer(text="4?", failure=Failure(kind=kind, message="so it was"))
        ending = ending_of_answer(answer)
        assert meaning(ending) == WHAT_FAILURES_MEAN[kind]
        assert (ending.answer, ending.reason) == (answer, "so it was")
        assert ending.may_be_tried_again is (kind == "unavailable")
        if ending.fault is not None:
            assert (ending.fault.type, ending.fault.message) == (kind, "so it was")


def test_all_faults_of_endings_are_kinds_of_faults() -> None:
    told = set(WHAT_ERRORS_MEAN.values()) | set(WHAT_FAILURES_MEAN.values())
    assert told - {LIMIT, REFUSED, NOTHING, ENDS_ALL} == set(get_args(FaultKind)) - {"sample", "scorer"}
