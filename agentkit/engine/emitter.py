"""Hands events to those who listen, and writes down those that tell a run's story."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from agentkit.engine.journal import Journal
from agentkit.events import Event, ModelCalled, TokenDelta, ToolCalled

__all__ = ["Emitter", "Listener"]

Listener = Callable[[Event], None]
"""Gets every event as it happens; must return at once."""

_TOLD_BY_CALLS = (ModelCalled, ToolCalled, TokenDelta)
"""Kinds that are not written down, since the journal's calls tell the same."""


class Emitter:
    """The events of one session."""

    def __init__(self, run_id: str, journal: Journal | None, listener: Listener | None) -> None:
        self.run_id = run_id
        self.journal = journal
        self.listener = listener

    def emit(self, kind: type[Event], **fields: Any) -> None:
        """Make an event and pass it on; costs nothing where nobody wants it."""
        written = self.journal is not None and kind not in _TOLD_BY_CALLS
        if not written and self.listener is None:
            return
        event = kind(run_id=self.run_id, at=time.time(), **fields)
        if written and self.journal is not None:
            self.journal.add_event(self.run_id, event.at, event.model_dump_json())
        if self.listener is not None:
            self.listener(event)
