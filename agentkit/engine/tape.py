"""The calls of one run: those on file from earlier sessions, and those being made now.

A call is known by its scope (which subtask, which attempt), its kind, a digest of the request, and
how many times that same request was made in that scope before. Two branches of a program may
therefore run in any order and still find their own answers again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from agentkit.engine.journal import CallKind, CallRecord, CallState, Journal, MessageNode

__all__ = ["Slot", "Tape"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A call's place on the tape, and what is on file for it."""

    scope: str
    kind: CallKind
    key: str
    nth: int
    seq: int
    started: float
    record: CallRecord | None


class Tape:
    """Gives every call its slot and writes outcomes into the journal."""

    def __init__(self, journal: Journal, run_id: str, elapsed: Callable[[], float]) -> None:
        self._journal = journal
        self._run = run_id
        self._elapsed = elapsed
        calls = journal.calls(run_id)
        self._on_file = {(c.scope, c.kind, c.key, c.nth): c for c in calls}
        self._counts: dict[tuple[str, str, str], int] = {}
        self._scopes: dict[str, set[tuple[str, str, str]]] = {}
        self._seq = max((c.seq for c in calls), default=0)
        self.elapsed_on_file = max((c.elapsed for c in calls), default=0.0)
        """Seconds for which earlier sessions carried the run, as far as calls tell."""

    def slot(self, scope: str, kind: CallKind, key: str) -> Slot:
        """The next slot for this request. Synchronous, so that concurrent calls are counted in order."""
        counter = (scope, kind, key)
        nth = self._counts.get(counter, 0)
        while (record := self._on_file.get((scope, kind, key, nth))) and record.state == "dead":
            nth += 1
        self._counts[counter] = nth + 1
        self._scopes.setdefault(scope, set()).add(counter)
        if record is None:
            self._seq += 1
        seq = record.seq if record else self._seq
        return Slot(scope, kind, key, nth, seq, time.time(), record)

    def rewind(self, scope: str) -> None:
        """A scope's work begins from its start: its calls are counted anew."""
        for counter in self._scopes.pop(scope, ()):
            del self._counts[counter]

    async def void(self, scope: str) -> None:
        """Have a scope's model calls made anew once the run has ended and is tried again: their answers
        were of no use. A run that is cut off before it ends finds them still, and fares as it did."""
        for place, record in list(self._on_file.items()):
            if record.scope == scope and record.kind == "model" and record.state == "done":
                self._on_file[place] = replace(record, state="void")
                await self._journal.record_call(self._run, self._on_file[place])

    async def write(
        self,
        slot: Slot,
        state: CallState,
        *,
        name: str,
        request: str,
        response: str | None = None,
        usage: str | None = None,
        messages: Iterable[MessageNode] = (),
    ) -> None:
        """Write a call down; returns when it is on file."""
        now = time.time()
        seconds = now - slot.started if state in ("done", "void") else 0.0
        record = CallRecord(
            scope=slot.scope,
            kind=slot.kind,
            key=slot.key,
            nth=slot.nth,
            seq=slot.seq,
            name=name,
            state=state,
            request=request,
            response=response,
            usage=usage,
            started=slot.started,
            seconds=seconds,
            elapsed=self._elapsed(),
        )
        self._on_file[slot.scope, slot.kind, slot.key, slot.nth] = record
        await self._journal.record_call(self._run, record, messages)
