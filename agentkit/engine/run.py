"""Carries a run from where it is to its end, its pause or its failure, and writes down how it stands."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from agentkit.engine.job import failure_of
from agentkit.engine.journal import RunState
from agentkit.engine.session import Equipment, Session, open_session
from agentkit.engine.store import OpenStore
from agentkit.errors import BudgetExceededError, UsageError
from agentkit.events import RunFinished, RunStarted
from agentkit.result import RunResult, RunStatus

__all__ = ["Carried", "carry", "kept_in_step"]

_RECURSION = 1_000_000
"""LangGraph's limit of supersteps; ours are the budget and the plan's size."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What is carried: a name, a function of the session, and the type of what it returns."""

    name: str
    execute: Callable[[Session], Awaitable[Any]]
    output: TypeAdapter[Any]


@dataclass(slots=True)
class _Cancellation:
    requested: bool = False


async def carry(
    work: Carried, run_id: str, opened: OpenStore, equipment: Equipment, *, config: str | None = None
) -> RunResult:
    """Carry a run; one that is resumed gets a `config` (JSON) that takes the place of its old one.

    Raises what the workflow raises, after writing it down.
    """
    cancellation, current = _Cancellation(), asyncio.current_task()

    def cancel() -> None:
        cancellation.requested = True
        if current is not None:
            current.cancel()

    async with open_session(run_id, opened, equipment, on_cancel=cancel) as session:
        if config is not None:  # only now: the run might have been another process's
            opened.journal.reconfigure_run(run_id, config)
        record = opened.journal.run(run_id)
        _state(session, "running")
        session.emitter.emit(RunStarted, goal=record.goal, resumed=config is not None)
        try:
            done = await _execute(work, session)
            result = _result(work, session, done)
        except BudgetExceededError as error:
            draft = _draft(session, "partial", str(error))
            return _finish(session, draft.model_copy(update={"failure": failure_of(error)}))
        except asyncio.CancelledError:
            if not cancellation.requested:
                _state(session, "interrupted", reason="stopped by its user")
                raise
            if current is not None:
                current.uncancel()
            return _finish(session, _draft(session, "cancelled", "somebody cancelled the run"))
        except BaseException as error:
            _state(session, "failed", reason=str(error))
            error.add_note(f"run {run_id}: what was done is kept; resume it once the cause is mended")
            raise
        return _finish(session, result)


@contextmanager
def kept_in_step(session: Session) -> Iterator[None]:
    """Write down how a run stands that somebody else's graph carries."""
    from langgraph.errors import GraphInterrupt

    _state(session, "running")
    try:
        yield
    except GraphInterrupt:
        _state(session, "waiting")
        raise
    except asyncio.CancelledError:
        _state(session, "interrupted", reason="stopped by its user")
        raise
    except BaseException as error:
        _state(session, "failed", reason=str(error))
        raise
    _state(session, "answered")


async def _execute(work: Carried, session: Session) -> list[Any]:
    """Run the workflow as a LangGraph entrypoint; its output, or nothing where people must answer first.

    What was cut off, raised an error or waits goes on in its own thread, which has what its steps gave.
    What came to an end (for want of money, say, or just before the process was killed) begins another;
    the journal has what it paid for.
    """
    from langchain_core.runnables import RunnableConfig
    from langgraph.func import entrypoint

    done: list[Any] = []

    async def execute(_: str) -> None:
        done.append(await work.execute(session))

    execute.__name__ = work.name
    graph = entrypoint(checkpointer=session.opened.saver)(execute)
    for number in itertools.count(1):
        place = {"thread_id": f"{session.run_id}#{number}"}
        config: RunnableConfig = {"configurable": place, "recursion_limit": _RECURSION}
        state = await graph.aget_state(config)
        if state.created_at is None or state.next:
            break
    known = state.created_at is not None
    await graph.ainvoke(None if known else session.run_id, config, durability="async")
    return done


def _result(work: Carried, session: Session, done: list[Any]) -> RunResult:
    if not done:
        questions = tuple(session.opened.journal.open_questions(session.run_id))
        draft = _draft(session, "waiting", f"{len(questions)} question(s) wait for a person")
        return draft.model_copy(update={"questions": questions})
    value = done[0]
    if isinstance(value, RunResult):
        results = {**session.results, **value.results} if not value.results else value.results
        return value.model_copy(update={"results": results})
    try:
        output = work.output.dump_python(value, mode="json")
    except PydanticSerializationError as error:
        mend = "return what pydantic can write as JSON"
        raise UsageError(f"the output cannot be kept: {error}", where=work.name, mend=mend) from error
    answer = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    return _draft(session, "answered").model_copy(update={"answer": answer, "output": value})


def _draft(session: Session, status: RunStatus, reason: str = "") -> RunResult:
    return RunResult(run_id=session.run_id, status=status, reason=reason, results=session.results)


def _finish(session: Session, draft: RunResult) -> RunResult:
    """Add what it cost, write it down and tell listeners."""
    result = draft.model_copy(
        update={
            "usage": session.ledger.root.spent,
            "stages": dict(session.stages),
            "seconds": round(session.elapsed, 3),
        }
    )
    body = result.model_dump_json(serialize_as_any=True)
    session.opened.journal.update_run(
        result.run_id, result.status, elapsed=session.elapsed, result=body, reason=result.reason
    )
    session.emitter.emit(
        RunFinished, status=result.status, answer=result.answer, usage=result.usage, reason=result.reason
    )
    return result


def _state(session: Session, state: RunState, reason: str = "") -> None:
    session.opened.journal.update_run(session.run_id, state, elapsed=session.elapsed, reason=reason)
