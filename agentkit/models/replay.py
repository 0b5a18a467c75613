"""`RecordingModel` writes a model's answers to a cassette; `ReplayModel` gives them again."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from agentkit.errors import CassetteError
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.models.cassette import (
    Cassette,
    CassetteWriter,
    ReadableRequest,
    RecordedCall,
    read_cassette,
    request_key,
)
from agentkit.protocols import ChatModel, Delta, ModelInfo, OnDelta

__all__ = ["RecordingModel", "ReplayModel", "likeness", "recorded_info"]

_SHOWN = 60


class RecordingModel:
    """Passes questions on and writes the answers to a cassette before it gives them."""

    def __init__(self, inner: ChatModel, cassette_writer: CassetteWriter) -> None:
        self._inner = inner
        self._writer = cassette_writer

    @property
    def info(self) -> ModelInfo:
        """What is known of the model inside."""
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The answer of the model inside. Raises `CassetteError` where it cannot be written."""
        completion = await self._inner.complete(request, on_delta)
        try:
            self._writer.append(request, completion)
        except OSError as error:
            what = f"the answer cannot be recorded: {error.strerror}"
            raise CassetteError(what, mend="is the disk full?") from error
        return completion


class ReplayModel:
    """Answers from a cassette, at once, with the usage that was recorded.

    A question that was asked several times gets its answers in the order in which they were recorded,
    and then the last one again and again. Raises `CassetteError` where the file cannot be used, and
    for a question that is not in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cassette = read_cassette(path)
        self._answers: dict[str, list[Completion]] = {}
        for call in self._cassette.calls:
            self._answers.setdefault(call.key, []).append(call.completion)
        self._asked: Counter[str] = Counter()
        self._info = recorded_info(self._cassette)

    @property
    def info(self) -> ModelInfo:
        """What was known of the model when it was recorded."""
        return self._info

    @property
    def recorded_at(self) -> datetime:
        """When the recording was begun."""
        return self._cassette.header.recorded_at

    @property
    def note(self) -> str:
        """What the one who recorded it wanted to say."""
        return self._cassette.header.note

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The recorded answer."""
        key = request_key(request)
        answers = self._answers.get(key)
        if answers is None:
            raise self._not_recorded(request)
        completion = answers[min(self._asked[key], len(answers) - 1)]
        self._asked[key] += 1
        if on_delta is not None:
            for word in re.findall(r"\S+\s*|\s+", completion.text):
                on_delta(Delta(word))
        return completion

    def _not_recorded(self, request: ChatRequest) -> CassetteError:
        stage = request.stage
        mend = "the prompt changed since it was recorded; record it anew with --record"
        recorded = [call for call in self._cassette.calls if call.stage == stage]
        if not recorded:
            stages = ", ".join(sorted({call.stage for call in self._cassette.calls})) or "nothing"
            what = f"nothing was recorded for the stage {stage} (recorded: {stages})"
            return CassetteError(what, where=str(self._path), mend=mend)
        nearest = max(recorded, key=lambda call: likeness(call, request))
        what = f"no answer was recorded for this prompt of the stage {stage}; the nearest one differs "
        return CassetteError(what + _difference(nearest.request, request), where=str(self._path), mend=mend)


def recorded_info(cassette: Cassette) -> ModelInfo:
    """What was known of the model when it was recorded."""
    header = cassette.header
    info = header.info or ModelInfo(name=header.model)
    # A server that turned out to refuse schemas gave no answer with one: nobody must ask for it again.
    forms = any(call.request.output is not None for call in cassette.calls)
    return info.model_copy(update={"name": header.model, "json_schema": info.json_schema and forms})


def likeness(call: RecordedCall, request: ChatRequest) -> int:
    """How many letters two conversations have in common before they part."""
    common = 0
    for recorded, asked in zip(call.request.messages, request.messages, strict=False):
        common += _common(recorded.content, asked.content)
        if recorded != asked:
            break
    return common


def _difference(recorded: ReadableRequest, request: ChatRequest) -> str:
    """The first thing that is not the same."""
    if not recorded.messages:
        return "in something that cannot be told: it was recorded without its questions"
    for number, (old, new) in enumerate(zip_longest(recorded.messages, request.messages), start=1):
        if old is None or new is None:
            return f"in its length: {len(recorded.messages)} messages, now {len(request.messages)}"
        if old != new:
            return _message_difference(number, old, new)
    tools = tuple(tool.name for tool in request.tools)
    if recorded.tools != tools:
        return f"in the tools: {', '.join(recorded.tools) or 'none'}, now {', '.join(tools) or 'none'}"
    output = request.output.name if request.output else None
    if recorded.output != output:
        return f"in the form of the answer: {recorded.output or 'free'}, now {output or 'free'}"
    return "in the definition of its tools or of the answer's form"


def _message_difference(number: int, old: Message, new: Message) -> str:
    if old.role != new.role:
        return f"in message {number}: it was the {old.role}'s, now the {new.role}'s"
    if old.content == new.content:
        return f"in message {number} ({new.role}): the tool calls in it"
    start = _common(old.content, new.content)
    begin = max(0, start - _SHOWN // 2)
    was, now = (text[begin : begin + _SHOWN] for text in (old.content, new.content))
    return f"in message {number} ({new.role}) at character {start + 1}: it was {was!r}, now {now!r}"


def _common(one: str, other: str) -> int:
    """How many letters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
