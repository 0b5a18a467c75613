"""Steps: the pieces of a workflow that are run once and remembered, as LangGraph tasks.

LangGraph finds a task's result again by the order of calls. A program that branches with plain
`asyncio.gather` does not call in the same order every time, so every outcome carries the key of its
step: one that comes back for another step is put aside until that step is asked for. A step is
handed to LangGraph only when it can begin: its costs grow with the tasks that it holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
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

    def __init__(self, session_id: str, activity: Activity, people: People, parallel: int) -> None:
        self._session = session_id
        self._slots = asyncio.Semaphore(parallel)
        self._activity = activity
        self._people = people
        self._bodies: dict[str, StepBody] = {}
        self._counts: dict[str, int] = {}
        self._aside: dict[str, StepOutcome] = {}
        self._errors: dict[str, Exception] = {}
        self._interrupts: list[Interrupt] = []
        self._spawned: set[asyncio.Future[Any]] = set()

    def unique(self, name: str) -> str:
        """The name, with a number behind it from the second time on."""
        nth = self._counts.get(name, 0) + 1
        self._counts[name] = nth
        return name if nth == 1 else f"{name}~{nth}"

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Begin something that may start steps; it ends with the session at the latest."""
        spawned = asyncio.ensure_future(work)
        spawned.add_done_callback(_retrieve)
        self._spawned.add(spawned)
        spawned.add_done_callback(self._spawned.discard)
        return spawned

    def start(self, key: str, body: StepBody, decode: Callable[[str], T]) -> asyncio.Future[T]:
        """Begin a step at once; the future gives its value, made of the JSON by `decode`."""
        return self.spawn(self.carry_out(key, body, decode))

    async def carry_out(self, key: str, body: StepBody, decode: Callable[[str], T]) -> T:
        """A step's value, made of the JSON by `decode`; waits for a free place first."""
        self._bodies[key] = body
        with self._activity.working():
            while (outcome := self._aside.pop(key, None)) is None:
                try:
                    async with self._slots:
                        outcome = StepOutcome.model_validate_json(await _TASK(self._session, key))
                except GraphInterrupt as pause:
                    self._interrupts.extend(pause.args[0])
                    self._activity.suspend()
                    with self._activity.parked():
                        await _forever()
                except asyncio.CancelledError:
                    if _being_cancelled():
                        raise
                    # An earlier session was stopped in this step, and LangGraph kept that as its outcome.
                    continue
                if outcome.key == key and (error := self._errors.get(key)):
                    raise error
                if outcome.passing in ("", self._session):
                    if outcome.key == key:
                        break
                    self._aside[outcome.key] = outcome
        del self._bodies[key]
        return decode(outcome.value)

    async def perform(self, key: str) -> str:
        """Run the body that `start` was given, as a LangGraph task does; its outcome as JSON."""
        problem = ""
        while True:
            try:
                value = await self._bodies[key]()
            except Suspended as pause:
                asked: dict[str, Any] = {"questions": [q.model_dump(mode="json") for q in pause.questions]}
                if problem:
                    asked["problem"] = problem
                place = get_config()["configurable"]["checkpoint_ns"]
                await self._people.wait_at(place, pause.questions)
                # Raises, unless the graph was resumed with an answer.
                problem = self._people.accept(place, interrupt(asked))
            except GraphInterrupt:
                raise
            except Exception as error:
                # LangGraph would stop every other step for it, and give it again on resuming. The
                # caller gets it in `carry_out`.
                self._errors[key] = error
                return StepOutcome(key=key, passing=self._session).model_dump_json()
            else:
                passing = self._session if value.passing else ""
                return StepOutcome(key=key, value=value.json, passing=passing).model_dump_json()

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
                    raise GraphInterrupt(() if _is_nested() else tuple(self._interrupts))
        finally:
            left: set[asyncio.Future[Any]] = {f for f in (running, *self._spawned) if not f.done()}
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
