"""Steps: the pieces of a workflow that are run once and remembered, as LangGraph tasks.

LangGraph finds a task's result again by the order of calls. A program that branches with plain
`asyncio.gather` does not call in the same order every time, so every outcome carries the key of its
step: one that comes back for another step is put aside until that step is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from langgraph.config import get_config
from langgraph.errors import GraphInterrupt
from langgraph.func import task
from langgraph.types import Interrupt, interrupt

from agentkit.engine.activity import Activity
from agentkit.engine.people import People, Suspended
from agentkit.frozen import Frozen

__all__ = ["StepBody", "StepOutcome", "StepValue", "Steps", "step"]


T = TypeVar("T")

GRACE = 0.2
"""Seconds for which a run must stand still before it is put to rest until people have answered."""


class StepOutcome(Frozen):
    """What a step gave."""

    key: str
    """Whose outcome it is."""
    value: str = ""
    """The value as JSON."""
    passing: str = ""
    """Names the session for which alone it holds: a failure that another try may mend."""


@dataclass(frozen=True, slots=True)
class StepValue:
    """What a step's body returns: JSON, and whether another session may try again."""

    json: str
    passing: bool = False


StepBody = Callable[[], Awaitable[StepValue]]
"""What a step does."""


class Steps:
    """The steps of one session."""

    def __init__(self, session_id: str, activity: Activity, people: People) -> None:
        self._session = session_id
        self._activity = activity
        self._people = people
        self._bodies: dict[str, StepBody] = {}
        self._counts: dict[str, int] = {}
        self._aside: dict[str, StepOutcome] = {}
        self._errors: dict[str, Exception] = {}
        self._interrupts: list[Interrupt] = []
        self._settling: set[asyncio.Future[Any]] = set()
        self._parked: set[asyncio.Future[Any]] = set()
        self._pausing = False

    def unique(self, name: str) -> str:
        """The name, with a number behind it from the second time on."""
        nth = self._counts.get(name, 0) + 1
        self._counts[name] = nth
        return name if nth == 1 else f"{name}~{nth}"

    def start(self, key: str, body: StepBody, decode: Callable[[str], T]) -> asyncio.Future[T]:
        """Begin a step at once; the future gives its value, made of the JSON by `decode`."""
        self._bodies[key] = body
        if (outcome := self._aside.pop(key, None)) is not None:
            ready: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            ready.set_result(decode(outcome.value))
            return ready
        settling = asyncio.ensure_future(self._settle(key, _TASK(self._session, key), decode))
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)
        return settling

    async def _settle(self, key: str, call: Awaitable[str], decode: Callable[[str], T]) -> T:
        with self._activity.working():
            return decode(await self._outcome(key, call))

    async def _outcome(self, key: str, call: Awaitable[str]) -> str:
        while True:
            try:
                outcome = StepOutcome.model_validate_json(await call)
            except GraphInterrupt as pause:
                self._interrupts.extend(pause.args[0])
                self._activity.suspend()
                with self._activity.parked():
                    await _forever()
            except asyncio.CancelledError:
                if _being_cancelled():
                    raise
                # An earlier session was stopped in this step, and LangGraph kept that as its outcome.
                call = _TASK(self._session, key)
                continue
            if outcome.key == key and outcome.passing in ("", self._session):
                if error := self._errors.get(key):
                    raise error
                return outcome.value
            if outcome.key != key and not outcome.passing:
                self._aside[outcome.key] = outcome
            if (found := self._aside.pop(key, None)) is not None:
                return found.value
            call = _TASK(self._session, key)

    async def perform(self, key: str) -> str:
        """Run the body that `start` was given, as a LangGraph task does; its outcome as JSON."""
        while True:
            try:
                value = await self._bodies[key]()
            except Suspended as pause:
                asked = {"questions": [q.model_dump(mode="json") for q in pause.questions]}
                # Raises, unless the graph was resumed with an answer.
                self._people.accept(pause.questions, interrupt(asked))
            except GraphInterrupt:
                raise
            except Exception as error:
                # LangGraph would stop every other step for it, and give it again on resuming. The
                # caller gets it in `_outcome`.
                self._errors[key] = error
                return StepOutcome(key=key, passing=self._session).model_dump_json()
            else:
                passing = self._session if value.passing else ""
                return StepOutcome(key=key, value=value.json, passing=passing).model_dump_json()

    async def wait_for(self, others: Awaitable[Any]) -> Any:
        """Within a body: wait for other steps, without being counted as at work."""
        with self._activity.parked():
            waiting = asyncio.ensure_future(others)
            waiting.add_done_callback(_retrieve)
            self._parked.add(waiting)
            try:
                await asyncio.wait({waiting})
            finally:
                self._parked.discard(waiting)
                waiting.cancel()
            if self._pausing:
                # Nothing is saved for this step: it begins anew when the run goes on.
                raise GraphInterrupt(())
            return waiting.result()

    async def drive(self, main: Awaitable[Any]) -> Any:
        """Run a workflow's function to its end, or until only people can move it on.

        Raises LangGraph's `GraphInterrupt` in the latter case.
        """
        running = asyncio.ensure_future(main)
        _LIVE[self._session] = self
        try:
            while True:
                still = asyncio.ensure_future(self._activity.still.wait())
                await asyncio.wait({running, still}, return_when=asyncio.FIRST_COMPLETED)
                still.cancel()
                if not running.done():
                    # The program may be doing something of its own, and begin another step after it.
                    await asyncio.wait({running}, timeout=GRACE)
                if running.done():
                    return running.result()
                if self._activity.still.is_set():
                    self._pausing = True
                    raise GraphInterrupt(() if _is_nested() else tuple(self._interrupts))
        finally:
            left: set[asyncio.Future[Any]] = {
                f for f in (running, *self._settling, *self._parked) if not f.done()
            }
            for future in left:
                future.cancel()
            if left:
                await asyncio.wait(left)
            del _LIVE[self._session]


async def step(session_id: str, key: str) -> str:
    """Perform a step of a session of this process. LangGraph wraps a function only once if its module
    has it under its own name, which saves 0.1 ms a step."""
    return await _LIVE[session_id].perform(key)


_LIVE: dict[str, Steps] = {}
_TASK = task(step)


def _is_nested() -> bool:
    """Whether this is a node of another graph, which hears of its steps' interrupts from the steps."""
    return "|" in get_config().get("configurable", {}).get("checkpoint_ns", "")


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Look at a future's exception, so that asyncio does not complain when nobody else does."""
    if not future.cancelled():
        future.exception()


def _being_cancelled() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


async def _forever() -> NoReturn:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody resolves this future")
