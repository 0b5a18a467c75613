"""Running tools: checked, approved, timed, written down, and never twice where once is allowed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agentkit.allocation.ledger import Ledger
from agentkit.budget import Budget
from agentkit.engine.artifacts import ArtifactStore
from agentkit.engine.emitter import Emitter
from agentkit.engine.journal import Journal
from agentkit.engine.journaled_tools import LONGEST_RESULT, ToolRunner
from agentkit.engine.people import People, Suspended
from agentkit.engine.tape import Tape
from agentkit.errors import BudgetExceededError, ToolError
from agentkit.events import ToolCalled
from agentkit.messages import ToolCall
from agentkit.protocols import ToolOutcome, ToolScreen
from agentkit.result import Question
from agentkit.tools.tool import Tool, ToolContext, tool
from tests.engine.conftest import Heard


class Bench:
    """One attempt at a subtask, which may be given up and begun again as after a kill."""

    def __init__(self, folder: Path, heard: Heard) -> None:
        self.folder = folder
        self.heard = heard
        self.journal = Journal(folder / "journal.db")
        self.answers: dict[str, str | None] = {}
        self.asked: list[Question] = []

    def runner(
        self,
        *tools: Tool,
        budget: Budget | None = None,
        scope: str = "run/a/w#a",
        screen: ToolScreen | None = None,
    ) -> ToolRunner:
        """A new session's runner: what it knows of earlier ones is what is on file."""
        emitter = Emitter("r", self.journal, self.heard)
        return ToolRunner(
            {t.name: t for t in tools},
            tape=Tape(self.journal, "r", lambda: 0.0),
            people=People(self.journal, "r", emitter, self._answer),
            emitter=emitter,
            artifacts=ArtifactStore(self.folder / "artifacts"),
            ledger=Ledger(budget or Budget()).root,
            context=ToolContext(),
            scope=scope,
            once_scope="run/a",
            subtask="a",
            screen=screen,
        )

    async def _answer(self, question: Question) -> str | None:
        self.asked.append(question)
        return self.answers.get(question.kind)

    def kinds(self) -> list[str]:
        return [q.kind for q in self.asked]


@pytest.fixture
def bench(tmp_path: Path, heard: Heard) -> Iterator[Bench]:
    made = Bench(tmp_path, heard)
    yield made
    made.journal.close()


def call(name: str, key: str = "1", **arguments: Any) -> ToolCall:
    return ToolCall(id=key, name=name, arguments=arguments)


async def one(runner: ToolRunner, name: str, **arguments: Any) -> tuple[str, bool]:
    (outcome,) = await runner.run([call(name, **arguments)])
    return outcome.text, outcome.is_error


class Till:
    """What a payment does to the world; it may be cut off before or after it took effect."""

    def __init__(self) -> None:
        self.paid: list[int] = []
        self.keys: list[str] = []
        self.cut_off = ""

    def tool(self, **options: Any) -> Tool:
        @tool(repeatable=False, **options)
        async def pay(amount: int, context: ToolContext) -> str:
            """Pay."""
            self.keys.append(context.idempotency_key)
            if self.cut_off == "before":
                raise asyncio.CancelledError
            self.paid.append(amount)
            if self.cut_off == "after":
                raise asyncio.CancelledError
            return f"paid {amount}"

        return pay

    def find(self, arguments: Mapping[str, Any]) -> str | None:
        return "found paid" if arguments["amount"] in self.paid else None


async def test_a_result_is_text_as_it_is_and_anything_else_as_json(bench: Bench) -> None:
    @tool
    def give(kind: str) -> Any:
        """Give."""
        return {"text": "plain", "list": [1, {"a": None}], "none": None}[kind]

    runner = bench.runner(give)
    assert await one(runner, "give", kind="text") == ("plain", False)
    assert await one(runner, "give", kind="list") == ('[1,{"a":null}]', False)
    assert await one(runner, "give", kind="none") == ("null", False)


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("nothing", {}, "there is no tool called 'nothing'"),
        ("odd", {"how": "raise"}, "ValueError: out of range"),
        ("odd", {"how": "tool"}, "no such page"),
        ("odd", {"how": "timeout"}, "TimeoutError: the line is dead"),
        ("odd", {"how": "object"}, "cannot be written as JSON"),
        ("odd", {"what": "?"}, "how: Field required"),
        ("odd", {"how": ["a"]}, "how: Input should be a valid string"),
    ],
)
async def test_what_goes_wrong_in_a_tool_is_told_to_the_model(
    bench: Bench, name: str, arguments: dict[str, Any], complaint: str
) -> None:
    @tool
    def odd(how: str) -> Any:
        """Go wrong."""
        if how == "raise":
            raise ValueError("out of range")
        if how == "tool":
            raise ToolError("no such page")
        if how == "timeout":
            raise TimeoutError("the line is dead")
        return object()

    text, failed = await one(bench.runner(odd), name, **arguments)
    assert failed
    assert complaint in text
    assert await one(bench.runner(odd), name, **arguments) == (text, True)  # and remembered like any other


