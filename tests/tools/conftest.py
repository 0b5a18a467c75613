"""Makes attachments out of a few words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.task import Attachment
from agentkit.tools.tool import ToolContext

Give = Callable[..., ToolContext]


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """A context with files: `give({"a.txt": "text", "b.bin": b"bytes"})`."""

    def make(files: dict[str, str | bytes]) -> ToolContext:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return ToolContext(attachments=tuple(Attachment.from_path(tmp_path / name) for name in files))

    return make
