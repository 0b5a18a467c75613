"""Cassettes: what is recorded can be played back, and says so when it does not fit."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agentkit.budget import Usage
from agentkit.errors import CassetteError, ModelRequestError, ModelUnavailableError
from agentkit.messages import ChatRequest, Completion, Message, OutputSchema, ToolCall, ToolSpec
from agentkit.models.cassette import CassetteWriter, read_cassette, request_key
from agentkit.models.replay import RecordingModel, ReplayModel
from agentkit.models.structured import structured
from agentkit.protocols import ChatModel, Delta, ModelInfo, Price
from agentkit.testing.models import ScriptedModel

FORM = OutputSchema(name="city", json_schema={"type": "object"})
TOOL = ToolSpec(name="look", description="Looks.", parameters={"type": "object"})


def ask(text: str = "Hello?", stage: str = "work") -> ChatRequest:
    system = Message(role="system", content="Be brief.")
    return ChatRequest(messages=(system, Message(role="user", content=text)), stage=stage)


async def record(path: Path, model: ChatModel, *requests: ChatRequest, run_id: str = "run-1") -> None:
    with CassetteWriter(path, model.info, run_id=run_id, note="a note") as writer:
        recording = RecordingModel(model, writer)
        for request in requests:
            await recording.complete(request)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cassette.jsonl"


class TestPlayback:
    async def test_the_same_question_gets_the_same_answer_and_usage(self, path: Path) -> None:
        call = ToolCall(id="1", name="look", arguments={"a": "ü"})
        said = Completion(
            text="Grüß Gott",
            tool_calls=(call,),
            finish="tool_calls",
            usage=Usage(calls=1, prompt_tokens=9, usd=0.25, seconds=2),
            model="m-1",
        )
        await record(path, ScriptedModel([said]), ask())
        assert await ReplayModel(path).complete(ask()) == said

    async def test_it_says_whose_words_they_are_and_from_when(self, path: Path) -> None:
        price = Price(prompt=1e-6, completion=2e-6)
        await record(path, ScriptedModel(["hi"], name="maker/model", price=price, native_tools=True), ask())
        replay = ReplayModel(path)
        assert (replay.info.name, replay.info.price, replay.info.native_tools) == ("maker/model", price, True)
        assert datetime.now(UTC) - replay.recorded_at < timedelta(minutes=1)
        assert replay.note == "a note"
        assert isinstance(replay, ChatModel)

    async def test_answers_to_the_same_question_keep_their_order_and_the_last_one_stays(
        self, path: Path
    ) -> None:
        await record(path, ScriptedModel(["one", "other", "two"]), ask(), ask("x"), ask())
        replay = ReplayModel(path)
        assert [(await replay.complete(ask())).text for _ in range(4)] == ["one", "two", "two", "two"]
        assert (await replay.complete(ask("x"))).text == "other"

    async def test_it_streams_to_those_who_listen(self, path: Path) -> None:
        await record(path, ScriptedModel(["several words in\na row "]), ask())
        pieces: list[Delta] = []
        answer = await ReplayModel(path).complete(ask(), pieces.append)
        assert len(pieces) > 2
        assert "".join(piece.text for piece in pieces) == answer.text

    async def test_limits_are_not_part_of_the_question_but_tools_and_form_are(self) -> None:
        same: list[dict[str, Any]] = [{"max_tokens": 7}, {"temperature": 0.3}, {"stage": "plan"}]
        other: list[dict[str, Any]] = [{"tools": (TOOL,)}, {"output": FORM}, {"messages": ()}]
        key = request_key(ask())
        assert all(request_key(ask().model_copy(update=change)) == key for change in same)
        assert all(request_key(ask().model_copy(update=change)) != key for change in other)

    async def test_errors_are_not_recorded(self, path: Path) -> None:
        model = ScriptedModel([ModelUnavailableError("down"), "up"])
        with CassetteWriter(path, model.info, run_id="r") as writer:
            recording = RecordingModel(model, writer)
            with pytest.raises(ModelUnavailableError):
                await recording.complete(ask())
            await recording.complete(ask())
        assert [call.completion.text for call in read_cassette(path).calls] == ["up"]

    async def test_a_server_that_refused_schemas_is_not_asked_for_them_in_the_replay(
        self, path: Path
    ) -> None:
        model = ScriptedModel([ModelRequestError("no response_format"), '{"value": 4}'])
        with CassetteWriter(path, model.info, run_id="r") as writer:
            await structured(RecordingModel(model, writer), ask(), int)
        assert (await structured(ReplayModel(path), ask(), int)).value == 4


class TestFile:
    async def test_it_can_be_read_by_people_and_is_whole_after_every_answer(self, path: Path) -> None:
        model = ScriptedModel(["één", "two"])
        with CassetteWriter(path, model.info, run_id="run-1", note="why") as writer:
            recording = RecordingModel(model, writer)
            await recording.complete(ask(stage="plan"))
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert lines[0]["cassette"] == 1
        assert (lines[0]["model"], lines[0]["run_id"], lines[0]["note"]) == ("scripted", "run-1", "why")
        assert lines[1]["stage"] == "plan"
        assert lines[1]["request"]["messages"][1] == {"role": "user", "content": "Hello?"}
        assert lines[1]["completion"]["text"] == "één"
        assert "één" in path.read_text(encoding="utf-8")

    async def test_the_same_runs_recording_is_continued(self, path: Path) -> None:
        await record(path, ScriptedModel(["one"]), ask("1"))
        await record(path, ScriptedModel(["two"]), ask("2"))
        assert [call.completion.text for call in read_cassette(path).calls] == ["one", "two"]

    async def test_a_resumed_run_does_not_write_again_what_is_there(self, path: Path) -> None:
        await record(path, ScriptedModel(["a", "b"]), ask(), ask())
        await record(path, ScriptedModel(["a", "b", "c"]), ask(), ask(), ask())
        assert [call.completion.text for call in read_cassette(path).calls] == ["a", "b", "c"]

    async def test_the_same_answer_twice_in_one_run_is_written_twice(self, path: Path) -> None:
        await record(path, ScriptedModel(["a", "a"]), ask(), ask())
        assert len(read_cassette(path).calls) == 2

    async def test_a_line_cut_off_by_a_kill_is_taken_away_and_the_rest_kept(self, path: Path) -> None:
        await record(path, ScriptedModel(["one", "two"]), ask("1"), ask("2"))
        raw = path.read_bytes()
        path.write_bytes(raw[:-20])
        assert (await ReplayModel(path).complete(ask("1"))).text == "one"
        await record(path, ScriptedModel(["two again"]), ask("2"))
        assert [call.completion.text for call in read_cassette(path).calls] == ["one", "two again"]

    async def test_another_runs_recording_is_not_touched(self, path: Path) -> None:
        await record(path, ScriptedModel(["one"]), ask(), run_id="run-1")
        before = path.read_bytes()
        with pytest.raises(CassetteError, match=r"another run \(run-1\)") as caught:
            await record(path, ScriptedModel(["two"]), ask(), run_id="run-2")
        assert caught.value.where == str(path) and caught.value.mend
        assert path.read_bytes() == before

    async def test_an_empty_file_is_as_good_as_none(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.jsonl"
        path.touch()
        await record(path, ScriptedModel(["one"]), ask())
        assert len(read_cassette(path).calls) == 1

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(CassetteError, match="cannot be written"):
            CassetteWriter(tmp_path / "file" / "c.jsonl", ScriptedModel([]).info, run_id="r")

    def test_a_missing_file(self, path: Path) -> None:
        with pytest.raises(CassetteError, match="no such cassette"):
            ReplayModel(path)

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(CassetteError, match="cannot be read"):
            ReplayModel(tmp_path)

    @pytest.mark.parametrize("text", ["", "hello\n", '{"some": "json"}\n', '{"cassette": 2, "model": "m"}\n'])
    def test_something_else_is_not_a_cassette(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "other.jsonl"
        path.write_text(text)
        with pytest.raises(CassetteError, match="not a cassette"):
            ReplayModel(path)

    async def test_a_damaged_line_is_named_by_its_number(self, path: Path) -> None:
        await record(path, ScriptedModel(["one", "two"]), ask("1"), ask("2"))
        lines = path.read_text().splitlines()
        path.write_text("\n".join([lines[0], lines[1][:-9], lines[2]]) + "\n")
        with pytest.raises(CassetteError, match="line 2 is damaged"):
            ReplayModel(path)


class TestNoAnswer:
    async def test_a_changed_prompt_is_shown_where_it_changed(self, path: Path) -> None:
        old, new = "Sum the column B of orders", "Sum the column C of orders"
        await record(path, ScriptedModel(["1", "2"]), ask("Something else entirely"), ask(old))
        with pytest.raises(CassetteError) as caught:
            await ReplayModel(path).complete(ask(new))
        text = str(caught.value)
        assert "stage work" in text
        assert "message 2 (user) at character 16" in text
        assert "column B" in text and "column C" in text
        assert "--record" in caught.value.mend

    async def test_a_stage_that_was_never_recorded_is_named(self, path: Path) -> None:
        await record(path, ScriptedModel(["1"]), ask(stage="plan"))
        with pytest.raises(
            CassetteError, match=r"nothing was recorded for the stage work \(recorded: plan\)"
        ):
            await ReplayModel(path).complete(ask("new"))

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"messages": (*ask().messages, Message(role="user", content="more"))}, "2 messages, now 3"),
            ({"messages": ask().messages[:1]}, "2 messages, now 1"),
            (
                {"messages": (Message(role="user", content="Be brief."),)},
                "it was the system's, now the user's",
            ),
            ({"tools": (TOOL,)}, "in the tools: none, now look"),
            ({"output": FORM}, "in the form of the answer: free, now city"),
        ],
    )
    async def test_whatever_differs_is_said(self, path: Path, change: dict[str, object], said: str) -> None:
        await record(path, ScriptedModel(["1"]), ask())
        with pytest.raises(CassetteError, match=said):
            await ReplayModel(path).complete(ask().model_copy(update=change))

    async def test_a_changed_definition_under_the_same_name_is_said_too(self, path: Path) -> None:
        await record(path, ScriptedModel(["1"]), ask().model_copy(update={"tools": (TOOL,)}))
        changed = TOOL.model_copy(update={"description": "Looks elsewhere."})
        with pytest.raises(CassetteError, match="definition of its tools"):
            await ReplayModel(path).complete(ask().model_copy(update={"tools": (changed,)}))


async def test_a_recording_without_its_questions_replays_all_the_same(tmp_path: Path) -> None:
    """For tasks whose words may not be passed on: the digests tell the questions apart."""
    path, asked = tmp_path / "c.jsonl", ChatRequest(messages=(Message(role="user", content="a secret task"),))
    with CassetteWriter(path, ModelInfo(name="m"), run_id="r", with_prompts=False) as writer:
        await RecordingModel(ScriptedModel(["42"]), writer).complete(asked)

    assert "secret" not in path.read_text(encoding="utf-8")
    assert (await ReplayModel(path).complete(asked)).text == "42"
    other = ChatRequest(messages=(Message(role="user", content="another task"),))
    with pytest.raises(CassetteError, match="without its questions"):
        await ReplayModel(path).complete(other)