async def test_a_tool_that_takes_too_long_is_stopped(bench: Bench) -> None:
    @tool(timeout=0.05)
    async def slow() -> str:
        """Take long."""
        await asyncio.sleep(60)
        return "late"

    @tool(timeout=0.05, repeatable=False)
    async def risky() -> str:
        """Take long over something that must not happen twice."""
        await asyncio.sleep(60)
        return "late"

    runner = bench.runner(slow, risky)
    assert await one(runner, "slow") == ("slow: no result within 0.05 seconds (ask for less)", True)
    text, _ = await one(runner, "risky")
    assert "it may have taken effect" in text


async def test_when_the_runs_own_time_is_up_the_run_ends(bench: Bench) -> None:
    @tool
    async def slow() -> str:
        """Take long."""
        await asyncio.sleep(60)
        return "late"

    with pytest.raises(BudgetExceededError):
        await bench.runner(slow, budget=Budget(seconds=0.1)).run([call("slow")])


async def test_calls_of_one_turn_run_side_by_side_and_keep_their_order(bench: Bench) -> None:
    @tool
    def work(n: int) -> int:
        """Work."""
        time.sleep(0.2)
        return n

    began = time.monotonic()
    outcomes = await bench.runner(work).run([call("work", str(n), n=n) for n in range(4)])
    assert time.monotonic() - began < 0.6
    assert [(o.call.id, o.text) for o in outcomes] == [(str(n), str(n)) for n in range(4)]


async def test_a_finished_call_is_not_made_again(bench: Bench, heard: Heard) -> None:
    made: list[int] = []

    @tool
    def work(n: int) -> int:
        """Work."""
        made.append(n)
        return n

    calls = [call("work", "1", n=1), call("work", "2", n=2), call("work", "3", n=1)]
    first = await bench.runner(work).run(calls)
    again = await bench.runner(work).run(calls[::-1])
    assert sorted(made) == [1, 1, 2]  # the same call twice is two calls
    assert [o.text for o in again] == ["1", "2", "1"]
    assert [o.call.id for o in again] == ["3", "2", "1"]
    assert [o.text for o in first] == ["1", "2", "1"]
    told = [e for e in heard if isinstance(e, ToolCalled)]
    assert [e.replayed for e in told] == [False] * 3 + [True] * 3
    await bench.runner(work, scope="run/b").run(calls[:1])
    assert len(made) == 4  # another attempt is another matter


async def test_a_very_long_result_is_cut_and_kept_whole_as_an_artifact(bench: Bench) -> None:
    @tool
    def read() -> str:
        """Read."""
        return "x" * (LONGEST_RESULT + 5)

    text, failed = await one(bench.runner(read), "read")
    assert not failed
    assert text.startswith("x" * LONGEST_RESULT + "\n")
    assert "5 more characters" in text
    kept = [p for p in (bench.folder / "artifacts").rglob("*") if p.is_file()]
    assert [p.stat().st_size for p in kept] == [LONGEST_RESULT + 5]


# Leave


async def test_a_person_is_asked_once_for_each_call(bench: Bench) -> None:
    till = Till()
    pay = till.tool(needs_approval=True)
    bench.answers["approval"] = "yes"
    await bench.runner(pay).run([call("pay", "1", amount=5), call("pay", "2", amount=6)])
    assert sorted(q.detail for q in bench.asked) == ['{"amount": 5}', '{"amount": 6}']
    await bench.runner(pay).run([call("pay", "1", amount=5), call("pay", "2", amount=6)])
    assert len(bench.asked) == 2
    assert sorted(till.paid) == [5, 6]


