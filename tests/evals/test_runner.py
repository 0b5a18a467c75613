"""`evaluate`: what is asked, what is written down, what goes on, what stops everything, and what does not."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agentkit.budget import Budget
from agentkit.errors import (
    CassetteError,
    ModelAccessError,
    ModelUnavailableError,
    RunBusyError,
    SettingsError,
    StoreError,
    TaskError,
    UsageError,
)
from agentkit.evals.agents import WorkforceAgent
from agentkit.evals.answers import AgentAnswer
from agentkit.evals.context import AgentContext
from agentkit.evals.folder import EvalFolder
from agentkit.evals.progress import EvalProgress
from agentkit.evals.record import Record
from agentkit.evals.runner import UNREACHABLE, evaluate, evaluate_sync
from agentkit.messages import ChatRequest, Completion, Message, ToolCall
from agentkit.protocols import Price, ToolOutcome
from agentkit.sample import Sample, Score
from agentkit.task import Task
from agentkit.testing import FunctionModel


@dataclass
class Sums:
    """Questions of the form «What is N + 1?»."""

    size: int = 5
    name: str = "sums"
    extra: tuple[Sample, ...] = ()

    def samples(self, data: Path | None = None) -> Iterator[Sample]:
        for number in range(self.size):
            group = "odd" if number % 2 else "even"
            task = Task(goal=f"What is {number} + 1?")
            yield Sample(id=f"s{number}", task=task, target=str(number + 1), group=group)
        yield from self.extra

    def score(self, sample: Sample, answer: str | None) -> Score:
        return Score(value=float(answer == sample.target))


def number_in(request: ChatRequest) -> int:
    return int("\n".join(m.content for m in request.messages).rpartition("What is ")[2].partition(" ")[0])


def adder(**options: Any) -> FunctionModel:
    """A model that is right."""
    return FunctionModel(lambda request: str(number_in(request) + 1), **options)


def right(sample: Sample) -> str:
    return str(sample.target)


async def asking(sample: Sample, context: AgentContext) -> str:
    request = ChatRequest(messages=(Message(role="user", content=sample.task.goal),))
    return (await context.model.complete(request)).text


def records_of(folder: Path, agent: str) -> dict[str, Record]:
    return {f"{r.sample}/{r.epoch}": r for r in EvalFolder(folder / agent).records()}


# The happy path


async def test_every_sample_has_a_record_and_the_summary_adds_them_up(tmp_path: Path) -> None:
    done = await evaluate(Sums(), right, out=tmp_path)

    assert (done.summary.right, done.summary.total, done.stopped) == (5, 5, "")
    found = records_of(tmp_path, "right")
    assert sorted(found) == [f"s{n}/1" for n in range(5)]
    assert found["s3/1"].answer == "4" and found["s3/1"].outcome == "right"
    assert found["s3/1"].group == "odd" and found["s3/1"].finished_at > 0


async def test_what_the_model_was_asked_is_counted_by_stage_and_lies_in_the_journal(tmp_path: Path) -> None:
    price = Price(prompt=1e-3, completion=2e-3)
    done = await evaluate(Sums(2), asking, model=adder(price=price), out=tmp_path)

    record = records_of(tmp_path, "asking")["s1/1"]
    assert record.usage.calls == 1 and record.usage.usd > 0
    assert record.stages.keys() == {"work"} and record.steps == 1
    assert record.run_id == "s1-e1.direct"
    assert done.summary.usage.calls == 2


async def test_a_team_s_steps_tools_and_run_are_in_its_record(tmp_path: Path) -> None:
    def speak(request: ChatRequest) -> Completion:
        if any(m.role == "tool" for m in request.messages):
            return Completion(text=str(number_in(request) + 1))
        bad = ToolCall(id="a", name="calculate", arguments={"expression": "1 +"})
        good = ToolCall(id="b", name="calculate", arguments={"expression": "1 + 1"})
        return Completion(tool_calls=(bad, good))

    done = await evaluate(Sums(1), "workforce", model=FunctionModel(speak, native_tools=True), out=tmp_path)

    record = records_of(tmp_path, "workforce")["s0/1"]
    assert (record.steps, record.tool_calls, record.tool_errors) == (2, 2, 1)
    assert record.run_id == "s0-e1" and record.outcome == "right"
    assert record.usage.calls == 2, "no call for a plan"
    assert done.folder.runs.joinpath("journal.db").exists()


async def test_epochs_ask_each_sample_several_times(tmp_path: Path) -> None:
    answers = iter(["1", "no", "1"])
    done = await evaluate(Sums(1), lambda sample: next(answers), name="moody", epochs=3, out=tmp_path)

    assert done.summary.total == 3 and done.summary.right == 2
    assert [r.epoch for r in records_of(tmp_path, "moody").values()] == [1, 2, 3]
    assert (done.summary.pass_at[3], done.summary.pass_all[3]) == (1.0, 0.0)


async def test_so_many_samples_at_a_time_and_no_more(tmp_path: Path) -> None:
    now, most = 0, 0

    async def counting(sample: Sample) -> str:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.01)
        now -= 1
        return right(sample)

    await evaluate(Sums(20), counting, parallel=4, out=tmp_path)
    assert most == 4


async def test_progress_is_told_after_every_sample(tmp_path: Path) -> None:
    told: list[int] = []

    def listen(progress: EvalProgress) -> None:
        told.append(progress.done)

    await evaluate(Sums(3), right, on_progress=listen, out=tmp_path)
    assert told == [0, 1, 2, 3]


def test_programs_without_an_event_loop_have_a_face_of_their_own(tmp_path: Path) -> None:
    assert evaluate_sync(Sums(2), right, out=tmp_path).summary.right == 2


async def test_the_sync_face_says_so_where_a_loop_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="await evaluate"):
        evaluate_sync(Sums(2), right, out=tmp_path)


async def test_a_scorer_may_be_async(tmp_path: Path) -> None:
    @dataclass
    class Slow(Sums):
        # `Sums` scores at once, so mypy sees no override; the protocol allows both.
        async def score(self, sample: Sample, answer: str | None) -> Score:  # type: ignore[override]
            await asyncio.sleep(0)
            return Score(value=0.5, label="half")

    done = await evaluate(Slow(1), right, out=tmp_path)
    record = records_of(tmp_path, "right")["s0/1"]
    assert (record.outcome, record.score, record.label) == ("wrong", 0.5, "half")
    assert done.summary.right == 0


async def test_further_scores_are_kept_and_decide_nothing(tmp_path: Path) -> None:
    @dataclass
    class Twice(Sums):
        def score(self, sample: Sample, answer: str | None) -> Score:
            return Score(value=float(sample.id == "s0"), others={"second labels": float(sample.id != "s2")})

    done = await evaluate(Twice(3), right, out=tmp_path)
    kept = records_of(tmp_path, "right")
    assert [kept[f"s{n}/1"].others for n in range(3)] == [{"second labels": v} for v in (1.0, 1.0, 0.0)]
    assert (done.summary.right, done.summary.wrong) == (1, 2)
    assert done.summary.others == {"second labels": pytest.approx(2 / 3)}


async def test_what_nobody_can_score_is_told_apart(tmp_path: Path) -> None:
    @dataclass
    class Secret(Sums):
        def score(self, sample: Sample, answer: str | None) -> Score:
            return Score(value=None)

    done = await evaluate(Secret(2), right, out=tmp_path)
    assert {r.outcome for r in records_of(tmp_path, "right").values()} == {"unscored"}
    assert done.summary.accuracy is None


async def test_a_benchmark_s_submission_has_a_line_for_every_sample(tmp_path: Path) -> None:
    @dataclass
    class Contest(Sums):
        def submission(self, records: Iterator[Record]) -> Iterator[dict[str, Any]]:
            for record in records:
                yield {"id": record.sample, "answer": record.answer or ""}

    def shy(sample: Sample) -> str | None:
        return None if sample.id == "s0" else right(sample)

    done = await evaluate(Contest(3), shy, out=tmp_path)
    lines = done.folder.submission_file.read_text().splitlines()
    assert lines == [
        '{"id": "s0", "answer": ""}',
        '{"id": "s1", "answer": "2"}',
        '{"id": "s2", "answer": "3"}',
    ]


async def test_a_benchmark_s_screen_stands_before_the_tools(tmp_path: Path) -> None:
    class Screen:
        def refuse(self, call: ToolCall) -> str:
            return "that would be cheating" if "41" in str(call.arguments) else ""

        def withhold(self, outcome: ToolOutcome) -> str:
            return "it has the answer" if "43" in outcome.text else ""

    @dataclass
    class Guarded(Sums):
        def screen(self, sample: Sample) -> Screen:
            return Screen()

    heard: list[str] = []

    def speak(request: ChatRequest) -> Completion:
        heard.extend(m.content for m in request.messages if m.role == "tool")
        if len(request.messages) > 2:
            return Completion(text="1")
        wanted = ("41 + 1", "42 + 1", "2 + 2")
        calls = tuple(ToolCall(id=e, name="calculate", arguments={"expression": e}) for e in wanted)
        return Completion(tool_calls=calls)

    await evaluate(Guarded(1), "bare-tools", model=FunctionModel(speak, native_tools=True), out=tmp_path)
    assert "that would be cheating" in heard[0]
    assert heard[1] == "Error: This result is withheld: it has the answer"
    assert heard[2].endswith("4")
    assert records_of(tmp_path, "bare-tools")["s0/1"].withheld == 2


# What agents do


@pytest.mark.parametrize(
    ("agent", "kind", "told"),
    [
        (lambda sample: 42, "agent", "returned an int, which is no answer"),
        (lambda sample: 1 / 0, "agent", "division by zero"),
        (lambda sample: sys.exit(3), "agent", "the agent ended the program (exit code 3)"),
        (lambda sample: (_ for _ in ()).throw(ConnectionError("refused")), "infrastructure", "refused"),
    ],
)
async def test_a_broken_agent_is_in_its_records_and_the_rest_goes_on(
    agent: Any, kind: str, told: str, tmp_path: Path
) -> None:
    def moody(sample: Sample) -> Any:
        return agent(sample) if sample.id == "s1" else right(sample)

    done = await evaluate(Sums(3), moody, out=tmp_path, retries=0)
    assert (done.summary.right, done.summary.error, done.stopped) == (2, 1, "")
    record = records_of(tmp_path, "moody")["s1/1"]
    assert record.fault is not None and record.fault.kind == kind
    assert told in record.fault.message
    assert record.label == "" and record.score is None


async def test_an_agent_s_own_mistake_comes_with_the_place_where_it_was_made(tmp_path: Path) -> None:
    def clumsy(sample: Sample) -> str:
        raise KeyError("colour")

    await evaluate(Sums(1), clumsy, out=tmp_path)
    fault = records_of(tmp_path, "clumsy")["s0/1"].fault
    assert fault is not None and fault.type == "KeyError" and "in clumsy" in fault.where


async def test_what_an_agent_prints_is_in_its_record_and_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def chatty(sample: Sample) -> str:
        print("thinking of", sample.id)
        await asyncio.sleep(0.001)
        print("done", file=sys.stderr)
        return right(sample)

    await evaluate(Sums(3), chatty, out=tmp_path)
    assert capsys.readouterr() == ("", "")
    assert records_of(tmp_path, "chatty")["s2/1"].printed == "thinking of s2\ndone"


@pytest.mark.parametrize("way", ["async", "thread"])
async def test_an_agent_that_hangs_meets_its_time_limit(way: str, tmp_path: Path) -> None:
    async def forever(sample: Sample) -> str:
        if sample.id == "s1":
            await asyncio.sleep(3600)
        return right(sample)

    def blocked(sample: Sample) -> str:
        if sample.id == "s1":
            time.sleep(3)
        return right(sample)

    began = time.monotonic()
    agent = forever if way == "async" else blocked
    done = await evaluate(Sums(3), agent, name="slow", timeout=0.2, out=tmp_path)
    assert time.monotonic() - began < 2.5
    assert (done.summary.right, done.summary.limit) == (2, 1)
    record = records_of(tmp_path, "slow")["s1/1"]
    assert (record.outcome, record.label) == ("limit", "limit")
    assert "no answer within 0.2 seconds" in record.reason


async def test_a_plain_function_runs_as_often_at_once_as_samples_do(tmp_path: Path) -> None:
    def sleepy(sample: Sample) -> str:
        time.sleep(0.1)
        return right(sample)

    began = time.monotonic()
    await evaluate(Sums(40), sleepy, parallel=40, out=tmp_path)
    assert time.monotonic() - began < 2.0


async def test_infrastructure_is_tried_again_and_nothing_else(tmp_path: Path) -> None:
    tries = {"s0": 0, "s1": 0}

    def flaky(sample: Sample) -> str:
        tries[sample.id] += 1
        if sample.id == "s0" and tries["s0"] < 3:
            raise ModelUnavailableError("overloaded", retry_after=0.01)
        if sample.id == "s1":
            raise ValueError("a mistake")
        return right(sample)

    await evaluate(Sums(2), flaky, out=tmp_path)
    assert tries == {"s0": 3, "s1": 1}
    found = records_of(tmp_path, "flaky")
    assert (found["s0/1"].outcome, found["s0/1"].tries) == ("right", 3)
    assert (found["s1/1"].outcome, found["s1/1"].tries) == ("error", 1)


async def test_an_agent_may_tell_itself_what_it_cost(tmp_path: Path) -> None:
    from agentkit.budget import Usage

    async def foreign(sample: Sample) -> AgentAnswer:
        return AgentAnswer(text=right(sample), steps=7, usage=Usage(calls=3, prompt_tokens=50))

    done = await evaluate(Sums(2), foreign, out=tmp_path)
    record = records_of(tmp_path, "foreign")["s0/1"]
    assert (record.steps, record.usage.calls) == (7, 3)
    assert done.summary.usage.prompt_tokens == 100


async def test_refusals_and_empty_answers_are_wrong_and_labelled(tmp_path: Path) -> None:
    def speak(request: ChatRequest) -> Completion:
        number = number_in(request)
        if number == 0:
            return Completion(text="I would rather not", finish="refused")
        return Completion(text="" if number == 1 else "2", finish="length" if number == 2 else "stop")

    await evaluate(Sums(3), "bare", model=FunctionModel(speak), out=tmp_path)
    found = records_of(tmp_path, "bare")
    assert [(found[f"s{n}/1"].outcome, found[f"s{n}/1"].label) for n in range(3)] == [
        ("wrong", "refused"),
        ("wrong", "no answer"),
        ("limit", "limit"),
    ]


# What benchmarks do


async def test_a_sample_that_cannot_be_asked_is_an_error_of_its_own(tmp_path: Path) -> None:
    lame = Sample(id="lame", task=Task(goal="?"), fault="data.csv is missing")
    twin = Sample(id="s0", task=Task(goal="What is 9 + 1?"), target="10")
    done = await evaluate(Sums(2, extra=(lame, twin)), right, out=tmp_path)

    assert (done.summary.total, done.summary.right, done.summary.error) == (4, 2, 2)
    found = records_of(tmp_path, "right")
    assert found["lame/1"].reason == "data.csv is missing" and found["lame/1"].tries == 0
    assert "occurs more than once" in found["s0#2/1"].reason


async def test_a_broken_scorer_is_in_the_record(tmp_path: Path) -> None:
    @dataclass
    class Broken(Sums):
        def score(self, sample: Sample, answer: str | None) -> Any:
            if sample.id == "s0":
                return 1.0
            raise KeyError("nothing")

    done = await evaluate(Broken(2), right, out=tmp_path)
    assert done.summary.error == 2
    faults = [r.fault for r in records_of(tmp_path, "right").values()]
    assert [f.kind for f in faults if f] == ["scorer", "scorer"]
    assert "gave float, not a Score" in faults[0].message if faults[0] else False


async def test_a_benchmark_without_samples_is_an_error_before_anything_is_spent(tmp_path: Path) -> None:
    model = adder()
    with pytest.raises(TaskError, match="yields no samples"):
        await evaluate(Sums(0), "bare", model=model, out=tmp_path)
    assert model.requests == [] and list(tmp_path.iterdir()) == []


# What stops everything


async def test_a_wrong_key_stops_at_once(tmp_path: Path) -> None:
    def refuse(request: ChatRequest) -> str:
        raise ModelAccessError("the key is wrong")

    model = FunctionModel(refuse)
    with pytest.raises(ModelAccessError, match="the key is wrong"):
        await evaluate(Sums(50), "bare", model=model, out=tmp_path, parallel=2)
    assert len(model.requests) <= 2
    assert records_of(tmp_path, "bare") == {}


async def test_a_server_that_stays_away_stops_it_and_the_same_call_goes_on(tmp_path: Path) -> None:
    away = True

    def speak(request: ChatRequest) -> str:
        if away:
            raise ModelUnavailableError("nobody answers")
        return str(number_in(request) + 1)

    options: dict[str, Any] = {"out": tmp_path, "parallel": 2, "retries": 0}
    done = await evaluate(Sums(50), "bare", model=FunctionModel(speak), **options)
    assert f"{UNREACHABLE} samples in a row" in done.stopped and "nobody answers" in done.stopped
    assert done.summary.error <= UNREACHABLE + 2 and done.summary.unanswered >= 38
    away = False
    done = await evaluate(Sums(50), "bare", model=FunctionModel(speak), **options)
    assert (done.summary.right, done.stopped) == (50, "")


async def test_the_whole_budget_holds_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    model = adder()
    done = await evaluate(Sums(20), asking, model=model, budget=Budget(calls=7), out=tmp_path, parallel=5)
    assert len(model.requests) == 7 and "used up" in done.stopped
    assert (done.summary.right, done.summary.unanswered) == (7, 13), "what was not reached has no record"

    done = await evaluate(Sums(20), asking, model=model, budget=Budget(calls=15), out=tmp_path)
    assert len(model.requests) == 15, "what was spent before counts"
    done = await evaluate(Sums(20), asking, model=model, out=tmp_path)
    assert (len(model.requests), done.summary.right, done.stopped) == (20, 20, "")


async def test_a_team_that_the_whole_budget_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    def speak(request: ChatRequest) -> Completion:
        if any(m.role == "tool" for m in request.messages):
            return Completion(text=str(number_in(request) + 1))
        call = ToolCall(id="a", name="calculate", arguments={"expression": f"{number_in(request)} + 1"})
        return Completion(tool_calls=(call,))

    model = FunctionModel(speak, native_tools=True)
    team = WorkforceAgent(planner="whole")
    first = await evaluate(Sums(3), team, model=model, budget=Budget(calls=3), out=tmp_path, parallel=1)
    assert (len(model.requests), first.summary.right, first.summary.unanswered) == (3, 1, 2)
    second = await evaluate(Sums(3), team, model=model, out=tmp_path, parallel=1)
    assert (len(model.requests), second.summary.right) == (6, 3)
    assert {r.usage.calls for r in records_of(tmp_path, "workforce").values()} == {2}


async def test_time_for_the_whole_evaluation_ends_it(tmp_path: Path) -> None:
    async def slow(sample: Sample) -> str:
        await asyncio.sleep(0.05 if sample.id in ("s0", "s1") else 3600)
        return right(sample)

    done = await evaluate(Sums(6), slow, budget=Budget(seconds=0.5), parallel=2, out=tmp_path)
    assert "seconds is used up" in done.stopped
    assert (done.summary.right, done.summary.unanswered) == (2, 4)


async def test_a_sample_s_own_budget_is_its_limit_over_all_sessions(tmp_path: Path) -> None:
    async def greedy(sample: Sample, context: AgentContext) -> str:
        for _ in range(5):
            answer = await asking(sample, context)
        return answer

    model = adder()
    done = await evaluate(Sums(2), greedy, model=model, sample_budget=Budget(calls=3), out=tmp_path)
    assert done.summary.limit == 2 and len(model.requests) == 6
    assert {r.label for r in records_of(tmp_path, "greedy").values()} == {"limit"}


async def test_a_budget_in_dollars_needs_a_price(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="price"):
        await evaluate(Sums(2), "bare", model=adder(), budget=Budget(usd=1), out=tmp_path)


# Going on


async def test_the_same_call_does_only_what_is_left(tmp_path: Path) -> None:
    model = adder()
    await evaluate(Sums(5), asking, model=model, limit=2, out=tmp_path)
    await evaluate(Sums(5), asking, model=model, limit=4, out=tmp_path)
    await evaluate(Sums(5), asking, model=model, limit=4, out=tmp_path)
    assert len(model.requests) == 4
    done = await evaluate(Sums(5), asking, model=model, limit=4, epochs=2, out=tmp_path, resume=True)
    assert (len(model.requests), done.summary.total, done.summary.right) == (8, 8, 8)


async def test_errors_are_tried_again_and_paid_calls_are_not_paid_again(tmp_path: Path) -> None:
    broken = True

    async def agent(sample: Sample, context: AgentContext) -> str:
        answer = await asking(sample, context)
        if broken and sample.id == "s1":
            raise ValueError("after the call")
        return answer

    model = adder()
    first = await evaluate(Sums(3), agent, model=model, out=tmp_path)
    assert (first.summary.right, first.summary.error) == (2, 1)
    broken = False
    second = await evaluate(Sums(3), agent, model=model, out=tmp_path)
    assert (second.summary.right, second.summary.error, len(model.requests)) == (3, 0, 3)
    assert second.summary.usage.calls == 3


async def test_another_configuration_is_refused_and_says_what_changed(tmp_path: Path) -> None:
    await evaluate(Sums(2), asking, model=adder(), out=tmp_path)
    with pytest.raises(UsageError, match=r'model: it was "function", now "other"'):
        await evaluate(Sums(2), asking, model=adder(name="other"), out=tmp_path)
    with pytest.raises(UsageError, match="timeout: it was null, now 5"):
        await evaluate(Sums(2), asking, model=adder(), timeout=5, out=tmp_path)


async def test_changed_data_is_refused(tmp_path: Path) -> None:
    await evaluate(Sums(2), right, out=tmp_path)

    @dataclass
    class Other(Sums):
        def samples(self, data: Path | None = None) -> Iterator[Sample]:
            for sample in super().samples(data):
                yield sample.model_copy(update={"target": "7"})

    with pytest.raises(UsageError, match="'s0' is no longer what was answered"):
        await evaluate(Other(2), right, out=tmp_path)


async def test_resuming_where_there_is_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to go on with"):
        await evaluate(Sums(2), right, out=tmp_path, resume=True)


async def test_without_a_folder_each_configuration_has_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_HOME", str(tmp_path))
    first = await evaluate(Sums(2), right)
    again = await evaluate(Sums(2), right)
    other = await evaluate(Sums(2), right, seed=4)
    assert first.folder.path == again.folder.path != other.folder.path
    assert first.folder.path.parent == tmp_path / "evals"


async def test_two_evaluations_in_one_folder_are_one_too_many(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from agentkit.evals.folder import EvalFolder\n"
        "held = EvalFolder(Path(sys.argv[1])); held.claim(); print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "bare")]
    model = adder()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(RunBusyError, match="another evaluation is going on there"):
            await evaluate(Sums(2), "bare", model=model, out=tmp_path)
        other.kill()
    assert model.requests == []


async def test_a_place_that_cannot_be_written_is_an_error_before_anything_is_spent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model = adder()
    with pytest.raises(StoreError, match="cannot be written"):
        await evaluate(Sums(2), "bare", model=model, out=tmp_path / "file" / "below")
    assert model.requests == []


async def test_a_cancelled_evaluation_keeps_what_is_done_and_goes_on(tmp_path: Path) -> None:
    hang = True

    async def slow(sample: Sample, context: AgentContext) -> str:
        answer = await asking(sample, context)
        if hang and sample.id != "s0":
            await asyncio.sleep(3600)
        return answer

    model = adder()
    running = asyncio.ensure_future(evaluate(Sums(4), slow, model=model, out=tmp_path, parallel=4))
    while len(model.requests) < 4:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(records_of(tmp_path, "slow")) == ["s0/1"]
    hang = False
    done = await evaluate(Sums(4), slow, model=model, out=tmp_path)
    assert (done.summary.right, len(model.requests)) == (4, 4)


# Recordings


async def test_a_recorded_evaluation_replays_exactly_and_without_the_model(tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    model = adder(price=Price(prompt=1e-6, completion=1e-6))
    first = await evaluate(
        Sums(4), "bare", model=model, record=folder, note="who answered", out=tmp_path / "a"
    )
    assert sorted(os.listdir(folder / "bare")) == [f"s{n}-e1.jsonl" for n in range(4)]
    again = await evaluate(Sums(4), "bare", replay=folder, out=tmp_path / "b")

    def told(place: str) -> list[Any]:
        found = records_of(tmp_path / place, "bare").values()
        return sorted((r.sample, r.answer, r.outcome, r.usage.tokens, r.usage.usd, r.drift) for r in found)

    assert told("a") == told("b")
    assert again.folder.config().model == first.folder.config().model == "function"
    assert again.folder.config().replayed


async def test_a_changed_prompt_is_drift_and_with_strict_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    await evaluate(Sums(2), asking, name="a", model=adder(), record=folder, out=tmp_path / "1")

    async def politely(sample: Sample, context: AgentContext) -> str:
        request = ChatRequest(messages=(Message(role="user", content=f"Please: {sample.task.goal}"),))
        return (await context.model.complete(request)).text

    drifted = await evaluate(Sums(2), politely, name="a", replay=folder, out=tmp_path / "2")
    assert (drifted.summary.right, drifted.summary.drift) == (2, 2)
    strict = await evaluate(Sums(2), politely, name="a", replay=folder, strict=True, out=tmp_path / "3")
    assert (strict.summary.right, strict.summary.error) == (0, 2)
    faults = [r.fault.kind for r in records_of(tmp_path / "3", "a").values() if r.fault]
    assert faults == ["recording", "recording"]


async def test_a_team_without_a_recorded_answer_is_an_error_of_the_recording(tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    await evaluate(
        Sums(1), "workforce", model=FunctionModel(lambda _: "x"), record=folder, out=tmp_path / "1"
    )
    done = await evaluate(Sums(2), "workforce", replay=folder, out=tmp_path / "2")
    assert done.summary.error >= 1
    fault = records_of(tmp_path / "2", "workforce")["s1/1"].fault
    assert fault is not None and fault.kind == "recording"


async def test_recordings_of_two_evaluations_do_not_mix(tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    await evaluate(Sums(1), "bare", model=adder(), record=folder, out=tmp_path / "1")
    with pytest.raises(CassetteError, match="another evaluation"):
        await evaluate(Sums(1), "bare", model=adder(), record=folder, out=tmp_path / "2")
    with pytest.raises(CassetteError, match="no recordings of the agent 'bare-tools'"):
        await evaluate(Sums(1), "bare-tools", replay=folder, out=tmp_path / "3")
    with pytest.raises(UsageError, match="takes the model's place"):
        await evaluate(Sums(1), "bare", replay=folder, model=adder(), out=tmp_path / "4")


@dataclass
class Hoard:
    """An agent as an object, with a set-up of its own."""

    name: str = "hoard"
    setup: dict[str, Any] = field(default_factory=lambda: {"size": 3})

    async def run(self, sample: Sample) -> str:
        return right(sample)


async def test_an_agent_s_set_up_belongs_to_the_configuration(tmp_path: Path) -> None:
    await evaluate(Sums(1), Hoard(), out=tmp_path)
    with pytest.raises(UsageError, match="agent_setup"):
        await evaluate(Sums(1), Hoard(setup={"size": 4}), out=tmp_path)
