"""A cassette for every sample: recorded once with a strong model, replayed without it, drift counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentkit.errors import CassetteError
from agentkit.messages import ChatRequest, Completion
from agentkit.models.cassette import CassetteWriter, RecordedCall, read_cassette, request_key
from agentkit.models.replay import RecordingModel, likeness, recorded_info
from agentkit.protocols import ChatModel, ModelInfo, OnDelta

__all__ = ["DriftingReplay", "Recorder", "cassette_path", "recorded_model"]


def cassette_path(folder: Path, agent: str, run_id: str) -> Path:
    """Where the cassette of one sample in one epoch lies."""
    return folder / agent / f"{run_id}.jsonl"


def recorded_model(folder: Path, agent: str) -> ModelInfo:
    """What is known of the model whose words the recordings of an agent are.

    Raises `CassetteError` where there are none.
    """
    first = min((folder / agent).glob("*.jsonl"), default=None)
    if first is None:
        mend = "check the folder and the agent's name, or record it with --record"
        what = f"there are no recordings of the agent {agent!r}"
        raise CassetteError(what, where=str(folder), mend=mend)
    return recorded_info(read_cassette(first))


class Recorder:
    """Records a sample's calls. A cassette of an earlier session of the same sample is continued."""

    def __init__(self, folder: Path, agent: str, note: str, *, with_prompts: bool = True) -> None:
        self._folder = folder
        self._agent = agent
        self._note = note
        self._with_prompts = with_prompts

    @contextmanager
    def recording(self, model: ChatModel, run_id: str) -> Iterator[ChatModel]:
        """The model, recorded while this lasts; the file is made with the first answer."""
        path = cassette_path(self._folder, self._agent, run_id)
        lazy = _LazyRecording(model, path, run_id, self._note, self._with_prompts)
        try:
            yield lazy
        finally:
            lazy.close()


class _LazyRecording:
    def __init__(self, inner: ChatModel, path: Path, run_id: str, note: str, with_prompts: bool) -> None:
        self._with_prompts = with_prompts
        self._inner = inner
        self._path = path
        self._run_id = run_id
        self._note = note
        self._writer: CassetteWriter | None = None

    @property
    def info(self) -> ModelInfo:
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        if self._writer is None:
            self._writer = CassetteWriter(
                self._path,
                self.info,
                run_id=self._run_id,
                note=self._note,
                with_prompts=self._with_prompts,
            )
        return await RecordingModel(self._inner, self._writer).complete(request, on_delta)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class DriftingReplay:
    """Answers from a sample's cassette also where the prompt is no longer the recorded one, and counts that.

    Such a question gets the answer, not given yet, of the most alike question of the same stage. With
    `strict` it is a `CassetteError` instead; so it is, in any case, where none is left.
    """

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        self._path = path
        self._strict = strict
        cassette = read_cassette(path)
        self._info = recorded_info(cassette)
        self._left = list(cassette.calls)
        self._given: dict[str, Completion] = {}
        self.drift = 0
        """How many answers were given to prompts that are not the recorded ones."""
        self.missing: CassetteError | None = None
        """What it could not answer first, if there was anything."""

    @property
    def info(self) -> ModelInfo:
        """What was known of the model when it was recorded."""
        return self._info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The recorded answer."""
        key = request_key(request)
        call = next((c for c in self._left if c.key == key), None)
        if call is None and key in self._given:
            return self._given[key]  # asked more often than when it was recorded
        if call is None:
            call = self._nearest(request)
            self.drift += 1
        self._left.remove(call)
        self._given[key] = call.completion
        return call.completion

    def _nearest(self, request: ChatRequest) -> RecordedCall:
        alike = [c for c in self._left if c.stage == request.stage]
        if alike and not self._strict:
            return max(alike, key=lambda call: likeness(call, request))
        stage = request.stage
        what = f"no answer was recorded for this prompt of the stage {stage}"
        what += "; it is no longer the prompt that was answered" if alike else "; all are given"
        error = CassetteError(what, where=self._path.name, mend="record it anew with --record")
        self.missing = self.missing or error
        raise error