async def test_a_call_that_a_person_refuses_is_not_made(bench: Bench) -> None:
    till = Till()
    bench.answers["approval"] = "no, too dear"
    text, failed = await one(bench.runner(till.tool(needs_approval=True)), "pay", amount=5)
    assert (failed, till.paid) == (True, [])
    assert "did not allow this call: no, too dear" in text


async def test_without_an_answer_all_questions_are_raised_and_the_other_calls_are_done(bench: Bench) -> None:
    till = Till()

    @tool
    def look() -> str:
        """Look."""
        return "seen"

    calls = [call("pay", "1", amount=5), call("look", "2"), call("pay", "3", amount=6)]
    with pytest.raises(Suspended) as caught:
        await bench.runner(till.tool(needs_approval=True), look).run(calls)
    assert sorted(q.detail for q in caught.value.questions) == ['{"amount": 5}', '{"amount": 6}']
    assert {q.subtask for q in caught.value.questions} == {"a"}
    assert till.paid == []
    assert [c.name for c in bench.journal.calls("r") if c.state == "done"] == ["look"]


# A screen before the tools


class Screen:
    """Refuses calls and withholds results that have a certain word."""

    def __init__(self, word: str = "secret") -> None:
        self.word = word
        self.asked: list[ToolCall] = []
        self.shown: list[ToolOutcome] = []

    def refuse(self, call: ToolCall) -> str:
        self.asked.append(call)
        return "that is not to be asked for" if self.word in str(call.arguments) else ""

    def withhold(self, outcome: ToolOutcome) -> str:
        self.shown.append(outcome)
        return f"it names the {self.word}" if self.word in outcome.text else ""


@tool
def fetch(page: str) -> str:
    """Fetch a page."""
    if page == "broken":
        raise ToolError("the server says: secret")
    return {"leak": "the secret is 42"}.get(page, f"about {page}")


async def test_what_a_screen_has_nothing_against_passes_through(bench: Bench) -> None:
    screen = Screen()
    assert await one(bench.runner(fetch, screen=screen), "fetch", page="pens") == ("about pens", False)
    assert [c.arguments for c in screen.asked] == [{"page": "pens"}]
    assert [(o.text, o.is_error) for o in screen.shown] == [("about pens", False)]


async def test_a_call_that_a_screen_refuses_is_not_made_and_the_model_is_told_why(bench: Bench) -> None:
    till = Till()
    text, failed = await one(bench.runner(till.tool(), screen=Screen("5")), "pay", amount=5)
    assert (text, failed) == ("pay: that is not to be asked for (find another way)", True)
    assert till.paid == []
    assert [(c.name, c.state) for c in bench.journal.calls("r")] == [("pay", "done")]


async def test_nobody_is_asked_for_leave_for_what_a_screen_refuses(bench: Bench) -> None:
    till = Till()
    bench.answers["approval"] = "yes"
    await one(bench.runner(till.tool(needs_approval=True), screen=Screen("5")), "pay", amount=5)
    assert (bench.asked, till.paid) == ([], [])


async def test_the_other_calls_of_the_turn_are_made(bench: Bench) -> None:
    calls = [call("fetch", "1", page="secret page"), call("fetch", "2", page="pens")]
    outcomes = await bench.runner(fetch, screen=Screen()).run(calls)
    assert [(o.call.id, o.is_error) for o in outcomes] == [("1", True), ("2", False)]
    assert outcomes[1].text == "about pens"


async def test_a_result_that_a_screen_withholds_is_seen_by_nobody(bench: Bench, heard: Heard) -> None:
    text, failed = await one(bench.runner(fetch, screen=Screen()), "fetch", page="leak")
    assert (text, failed) == ("This result is withheld: it names the secret", True)
    (event,) = [e for e in heard if isinstance(e, ToolCalled)]
    assert (event.preview, event.is_error) == (text, True)
    (record,) = bench.journal.calls("r")
    assert "42" not in (record.response or "")


async def test_a_failure_s_words_can_be_withheld_too(bench: Bench) -> None:
    text, failed = await one(bench.runner(fetch, screen=Screen()), "fetch", page="broken")
    assert (text, failed) == ("This result is withheld: it names the secret", True)


