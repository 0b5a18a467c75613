"""Cassettes: a language model's answers in a file, one line a call, to be read and played back.

The first line tells what the recording is; each other line is a call: the digest of the request, its
stage, the request in readable form, and the completion. The digest is of what decides the answer
(messages, tools, output form), not of limits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import Field, ValidationError

from agentkit.errors import CassetteError
from agentkit.frozen import Frozen
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.protocols import ModelInfo

__all__ = [
    "Cassette",
    "CassetteHeader",
    "CassetteWriter",
    "ReadableRequest",
    "RecordedCall",
    "read_cassette",
    "request_key",
]


class CassetteHeader(Frozen):
    """What a recording is; the first line of its file."""

    cassette: Literal[1] = 1
    """The version of the format."""
    model: str
    """The model whose words these are."""
    recorded_at: datetime
    """When the recording was begun."""
    run_id: str = ""
    """The run that it was made of."""
    note: str = ""
    """Whatever the one who recorded it wanted to say."""
    info: ModelInfo | None = None
    """What was known of the model: requests are put together by it."""


class ReadableRequest(Frozen):
    """A request as people want to see it in the file."""

    messages: tuple[Message, ...] = ()
    """The conversation; empty where it may not be passed on."""
    tools: tuple[str, ...] = ()
    """The tools' names."""
    output: str | None = None
    """The name of the form that the answer must have."""


class RecordedCall(Frozen):
    """One answer; one line of the file."""

    key: str
    """Digest of the request."""
    stage: str
    """What the call was for."""
    request: ReadableRequest
    """What was asked."""
    completion: Completion
    """What was answered."""


class Cassette(Frozen):
    """A recording that was read."""

    header: CassetteHeader
    """What it is."""
    calls: tuple[RecordedCall, ...] = ()
    """The answers, in the order in which they were given."""
    whole: int = Field(default=0, ge=0)
    """How many bytes of the file are whole lines; what follows was cut off while it was written."""


def request_key(request: ChatRequest) -> str:
    """The digest of all that decides the answer."""
    deciding = request.model_dump(mode="json", include={"messages", "tools", "output"}, exclude_defaults=True)
    text = json.dumps(deciding, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_cassette(path: Path) -> Cassette:
    """Read a recording. A last line that was cut off is left out.

    Raises `CassetteError` where the file is missing, is no cassette, or has a damaged line.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        mend = "check the path, or record it with --record"
        raise CassetteError("there is no such cassette", where=str(path), mend=mend) from None
    except OSError as error:
        what = f"the cassette cannot be read: {error.strerror}"
        raise CassetteError(what, where=str(path), mend="check the path and its permissions") from error
    whole = raw.rfind(b"\n") + 1
    lines = raw[:whole].splitlines()
    header = _header(lines[0] if lines else b"", path)
    return Cassette(header=header, calls=tuple(_calls(lines[1:], path)), whole=whole)


def _header(line: bytes, path: Path) -> CassetteHeader:
    try:
        return CassetteHeader.model_validate_json(line)
    except ValidationError:
        what = "this is not a cassette: its first line does not describe a recording"
        raise CassetteError(what, where=str(path), mend="check the path, or record it anew") from None


def _calls(lines: list[bytes], path: Path) -> Iterator[RecordedCall]:
    for number, line in enumerate(lines, start=2):
        try:
            yield RecordedCall.model_validate_json(line)
        except ValidationError as error:
            what = f"line {number} is damaged: {error.errors()[0]['msg']}"
            mend = "restore the file, or record it anew"
            raise CassetteError(what, where=str(path), mend=mend) from None


class CassetteWriter:
    """Writes answers down as they come. Use it as a context manager, or close it.

    A file that already holds a recording of the same run is continued: a line that was cut off goes,
    and answers that are in it are not written again, so that a resumed run gives one whole recording.
    Not `with_prompts`, questions are left out, for tasks whose words may not be passed on: their digests
    tell them apart just the same.
    Raises `CassetteError` where the file is another run's or cannot be written.
    """

    def __init__(
        self, path: Path, model: ModelInfo, *, run_id: str, note: str = "", with_prompts: bool = True
    ) -> None:
        self._path = path
        self._with_prompts = with_prompts
        self._held: dict[str, list[Completion]] = {}
        header = CassetteHeader(
            model=model.name,
            recorded_at=datetime.now(UTC).replace(microsecond=0),
            run_id=run_id,
            note=note,
            info=model,
        )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size:
                self._continue(run_id)
            self._file = path.open("a", encoding="utf-8")
            if not self._file.tell():
                self._write(header)
        except OSError as error:
            what = f"the cassette cannot be written: {error.strerror}"
            raise CassetteError(what, where=str(path), mend="check the path and its permissions") from error

    def _continue(self, run_id: str) -> None:
        cassette = read_cassette(self._path)
        if cassette.header.run_id != run_id:
            what = f"this file holds the recording of another run ({cassette.header.run_id or 'unnamed'})"
            mend = "record into another file, or delete this one"
            raise CassetteError(what, where=str(self._path), mend=mend)
        with self._path.open("r+b") as file:
            file.truncate(cassette.whole)
        for call in cassette.calls:
            self._held.setdefault(call.key, []).append(call.completion)

    def append(self, request: ChatRequest, completion: Completion) -> None:
        """Write an answer down, unless it is there already from before the file was opened again."""
        key = request_key(request)
        held = self._held.get(key, [])
        for place, known in enumerate(held):
            if _same_words(known, completion):
                del held[: place + 1]
                return
        readable = ReadableRequest(
            messages=request.messages if self._with_prompts else (),
            tools=tuple(tool.name for tool in request.tools),
            output=request.output.name if request.output else None,
        )
        self._write(RecordedCall(key=key, stage=request.stage, request=readable, completion=completion))

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: Frozen) -> None:
        plain: dict[str, Any] = line.model_dump(mode="json", exclude_defaults=True)
        if isinstance(line, CassetteHeader):
            plain = {"cassette": line.cassette, **plain}
        self._file.write(json.dumps(plain, ensure_ascii=False) + "\n")
        self._file.flush()


def _same_words(one: Completion, other: Completion) -> bool:
    return (one.text, one.tool_calls, one.finish) == (other.text, other.tool_calls, other.finish)
