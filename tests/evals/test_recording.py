"""A cassette for every sample: recorded as it was said, replayed exactly, and drift counted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.budget import Usage
from agentkit.errors import CassetteError, ModelUnavailableError
from agentkit.evals.recording import DriftingReplay, Recorder, cassette_path, recorded_model
from agentkit.messages import ChatRequest, Completion, Message, ToolCall
from agentkit.models.cassette import read_cassette
from agentkit.protocols import ChatModel, Price
from agentkit.testing import FunctionModel, ScriptedModel

RUN = "q-1-e1"


def ask(text: str, stage: str = "work") -> ChatRequest:
    system = Message(role="system", content="Be brief.")
    return ChatRequest(messages=(system, Message(role="user", content=text)), stage=stage)


async def record(folder: Path, model: ChatModel, *requests: ChatRequest, run_id: str = RUN) -> None:
    with Recorder(folder, "bare", "a note").recording(model, run_id) as recorded:
        for request in requests:
            await recorded.complete(request)


def replayed(folder: Path, *, strict: bool = False) -> DriftingReplay:
    return DriftingReplay(cassette_path(folder, "bare", RUN), strict=strict)


async def said(model: ChatModel, *requests: ChatRequest) -> list[str]:
    return [(await model.complete(request)).text for request in requests]


def echo() -> FunctionModel:
    """A model that answers with what it was asked, in capitals."""
    return FunctionModel(lambda request: request.messages[-1].content.upper())


class TestRecording:
    async def test_every_sample_has_a_file_of_its_own_below_its_agent(self, tmp_path: Path) -> None:
        for run_id in ("q-1-e1", "q-1-e2", "q-2-e1"):
            await record(tmp_path, echo(), ask(run_id), run_id=run_id)
        assert sorted(path.name for path in (tmp_path / "bare").iterdir()) == [
            *("q-1-e1.jsonl", "q-1-e2.jsonl", "q-2-e1.jsonl")
        ]
        header = read_cassette(cassette_path(tmp_path, "bare", "q-1-e2")).header
        assert (header.run_id, header.note, header.model) == ("q-1-e2", "a note", "function")

    async def test_the_model_answers_as_ever_and_is_known_as_ever(self, tmp_path: Path) -> None:
        model = ScriptedModel(["four"], price=Price(prompt=1, completion=2), context_tokens=99)
        with Recorder(tmp_path, "bare", "").recording(model, RUN) as recorded:
            assert recorded.info == model.info
            assert (await recorded.complete(ask("2 + 2"))).text == "four"
        assert model.requests == [ask("2 + 2")]

    async def test_who_asks_nothing_leaves_no_file(self, tmp_path: Path) -> None:
        await record(tmp_path, echo())
        assert list(tmp_path.rglob("*.jsonl")) == []

    async def test_what_was_answered_before_an_error_is_kept(self, tmp_path: Path) -> None:
        model = ScriptedModel(["one", ModelUnavailableError("down")])
        with pytest.raises(ModelUnavailableError):
            await record(tmp_path, model, ask("1"), ask("2"))
        assert await said(replayed(tmp_path), ask("1")) == ["one"]

    async def test_a_later_session_goes_on_with_the_recording(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("a"), ask("b"))
        await record(tmp_path, echo(), ask("a"), ask("b"), ask("c"))
        calls = read_cassette(cassette_path(tmp_path, "bare", RUN)).calls
        assert [call.completion.text for call in calls] == ["A", "B", "C"]

    async def test_a_line_that_was_cut_off_is_recorded_anew(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("a"), ask("b"))
        path = cassette_path(tmp_path, "bare", RUN)
        path.write_bytes(path.read_bytes()[:-9])
        await record(tmp_path, echo(), ask("b"))
        assert await said(replayed(tmp_path, strict=True), ask("a"), ask("b")) == ["A", "B"]

    async def test_a_file_of_another_run_is_not_touched(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("a"), run_id="other")
        other = cassette_path(tmp_path, "bare", "other").rename(cassette_path(tmp_path, "bare", RUN))
        before = other.read_bytes()
        with pytest.raises(CassetteError, match=r"another run \(other\)"):
            await record(tmp_path, echo(), ask("a"))
        assert other.read_bytes() == before

    async def test_questions_at_the_same_time_go_into_the_same_file(self, tmp_path: Path) -> None:
        texts = [f"q{number}" for number in range(20)]
        with Recorder(tmp_path, "bare", "").recording(echo(), RUN) as recorded:
            await asyncio.gather(*(recorded.complete(ask(text)) for text in texts))
        assert await said(replayed(tmp_path, strict=True), *map(ask, texts)) == [t.upper() for t in texts]


class TestExactReplay:
    async def test_everything_that_was_said_is_said_again(self, tmp_path: Path) -> None:
        call = ToolCall(id="1", name="look", arguments={"a": "ü"})
        usage = Usage(calls=1, prompt_tokens=9, usd=0.25, seconds=2)
        whole = Completion(text="Grüß", tool_calls=(call,), finish="tool_calls", usage=usage, model="m")
        await record(tmp_path, ScriptedModel([whole]), ask("a"))
        replay = replayed(tmp_path)
        assert await replay.complete(ask("a")) == whole
        assert (replay.drift, replay.missing) == (0, None)

    async def test_the_order_of_asking_does_not_matter(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("a"), ask("b"), ask("c"))
        replay = replayed(tmp_path)
        assert await said(replay, ask("c"), ask("a"), ask("b")) == ["C", "A", "B"]
        assert replay.drift == 0

    async def test_the_same_question_has_its_answers_in_their_order_and_then_the_last_one(
        self, tmp_path: Path
    ) -> None:
        await record(tmp_path, ScriptedModel(["one", "two", "x"]), ask("a"), ask("a"), ask("b"))
        replay = replayed(tmp_path)
        assert await said(replay, *[ask("a")] * 4) == ["one", "two", "two", "two"]
        assert await said(replay, ask("b")) == ["x"]
        assert (replay.drift, replay.missing) == (0, None)

    async def test_asking_more_often_takes_no_other_question_s_answer(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("a"), ask("ab"))
        replay = replayed(tmp_path, strict=True)
        assert await said(replay, ask("a"), ask("a"), ask("ab")) == ["A", "A", "AB"]
        assert replay.drift == 0

    async def test_it_is_known_as_the_recorded_model_was(self, tmp_path: Path) -> None:
        price = Price(prompt=1e-6, completion=2e-6)
        model = ScriptedModel(["hi"], name="maker/model", price=price, context_tokens=99, native_tools=True)
        await record(tmp_path, model, ask("a"))
        info = replayed(tmp_path).info
        assert (info.name, info.price, info.context_tokens) == ("maker/model", price, 99)
        assert info.native_tools
        assert isinstance(replayed(tmp_path), ChatModel)

    def test_a_sample_without_a_recording_is_an_error_of_its_own(self, tmp_path: Path) -> None:
        with pytest.raises(CassetteError, match="there is no such cassette"):
            replayed(tmp_path)


class TestDrift:
    async def test_a_changed_question_gets_the_answer_of_the_most_alike_one(self, tmp_path: Path) -> None:
        recorded = [ask("Sum column A of orders"), ask("Sum column B of orders"), ask("Name the town")]
        await record(tmp_path, ScriptedModel(["a", "b", "town"]), *recorded)
        replay = replayed(tmp_path)
        changed = [ask("Name the village"), ask("Sum column B of all"), ask("Sum column Z")]
        assert await said(replay, *changed) == ["town", "b", "a"]
        assert (replay.drift, replay.missing) == (3, None)

    async def test_an_exact_question_comes_before_an_alike_one(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("one more"), ask("one"))
        replay = replayed(tmp_path)
        assert await said(replay, ask("one"), ask("one mor")) == ["ONE", "ONE MORE"]
        assert replay.drift == 1

    async def test_no_answer_is_given_to_two_questions(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("abc"), ask("x"))
        replay = replayed(tmp_path)
        assert await said(replay, ask("abcd"), ask("abce")) == ["ABC", "X"]
        assert replay.drift == 2

    async def test_a_changed_question_that_comes_again_gets_the_same_answer_and_counts_once(
        self, tmp_path: Path
    ) -> None:
        await record(tmp_path, echo(), ask("abc"), ask("x"))
        replay = replayed(tmp_path)
        assert await said(replay, ask("abcd"), ask("abcd"), ask("x")) == ["ABC", "ABC", "X"]
        assert replay.drift == 1

    async def test_a_changed_question_never_gets_an_answer_of_another_stage(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("plan it", "plan"), ask("do it", "work"))
        replay = replayed(tmp_path)
        assert await said(replay, ask("plan it now", "work")) == ["DO IT"]
        with pytest.raises(CassetteError, match="this prompt of the stage verify; all are given"):
            await replay.complete(ask("check it", "verify"))

    async def test_where_none_is_left_it_says_so_and_is_remembered(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("a"))
        replay = replayed(tmp_path)
        await replay.complete(ask("a"))
        with pytest.raises(CassetteError, match="the stage work; all are given") as caught:
            await replay.complete(ask("b"))
        assert (caught.value.where, caught.value.mend) == (f"{RUN}.jsonl", "record it anew with --record")
        with pytest.raises(CassetteError):
            await replay.complete(ask("c", "plan"))
        assert replay.missing is caught.value
        assert replay.drift == 0

    async def test_strictly_a_changed_question_is_an_error(self, tmp_path: Path) -> None:
        await record(tmp_path, echo(), ask("a"), ask("b"))
        replay = replayed(tmp_path, strict=True)
        with pytest.raises(CassetteError, match="it is no longer the prompt that was answered") as caught:
            await replay.complete(ask("c"))
        assert replay.missing is caught.value
        assert await said(replay, ask("b"), ask("a")) == ["B", "A"]
        assert replay.drift == 0


class TestTheRecordedModel:
    async def test_it_is_told_from_any_of_the_agent_s_recordings(self, tmp_path: Path) -> None:
        await record(tmp_path, ScriptedModel(["x"], name="strong", context_tokens=9), ask("a"))
        found = recorded_model(tmp_path, "bare")
        assert (found.name, found.context_tokens) == ("strong", 9)

    @pytest.mark.parametrize("agent", ["workforce", "bar"])
    async def test_without_recordings_of_the_agent_there_is_none(self, tmp_path: Path, agent: str) -> None:
        await record(tmp_path, echo(), ask("a"))
        (tmp_path / "workforce").mkdir()
        with pytest.raises(CassetteError, match=f"no recordings of the agent '{agent}'") as caught:
            recorded_model(tmp_path, agent)
        assert caught.value.where == str(tmp_path)
        assert "--record" in caught.value.mend

    def test_a_folder_that_is_not_there_has_none(self, tmp_path: Path) -> None:
        with pytest.raises(CassetteError, match="no recordings"):
            recorded_model(tmp_path / "nowhere", "bare")

    def test_what_is_no_recording_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "bare").mkdir()
        (tmp_path / "bare" / "a.jsonl").write_text("nonsense\n")
        with pytest.raises(CassetteError, match="not a cassette"):
            recorded_model(tmp_path, "bare")