@pytest.mark.parametrize("page", ["secret page", "leak"])
async def test_what_a_screen_decided_is_remembered_with_the_call(bench: Bench, page: str) -> None:
    first = await one(bench.runner(fetch, screen=Screen()), "fetch", page=page)
    later = Screen()
    assert await one(bench.runner(fetch, screen=later), "fetch", page=page) == first
    assert (later.asked, later.shown) == ([], [])


@pytest.mark.parametrize(("name", "arguments"), [("nothing", {}), ("fetch", {"where": "here"})])
async def test_a_screen_is_not_asked_about_calls_that_cannot_be_made(
    bench: Bench, name: str, arguments: dict[str, Any]
) -> None:
    screen = Screen()
    _, failed = await one(bench.runner(fetch, screen=screen), name, **arguments)
    assert failed
    assert screen.asked == []


# Calls that were cut off


async def cut_off(runner: ToolRunner) -> None:
    with pytest.raises(asyncio.CancelledError):
        await runner.run([call("pay", amount=5)])


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_the_reconcile_hook_finds_out_what_became_of_a_call(bench: Bench, moment: str) -> None:
    till = Till()
    till.cut_off = moment
    pay = till.tool(reconcile=till.find)
    await cut_off(bench.runner(pay))
    till.cut_off = ""
    text, failed = await one(bench.runner(pay), "pay", amount=5)
    assert text == ("found paid" if moment == "after" else "paid 5")
    assert (failed, till.paid, bench.asked) == (False, [5], [])
    assert len(set(till.keys)) == 1  # a service that can tell repeats by a key is given the same one


async def test_without_a_hook_a_person_is_asked(bench: Bench) -> None:
    till = Till()
    till.cut_off = "after"
    await cut_off(bench.runner(till.tool()))
    till.cut_off = ""
    with pytest.raises(Suspended):
        await bench.runner(till.tool()).run([call("pay", amount=5)])
    assert till.paid == [5]
    bench.answers["outcome"] = "receipt 17"
    assert await one(bench.runner(till.tool()), "pay", amount=5) == ("receipt 17", False)
    assert till.paid == [5]


async def test_a_second_cut_off_is_another_question(bench: Bench) -> None:
    till = Till()
    till.cut_off = "before"
    await cut_off(bench.runner(till.tool()))
    bench.answers["outcome"] = "not done"
    await cut_off(bench.runner(till.tool()))
    bench.answers.clear()
    with pytest.raises(Suspended):
        await bench.runner(till.tool()).run([call("pay", amount=5)])
    assert bench.kinds() == ["outcome", "outcome"]
    assert bench.asked[0].id != bench.asked[1].id


async def test_leave_given_before_the_cut_off_is_not_asked_for_again(bench: Bench) -> None:
    till = Till()
    till.cut_off = "before"
    bench.answers["approval"] = "yes"
    pay = till.tool(needs_approval=True, reconcile=till.find)
    await cut_off(bench.runner(pay))
    till.cut_off = ""
    assert await one(bench.runner(pay), "pay", amount=5) == ("paid 5", False)
    assert bench.kinds() == ["approval"]


async def test_what_may_be_repeated_is_simply_made_again(bench: Bench) -> None:
    tries: list[int] = []

    @tool
    async def look() -> str:
        """Look."""
        tries.append(1)
        if len(tries) == 1:
            raise asyncio.CancelledError
        return "seen"

    with pytest.raises(asyncio.CancelledError):
        await bench.runner(look).run([call("look")])
    assert await one(bench.runner(look), "look") == ("seen", False)


async def test_another_attempt_at_the_subtask_finds_what_must_not_be_done_again(bench: Bench) -> None:
    paid: list[int] = []

    @tool(repeatable=False)
    async def pay(amount: int) -> str:
        """Pay."""
        paid.append(amount)
        return f"paid {amount}"

    call = ToolCall(id="1", name="pay", arguments={"amount": 5})
    first = await bench.runner(pay, scope="run/a/w#a").run([call])
    again = await bench.runner(pay, scope="run/a/w#a~2").run([call])
    other = await bench.runner(pay, scope="run/a/w#a~3").run([call, call])

    assert first[0].text == again[0].text == "paid 5"
    assert paid == [5, 5], "only the second of two equal calls in one attempt is new"
    assert [o.is_error for o in other] == [False, False]
