"""Records a run whose id is not known before it begins."""

from __future__ import annotations

from pathlib import Path

from agentkit.errors import CassetteError
from agentkit.messages import ChatRequest, Completion
from agentkit.models.cassette import CassetteWriter, read_cassette
from agentkit.models.replay import RecordingModel
from agentkit.protocols import ChatModel, ModelInfo, OnDelta

__all__ = ["RunRecorder", "check_recordable"]


class RunRecorder:
    """A model whose answers go to a cassette; the file is opened at the first question.

    Set `run_id` before that: a cassette belongs to one run, and is continued when that run is resumed.
    """

    def __init__(self, inner: ChatModel, path: Path) -> None:
        self._inner = inner
        self._path = path
        self._writer: CassetteWriter | None = None
        self._recording: RecordingModel | None = None
        self.run_id = ""

    @property
    def info(self) -> ModelInfo:
        """What is known of the model inside."""
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The answer of the model inside. Raises `CassetteError` where it cannot be written."""
        if self._recording is None:
            self._writer = CassetteWriter(self._path, self._inner.info, run_id=self.run_id)
            self._recording = RecordingModel(self._inner, self._writer)
        return await self._recording.complete(request, on_delta)

    def close(self) -> None:
        """Close the file, if it was opened; safe to call twice."""
        if self._writer is not None:
            self._writer.close()


def check_recordable(path: Path) -> None:
    """See to it that a new run can be recorded there before anything is spent. Raises `CassetteError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a"):
            pass
        empty = not path.stat().st_size
    except OSError as error:
        what = f"the cassette cannot be written: {error.strerror}"
        raise CassetteError(what, where=str(path), mend="check the path and its permissions") from error
    if not empty:
        run = read_cassette(path).header.run_id or "an earlier run"
        mend = "record into another file, or delete this one"
        raise CassetteError(f"it holds the recording of {run}", where=str(path), mend=mend)
