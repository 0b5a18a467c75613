"""The artifact store: pages, screenshots and other large things, filed on disk by their digest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from pydantic import Field

from agentkit.errors import StoreError
from agentkit.frozen import Frozen

__all__ = ["ArtifactRef", "ArtifactStore"]


class ArtifactRef(Frozen):
    """Stands for an artifact wherever state is kept; small, whatever the artifact's size."""

    sha256: str = Field(pattern=r"\A[0-9a-f]{64}\z")
    """Digest of the content, in hexadecimal."""
    size: int = Field(ge=0)
    """Bytes."""
    media_type: str
    """Its kind (`text/html`, say)."""


class ArtifactStore:
    """Keeps artifacts in a folder, each once. Threads and processes may share the folder.

    The folder is made when something is first put into it. Calls wait for the disk; for large
    artifacts, call from a thread.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    def put(self, data: bytes | str, media_type: str) -> ArtifactRef:
        """File it, text as UTF-8. What is there already is not written again, unless it is damaged.

        Raises `StoreError` where the disk does not take it.
        """
        content = data.encode() if isinstance(data, str) else data
        ref = ArtifactRef(
            sha256=hashlib.sha256(content).hexdigest(), size=len(content), media_type=media_type
        )
        place = self._place(ref)
        try:
            if not (place.is_file() and place.read_bytes() == content):
                _write_whole(place, content)
        except OSError as error:
            text = f"the artifact cannot be written: {error.strerror}"
            mend = "check free space and permissions"
            raise StoreError(text, where=str(place), mend=mend) from error
        return ref

    def get(self, ref: ArtifactRef) -> bytes:
        """The content. Raises `StoreError` where it is missing, unreadable or not what was put."""
        place = self._place(ref)
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            mend = "it was deleted, or the folder is not the one it was put into"
            raise StoreError("there is no such artifact", where=str(place), mend=mend) from None
        except OSError as error:
            text = f"the artifact cannot be read: {error.strerror}"
            raise StoreError(text, where=str(place), mend="check permissions") from error
        if len(content) != ref.size or hashlib.sha256(content).hexdigest() != ref.sha256:
            mend = "restore the file from a copy, or delete it and put it again"
            raise StoreError("the artifact is damaged: it is not what was put", where=str(place), mend=mend)
        return content

    def text(self, ref: ArtifactRef) -> str:
        """The content as text. Raises `StoreError` as `get` does, and where it is not UTF-8."""
        try:
            return self.get(ref).decode()
        except UnicodeDecodeError as error:
            text = f"the artifact ({ref.media_type}) is not UTF-8 text"
            raise StoreError(text, where=str(self._place(ref)), mend="read it with get") from error

    def _place(self, ref: ArtifactRef) -> Path:
        return self._folder / ref.sha256[:2] / ref.sha256[2:4] / ref.sha256


def _write_whole(place: Path, content: bytes) -> None:
    """Write so that others see the whole file or none, even after the power fails."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
