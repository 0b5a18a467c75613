"""The journal: what is handed in is on file when the call returns, whoever else writes."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agentkit.budget import Usage
from agentkit.engine import journal as module
from agentkit.engine.journal import CallRecord, Journal, MessageNode, RunRecord
from agentkit.errors import RunNotFoundError, StoreError
from agentkit.result import Question


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "journal.db"


def call(nth: int = 0, scope: str = "run/a", usage: Usage | None = None) -> CallRecord:
    spent = usage.model_dump_json() if usage else None
    return CallRecord(scope, "model", "k", nth, nth + 1, "work", "done", "{}", "{}", spent, 1.0, 0.5, 2.0)


def begin(journal: Journal, run_id: str) -> None:
    journal.create_run(RunRecord.new(run_id, "w", "goal", "{}", "{}"))


async def test_calls_come_back_in_the_order_in_which_they_were_begun(path: Path) -> None:
    journal = Journal(path)
    await asyncio.gather(*(journal.record_call("r", call(n)) for n in (2, 0, 1)))
    await journal.record_call("other", call(7))
    journal.close()
    again = Journal(path)
    assert again.calls("r") == [call(0), call(1), call(2)]
    again.close()


async def test_what_is_handed_in_during_one_turn_shares_a_transaction(path: Path) -> None:
    journal = Journal(path)
    other = sqlite3.connect(path)
    before = other.execute("PRAGMA data_version").fetchone()[0]
    seen = []

    async def look() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
            version = other.execute("PRAGMA data_version").fetchone()[0]
            seen.append((version, other.execute("SELECT count(*) FROM calls").fetchone()[0]))

    await asyncio.gather(look(), *(journal.record_call("r", call(n)) for n in range(50)))
    assert {count for _, count in seen} <= {0, 50}
    assert seen[-1][1] == 50
    assert seen[-1][0] != before
    other.close()
    journal.close()


async def test_two_connections_may_write_at_once(path: Path) -> None:
    one, other = Journal(path), Journal(path)
    jobs = [j.record_call(f"r{k}", call(n)) for n in range(40) for k, j in enumerate((one, other))]
    await asyncio.gather(*jobs)
    assert len(one.calls("r1")) == len(other.calls("r0")) == 40
    one.close()
    other.close()


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that has the file to itself until it is told to go."""
    program = (
        f"import sqlite3, sys; db = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "db.execute('BEGIN IMMEDIATE'); print('held', flush=True)\n"
        "sys.stdin.readline(); db.execute('COMMIT')\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


async def test_another_process_that_writes_is_waited_for_without_stopping_the_loop(path: Path) -> None:
    journal = Journal(path)
    holder = hold(path)
    journal.add_event("r", 1.0, '"first"')
    writing = asyncio.ensure_future(journal.record_call("r", call()))
    for _ in range(20):
        await asyncio.wait_for(asyncio.sleep(0.01), 1)
    assert not writing.done()
    journal.add_event("r", 2.0, '"second"')
    closing = asyncio.ensure_future(journal.flush())
    await asyncio.to_thread(holder.communicate, "go\n")
    await asyncio.wait_for(closing, 10)
    await writing
    assert journal.events("r") == ['"first"', '"second"']
    assert journal.calls("r") == [call()]
    journal.close()


async def test_a_file_that_stays_locked_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCKED_PATIENCE", 0.05)
    journal = Journal(path)
    holder = hold(path)
    with pytest.raises(StoreError, match="locked"):
        await journal.record_call("r", call())
    holder.communicate("go\n")
    await journal.record_call("r", call(1))  # and nothing is left in its way
    assert journal.calls("r") == [call(1)]
    journal.close()


async def test_one_who_is_cancelled_while_waiting_does_not_take_the_row_with_them(path: Path) -> None:
    journal = Journal(path)
    waiting = asyncio.ensure_future(journal.record_call("r", call()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    await journal.record_call("r", call(1))
    assert journal.calls("r") == [call(0), call(1)]
    journal.close()


def test_a_file_that_is_no_journal_is_an_error_that_names_it(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is no database, and long enough to be seen as such" * 20)
    with pytest.raises(StoreError, match=r"journal\.db: the journal cannot be opened.*AGENTKIT_HOME"):
        Journal(path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened"):
        Journal(tmp_path / "file" / "journal.db")


async def test_a_journal_that_breaks_later_is_an_error_and_not_a_hang(path: Path) -> None:
    journal = Journal(path)
    begin(journal, "r1")
    other = sqlite3.connect(path)
    other.execute("DROP TABLE calls")
    other.commit()
    other.close()
    with pytest.raises(StoreError, match="cannot be written: no such table"):
        await asyncio.wait_for(journal.record_call("r1", call()), 5)
    journal.close()


def test_two_processes_may_make_the_file_at_the_same_time(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from agentkit.engine.journal import Journal\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for n in range(15): Journal(Path(sys.argv[1]) / str(n) / 'journal.db').close()\n"
    )
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in pair:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in pair:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in pair:
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors


def test_a_run_is_found_by_its_id_or_the_beginning_of_it(path: Path) -> None:
    journal = Journal(path)
    for run_id in ("aa-1", "aa-12", "b%-1"):
        begin(journal, run_id)
    assert journal.run("aa-1").id == "aa-1"  # although another begins so
    assert journal.run("aa-12").id == journal.run("aa-12").id
    assert journal.run("b").id == "b%-1"
    with pytest.raises(RunNotFoundError, match="2 runs begin with 'aa'"):
        journal.run("aa")
    for nobody in ("c", "%", ""):
        with pytest.raises(RunNotFoundError):
            journal.run(nobody)
    assert {r.id for r in journal.runs()} == {"aa-1", "aa-12", "b%-1"}
    assert len(journal.runs(limit=2)) == 2
    journal.close()


def test_how_a_run_stands_is_written_down_at_once(path: Path) -> None:
    journal, other = Journal(path), Journal(path)
    begin(journal, "r")
    assert other.run("r").state == "running"
    other.request_cancel("r")
    assert journal.cancel_requested("r")
    journal.update_run("r", "partial", elapsed=1.5, result="{}", reason="no money")
    record = other.run("r")
    assert (record.state, record.elapsed, record.result, record.reason) == ("partial", 1.5, "{}", "no money")
    assert not other.cancel_requested("r")  # it was heeded
    journal.close()
    other.close()


async def test_questions_keep_their_first_form_and_their_answers(path: Path) -> None:
    journal = Journal(path)
    question = Question(id="q-1", kind="question", prompt="Where to?")
    await journal.record_question("r", question)
    await journal.record_question("r", question)
    assert journal.open_questions("r") == [question]
    journal.answer("r", "q-1", "Rome")
    assert journal.open_questions("r") == []
    assert journal.answers("r") == {"q-1": "Rome"}
    with pytest.raises(StoreError, match="asks nothing called 'q-2'"):
        journal.answer("r", "q-2", "x")
    journal.close()


async def test_what_was_spent_is_added_up_by_scope(path: Path) -> None:
    journal = Journal(path)
    await journal.record_call("r", call(0, "run/a", Usage(calls=1, usd=0.5)))
    await journal.record_call("r", call(1, "run/a", Usage(calls=1, usd=0.25)))
    await journal.record_call("r", call(0, "run/b", Usage(calls=1)))
    await journal.record_call("r", call(1, "run/b"))
    assert journal.spent("r") == {"run/a": Usage(calls=2, usd=0.75), "run/b": Usage(calls=1)}
    journal.close()


async def test_what_was_spent_is_added_up_by_run(path: Path) -> None:
    journal = Journal(path)
    assert journal.spent_by_run() == {}
    await journal.record_call("r1", call(0, "run/a", Usage(calls=1, usd=0.5)))
    await journal.record_call("r1", call(0, "run/b", Usage(calls=1, usd=0.25)))
    await journal.record_call("r2", call(0, "run/a", Usage(calls=1, prompt_tokens=7)))
    await journal.record_call("r3", call(0))
    assert journal.spent_by_run() == {
        "r1": Usage(calls=2, usd=0.75),
        "r2": Usage(calls=1, prompt_tokens=7),
    }
    journal.close()


async def test_what_was_of_no_use_is_retired_in_its_run_alone_and_was_paid_for_all_the_same(
    path: Path,
) -> None:
    journal = Journal(path)
    useless = replace(call(0, usage=Usage(calls=1, usd=0.5)), state="void")
    for run in ("r1", "r2"):
        await journal.record_call(run, useless)
        await journal.record_call(run, call(1))
    journal.retire_void_calls("r1")
    assert [c.state for c in journal.calls("r1")] == ["dead", "done"]
    assert [c.state for c in journal.calls("r2")] == ["void", "done"]
    assert {run: usage.usd for run, usage in journal.spent_by_run().items()} == {"r1": 0.5, "r2": 0.5}
    journal.close()


async def test_a_conversation_is_found_again_from_its_last_message(path: Path) -> None:
    journal = Journal(path)
    nodes = [MessageNode("d1", "", '"one"'), MessageNode("d2", "d1", '"two"')]
    await journal.record_call("r", call(), nodes)
    await journal.record_call("r", call(1), nodes)
    assert journal.conversation("d2") == ['"one"', '"two"']
    assert journal.conversation("") == []
    with pytest.raises(StoreError, match="message d9 is missing"):
        journal.conversation("d9")
    journal.close()


async def test_closing_writes_what_is_left(path: Path) -> None:
    journal = Journal(path)
    journal.add_event("r", 1.0, '"e"')
    journal.close()
    await asyncio.sleep(0)
    again = Journal(path)
    assert again.events("r") == ['"e"']
    again.close()
