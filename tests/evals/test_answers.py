"""Whatever an agent returns is read as one thing: an answer, why there is none, and what it cost."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from agentkit.budget import Usage
from agentkit.errors import AgentError
from agentkit.evals.answers import AgentAnswer, read_answer
from agentkit.messages import Completion
from agentkit.result import Failure, FailureKind, RunResult, RunStatus, WorkerResult

LIMIT = Failure(kind="budget", message="the budget of 3 calls is used up")


def run(status: RunStatus, **more: Any) -> RunResult:
    return RunResult(run_id="r", status=status, **more)


class TestPlainValues:
    @pytest.mark.parametrize("text", ["42", " 42\n", ""])
    def test_a_text_is_the_answer_as_it_stands(self, text: str) -> None:
        assert read_answer(text) == AgentAnswer(text=text)

    def test_none_is_no_answer(self) -> None:
        assert read_answer(None) == AgentAnswer()

    def test_an_agent_answer_is_not_touched(self) -> None:
        answer = AgentAnswer(text="4", steps=2, seconds=1.5, usage=Usage(calls=1))
        assert read_answer(answer) is answer

    @pytest.mark.parametrize(
        ("value", "kind"),
        [(4, "an int"), (1.5, "a float"), (["4"], "a list"), (b"4", "a bytes"), (object(), "an object")],
        ids=str,
    )
    def test_anything_else_is_an_error_of_the_agent_that_says_what_to_return(
        self, value: Any, kind: str
    ) -> None:
        with pytest.raises(AgentError, match=f"the agent returned {kind}, which is no answer") as caught:
            read_answer(value)
        assert caught.value.mend == "return a text, None, a RunResult or an AgentAnswer"

    @pytest.mark.parametrize("wrong", [{"steps": -1}, {"seconds": -0.1}, {"cost": 1}], ids=str)
    def test_figures_that_cannot_be_are_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            AgentAnswer(**wrong)


class TestCompletions:
    def test_its_text_is_the_answer_without_blanks(self) -> None:
        assert read_answer(Completion(text=" 42\n")) == AgentAnswer(text="42")

    def test_an_empty_one_is_no_answer(self) -> None:
        assert read_answer(Completion(text=" ")) == AgentAnswer()

    @pytest.mark.parametrize(
        ("text", "reason"), [("No.", "No."), ("", "the model declined to answer")], ids=str
    )
    def test_a_refusal_is_no_answer(self, text: str, reason: str) -> None:
        answer = read_answer(Completion(text=text, finish="refused"))
        assert answer == AgentAnswer(failure=Failure(kind="refused", message=reason))

    @pytest.mark.parametrize(("text", "partial"), [("42 and", "42 and"), ("", None)], ids=str)
    def test_one_that_was_cut_off_hit_a_limit(self, text: str, partial: str | None) -> None:
        answer = read_answer(Completion(text=text, finish="length"))
        assert answer.text == partial
        assert answer.failure is not None and answer.failure.kind == "budget"
        assert "cut off" in answer.failure.message


class TestWorkers:
    def test_answer_and_steps_are_taken(self) -> None:
        assert read_answer(WorkerResult(answer="42", steps=3)) == AgentAnswer(text="42", steps=3)

    def test_so_is_a_failure(self) -> None:
        result = WorkerResult(failure=LIMIT, steps=3)
        assert read_answer(result) == AgentAnswer(failure=LIMIT, steps=3)


class TestRuns:
    def test_answer_steps_and_seconds_are_taken(self) -> None:
        results = {"a": WorkerResult(answer="1", steps=2), "b": WorkerResult(answer="2", steps=3)}
        found = read_answer(run("answered", answer="42", results=results, seconds=7))
        assert found == AgentAnswer(text="42", steps=5, seconds=7)

    def test_steps_are_left_to_be_counted_where_no_worker_took_any(self) -> None:
        assert read_answer(run("answered", answer="42")).steps is None

    @pytest.mark.parametrize("kind", get_args(FailureKind))
    def test_the_failure_that_is_to_blame_is_taken(self, kind: FailureKind) -> None:
        failure = Failure(kind=kind, message="so it was")
        for status in ("partial", "failed", "waiting"):
            assert read_answer(run(status, failure=failure)).failure == failure

    def test_a_partial_answer_is_kept_beside_its_failure(self) -> None:
        assert read_answer(run("partial", answer="4?", failure=LIMIT)) == AgentAnswer(
            text="4?", failure=LIMIT, seconds=0
        )

    def test_a_run_that_waits_for_a_person_gave_up(self) -> None:
        failure = read_answer(run("waiting", reason="a question")).failure
        assert failure is not None
        assert (failure.kind, failure.message) == ("gave_up", "it waits for a person, and nobody is there")

    @pytest.mark.parametrize("status", ["partial", "failed", "cancelled"])
    def test_an_end_that_nothing_explains_is_an_error(self, status: RunStatus) -> None:
        told = read_answer(run(status, reason="somebody cancelled it")).failure
        assert told == Failure(kind="error", message="somebody cancelled it")
        silent = read_answer(run(status)).failure
        assert silent == Failure(kind="error", message=f"the run ended as {status}")

    def test_an_empty_answer_is_none(self) -> None:
        assert read_answer(run("answered")).text is None
