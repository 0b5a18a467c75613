"""What is to be done (`Task`) and the files that come with it (`Attachment`)."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator

from agentkit.errors import TaskError
from agentkit.frozen import Frozen

__all__ = ["Attachment", "Task"]


class Attachment(Frozen):
    """A file that belongs to a task."""

    name: str
    """The name by which models and tools speak of it; unique within a task."""
    path: Path
    """Where it lies on this machine."""
    media_type: str = "application/octet-stream"
    """Its kind, guessed from the name (`text/csv`, say)."""
    size: int = Field(ge=0)
    """Bytes."""
    sha256: str
    """Digest of the content, so that a resumed run notices a changed file."""

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file's size, kind and digest. Raises `TaskError` where it cannot be read."""
        place = Path(path).expanduser()
        if place.is_dir():
            raise TaskError(
                "this is a folder, not a file", where=str(path), mend="attach its files one by one"
            )
        digest = hashlib.sha256()
        try:
            with place.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
            size = place.stat().st_size
        except FileNotFoundError:
            raise TaskError("there is no such file", where=str(path), mend="check the path") from None
        except OSError as error:
            mend = "check its permissions"
            raise TaskError(f"cannot be read: {error.strerror}", where=str(path), mend=mend) from error
        kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
        return cls(
            name=place.name, path=place.resolve(), media_type=kind, size=size, sha256=digest.hexdigest()
        )


class Task(Frozen):
    """A piece of work in plain language."""

    goal: str
    """What is wanted, in the asker's own words, with the form that the answer must have."""
    attachments: tuple[Attachment, ...] = ()
    """Files that come with it."""

    @field_validator("goal")
    @classmethod
    def _goal_says_something(cls, goal: str) -> str:
        if not goal.strip():
            raise TaskError("the task is empty", mend="say what is to be done")
        return goal.strip()

    @field_validator("attachments")
    @classmethod
    def _names_are_unique(cls, attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
        names = [a.name for a in attachments]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise TaskError("two attachments have the same name", where=", ".join(twice), mend="rename one")
        return attachments

    @classmethod
    def of(cls, goal: str | Task, attach: Iterable[str | os.PathLike[str]] = ()) -> Task:
        """A task from a goal and paths; a `Task` given as goal keeps its own attachments too."""
        files = tuple(Attachment.from_path(path) for path in attach)
        if isinstance(goal, Task):
            return cls(goal=goal.goal, attachments=goal.attachments + files) if files else goal
        return cls(goal=goal, attachments=files)
