"""Runs tools: checked, approved, timed, journaled, and never twice where once is all that is allowed."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import PydanticSerializationError

from agentkit.allocation.ledger import Scope
from agentkit.engine.artifacts import ArtifactStore
from agentkit.engine.emitter import Emitter
from agentkit.engine.people import People, Suspended, is_yes
from agentkit.engine.tape import Slot, Tape
from agentkit.errors import BudgetExceededError, ToolError, ToolResultError, ToolTimeoutError
from agentkit.events import ToolCalled
from agentkit.messages import ToolCall
from agentkit.protocols import ToolOutcome, ToolScreen
from agentkit.tools.tool import Tool, ToolContext

__all__ = ["ToolRunner"]

LONGEST_RESULT = 24_000
"""Characters of a result that a model is shown; the whole is kept as an artifact."""

_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
_log = logging.getLogger(__name__)


class ToolRunner:
    """The tools of one scope (a subtask's attempt); `once_scope` is that of all its attempts."""

    def __init__(
        self,
        tools: Mapping[str, Tool],
        *,
        tape: Tape,
        people: People,
        emitter: Emitter,
        artifacts: ArtifactStore,
        ledger: Scope,
        context: ToolContext,
        scope: str,
        once_scope: str,
        subtask: str,
        screen: ToolScreen | None = None,
    ) -> None:
        self._tools = tools
        self._tape = tape
        self._people = people
        self._emitter = emitter
        self._artifacts = artifacts
        self._ledger = ledger
        self._context = context
        self._scope = scope
        self._once_scope = once_scope
        self._subtask = subtask
        self._screen = screen

    async def run(self, calls: Sequence[ToolCall]) -> list[ToolOutcome]:
        """Run calls side by side. Raises `Suspended` with all questions that nobody has answered."""
        slots = [self._tape.slot(self._scope_of(call), "tool", _key(call)) for call in calls]
        if len(calls) == 1:
            return [await self._one(calls[0], slots[0])]
        jobs = [self._one(call, slot) for call, slot in zip(calls, slots, strict=True)]
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
        failures = [o for o in outcomes if isinstance(o, BaseException)]
        if other := [f for f in failures if not isinstance(f, Suspended)]:
            raise other[0]
        if questions := [q for f in failures if isinstance(f, Suspended) for q in f.questions]:
            raise Suspended(questions)
        return [o for o in outcomes if isinstance(o, ToolOutcome)]

    def _scope_of(self, call: ToolCall) -> str:
        """Where a call is counted. One that must not be repeated belongs to the subtask: another attempt
        at it finds what the last one did."""
        tool = self._tools.get(call.name)
        return self._once_scope if tool is not None and not tool.repeatable else self._scope

    async def _one(self, call: ToolCall, slot: Slot) -> ToolOutcome:
        if slot.record is not None and slot.record.state == "done":
            outcome = ToolOutcome.model_validate_json(slot.record.response or "")
            self._tell(call, outcome, slot, replayed=True)
            return outcome.model_copy(update={"call": call})
        try:
            text, failed = await self._attempt(call, slot), False
        except ToolError as error:
            text, failed = str(error), True
        outcome = self._screened(ToolOutcome(call=call, text=self._cut(text), is_error=failed))
        body = outcome.model_dump_json()
        await self._tape.write(slot, "done", name=call.name, request=_arguments(call), response=body)
        self._tell(call, outcome, slot, replayed=False)
        return outcome

    def _screened(self, outcome: ToolOutcome) -> ToolOutcome:
        if self._screen is None or not (why := self._screen.withhold(outcome)):
            return outcome
        return outcome.model_copy(update={"text": f"This result is withheld: {why}", "is_error": True})

    async def _attempt(self, call: ToolCall, slot: Slot) -> str:
        tool = self._tools.get(call.name)
        if tool is None:
            mend = f"there are: {', '.join(self._tools)}" if self._tools else "there are no tools"
            raise ToolError(f"there is no tool called {call.name!r}", mend=mend)
        arguments = tool.check(call.arguments)
        if self._screen is not None and (why := self._screen.refuse(call)):
            raise ToolError(why, where=call.name, mend="find another way")
        if slot.record is not None and not tool.repeatable:
            known = await self._reconcile(tool, call, arguments, slot)
            if known is not None:
                return known
        elif tool.needs_approval:
            await self._approve(call, slot)
        if not tool.repeatable:
            # On file before it begins: if we are cut off now, nobody will take it for not begun.
            await self._tape.write(slot, "started", name=call.name, request=_arguments(call))
        if tool.context_parameter:
            key = blake2b(_place(slot).encode(), digest_size=16).hexdigest()
            arguments[tool.context_parameter] = replace(self._context, idempotency_key=key)
        return _text(call.name, await self._timed(tool, arguments))

    async def _approve(self, call: ToolCall, slot: Slot) -> None:
        prompt = f"May the tool {call.name} be run?"
        answer = await self._people.ask(_place(slot), "approval", prompt, _arguments(call), self._subtask)
        if not is_yes(answer):
            raise ToolError(
                f"a person did not allow this call: {answer}", where=call.name, mend="find another way"
            )

    async def _reconcile(
        self, tool: Tool, call: ToolCall, arguments: Mapping[str, Any], slot: Slot
    ) -> str | None:
        """What became of a call that was cut off; None if it never took effect."""
        if tool.reconcile is not None:
            found = tool.reconcile(arguments)
            found = await found if inspect.isawaitable(found) else found
            return None if found is None else _text(call.name, found)
        prompt = (
            f"The call of {call.name} was cut off, and must not be made twice. Did it take effect? "
            "Answer with its result if it did, or with 'not done' if it did not."
        )
        # Asked anew if it is cut off again: what they said of the first time says nothing of the second.
        place = f"{_place(slot)}@{slot.record.started if slot.record else 0}"
        answer = await self._people.ask(place, "outcome", prompt, _arguments(call), self._subtask)
        return None if answer.strip().lower().rstrip(".") in {"not done", "no"} else answer

    async def _timed(self, tool: Tool, arguments: dict[str, Any]) -> Any:
        left = self._ledger.seconds_left()
        limit = tool.timeout if left is None else min(tool.timeout, max(left, 0.0))
        clock = asyncio.timeout(limit)
        try:
            async with clock:
                return await _call(tool.function, arguments)
        except TimeoutError as error:
            if not clock.expired():  # it is the tool's own, of a connection say
                raise ToolError(f"{type(error).__name__}: {error}", where=tool.name) from error
            self._ledger.check()  # the run's own time is up, rather than the tool's
            mend = (
                "ask for less"
                if tool.repeatable
                else "it may have taken effect: find out before trying again"
            )
            raise ToolTimeoutError(
                f"no result within {limit:g} seconds", where=tool.name, mend=mend
            ) from None
        except (ToolError, BudgetExceededError):
            raise
        except Exception as error:
            # A tool is somebody else's program: its faults are the model's to work round, not the run's end.
            _log.warning("tool %s failed", tool.name, exc_info=error)
            raise ToolError(f"{type(error).__name__}: {error}", where=tool.name) from error

    def _cut(self, text: str) -> str:
        if len(text) <= LONGEST_RESULT:
            return text
        self._artifacts.put(text, "text/plain")
        return f"{text[:LONGEST_RESULT]}\n[cut: {len(text) - LONGEST_RESULT} more characters; ask for less]"

    def _tell(self, call: ToolCall, outcome: ToolOutcome, slot: Slot, *, replayed: bool) -> None:
        if self._emitter.listener is None:
            return
        self._emitter.emit(
            ToolCalled,
            tool=call.name,
            arguments=call.arguments,
            subtask=self._subtask,
            is_error=outcome.is_error,
            preview=outcome.text[:200],
            seconds=slot.record.seconds if replayed and slot.record else time.time() - slot.started,
            replayed=replayed,
        )


async def _call(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    result = await asyncio.to_thread(function, **arguments)
    return await result if inspect.isawaitable(result) else result


def _text(tool: str, value: Any) -> str:
    """A result as a model reads it. Raises `ToolResultError` for what JSON cannot say."""
    if isinstance(value, str):
        return value
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    try:
        return _ANYTHING.dump_json(value).decode()
    except (PydanticSerializationError, ValueError) as error:
        kind = type(value).__name__
        mend = "return a string, numbers, lists, dicts or a pydantic model"
        raise ToolResultError(
            f"the result ({kind}) cannot be written as JSON", where=tool, mend=mend
        ) from error


def _place(slot: Slot) -> str:
    """Names the call, so that leave given for one call is never taken for another's."""
    return f"{slot.scope}/{slot.key}/{slot.nth}"


def _arguments(call: ToolCall) -> str:
    return json.dumps(call.arguments, ensure_ascii=False, sort_keys=True, default=str)


def _key(call: ToolCall) -> str:
    return blake2b(f"{call.name}|{_arguments(call)}".encode(), digest_size=16).hexdigest()
