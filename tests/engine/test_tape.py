"""The tape: every call has a place of its own, found again in whatever order calls are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.engine.journal import Journal
from agentkit.engine.tape import Tape


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


def tape(journal: Journal, elapsed: float = 0.0) -> Tape:
    return Tape(journal, "r", lambda: elapsed)


async def make(tape: Tape, scope: str, key: str, response: str) -> None:
    slot = tape.slot(scope, "model", key)
    await tape.write(slot, "done", name="work", request="{}", response=response)


def found(tape: Tape, scope: str, key: str) -> str | None:
    record = tape.slot(scope, "model", key).record
    return record.response if record else None


async def test_calls_are_found_by_scope_request_and_occurrence_in_any_order(journal: Journal) -> None:
    first = tape(journal)
    for scope, key, response in [("a", "k", "a1"), ("a", "k", "a2"), ("b", "k", "b1"), ("a", "m", "m1")]:
        await make(first, scope, key, response)
    later = tape(journal)
    assert found(later, "a", "m") == "m1"
    assert found(later, "b", "k") == "b1"
    assert [found(later, "a", "k") for _ in range(3)] == ["a1", "a2", None]


async def test_new_calls_are_numbered_after_those_on_file(journal: Journal) -> None:
    await make(tape(journal), "a", "k", "1")
    later = tape(journal)
    assert later.slot("a", "model", "k").seq == 1
    assert [later.slot("a", "model", "new").seq, later.slot("b", "model", "k").seq] == [2, 3]


async def test_work_that_begins_from_its_start_finds_its_calls_again(journal: Journal) -> None:
    one = tape(journal)
    await make(one, "a", "k", "1")
    one.slot("b", "model", "k")
    one.rewind("a")
    assert found(one, "a", "k") == "1"
    assert one.slot("b", "model", "k").nth == 1  # other scopes stay where they are


async def test_a_call_that_was_begun_says_so(journal: Journal) -> None:
    one = tape(journal)
    slot = one.slot("a", "tool", "k")
    await one.write(slot, "started", name="pay", request="{}")
    record = tape(journal).slot("a", "tool", "k").record
    assert record is not None
    assert (record.state, record.response, record.seconds) == ("started", None, 0.0)


async def test_the_time_of_earlier_sessions_is_known_from_their_calls(journal: Journal) -> None:
    assert tape(journal).elapsed_on_file == 0.0
    await make(tape(journal, 12.5), "a", "k", "1")
    await make(tape(journal, 3.0), "b", "k", "1")
    assert tape(journal).elapsed_on_file == 12.5
