"""What the ledger promises whatever happens, in whatever order."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agentkit.allocation.amounts import Amounts, price_of
from agentkit.allocation.ledger import SMALLEST_GRANT, Ledger, Reservation, Scope
from agentkit.allocation.room import Want, room_for
from agentkit.budget import Budget, Usage
from agentkit.errors import BudgetExceededError
from agentkit.protocols import Price

PATHS = ("run", "run/a", "run/a/x", "run/b")
Ending = Literal["settle", "release", "forfeit"]

budgets = st.builds(
    Budget,
    tokens=st.none() | st.integers(1, 8000),
    calls=st.none() | st.integers(1, 6),
    usd=st.none() | st.integers(1, 1000).map(lambda n: n / 10_000),
)
rates = st.integers(0, 40).map(lambda n: n / 4_000_000)
prices = st.builds(Price, prompt=rates, completion=rates)


def cost(price: Price, prompt: int, completion: int) -> Usage:
    usd = price.prompt * prompt + price.completion * completion
    return Usage(calls=1, prompt_tokens=prompt, completion_tokens=completion, usd=usd)


def within(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}/")


@dataclass
class Call:
    """A call as its caller sees it."""

    path: str
    prompt: int
    max_tokens: int
    task: asyncio.Task[Reservation]
    spent: Usage | None = None

    @property
    def granted(self) -> bool:
        return self.task.done() and not self.task.cancelled() and self.task.exception() is None

    @property
    def held(self) -> bool:
        return self.granted and self.spent is None


class LedgerMachine(RuleBasedStateMachine):
    """Calls come, wait, end and are cancelled; the books are kept a second time, naively."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.calls: list[Call] = []

    @initialize(limits=st.tuples(budgets, budgets, budgets, budgets), price=prices)
    def open_books(self, limits: tuple[Budget, ...], price: Price) -> None:
        self.price = price
        self.budgets = dict(zip(PATHS, limits, strict=True))
        root = Ledger(limits[0]).root
        a = root.child("a", limits[1])
        self.scopes = {s.path: s for s in (root, a, a.child("x", limits[2]), root.child("b", limits[3]))}

    def step(self) -> None:
        async def settle_down() -> None:
            for _ in range(4):
                await asyncio.sleep(0)

        self.runner.run(settle_down())

    @rule(path=st.sampled_from(PATHS), prompt=st.integers(0, 3000), max_tokens=st.integers(1, 4000))
    def ask(self, path: str, prompt: int, max_tokens: int) -> None:
        reserve = self.scopes[path].reserve(prompt, max_tokens, self.price, model="m")
        self.calls.append(Call(path, prompt, max_tokens, self.runner.get_loop().create_task(reserve)))
        self.step()

    @precondition(lambda self: any(call.held for call in self.calls))
    @rule(data=st.data(), how=st.sampled_from(["settle", "release", "forfeit"]), share=st.floats(0, 1))
    def end(self, data: st.DataObject, how: Ending, share: float) -> None:
        self.end_call(data.draw(st.sampled_from([c for c in self.calls if c.held])), how, share)
        self.step()

    def end_call(self, call: Call, how: Ending, share: float) -> None:
        reservation = call.task.result()
        match how:
            case "settle":
                call.spent = cost(self.price, int(call.prompt * share), int(reservation.max_tokens * share))
                reservation.settle(call.spent)
            case "release":
                call.spent = Usage()
                reservation.release()
            case "forfeit":
                call.spent = cost(self.price, call.prompt, reservation.max_tokens)
                reservation.forfeit()

    @precondition(lambda self: any(not call.task.done() for call in self.calls))
    @rule(data=st.data(), at_once=st.booleans())
    def cancel(self, data: st.DataObject, at_once: bool) -> None:
        call = data.draw(st.sampled_from([c for c in self.calls if not c.task.done()]))
        held = [c for c in self.calls if c.held]
        if at_once and held:  # So that the grant and the cancellation meet.
            self.end_call(held[0], "release", 0)
        call.task.cancel()
        self.step()
        assert call.task.cancelled()

    @invariant()
    def no_cap_is_ever_passed_and_the_books_agree(self) -> None:
        for path, scope in getattr(self, "scopes", {}).items():
            spent, held = Amounts(), Amounts()
            for call in self.calls:
                if call.held and within(call.path, path):
                    held.add(Amounts.of(cost(self.price, call.prompt, call.task.result().max_tokens)))
                elif call.spent is not None and within(call.path, path):
                    spent.add(Amounts.of(call.spent))
            assert scope.spent == spent.usage()
            assert scope.reserved == held.usage()
            self.assert_within(self.budgets[path], scope)

    def assert_within(self, budget: Budget, scope: Scope) -> None:
        both = scope.spent + scope.reserved
        assert budget.tokens is None or both.tokens <= budget.tokens
        assert budget.calls is None or both.calls <= budget.calls
        assert budget.usd is None or both.usd <= budget.usd + 1e-12

    @invariant()
    def nobody_waits_in_vain(self) -> None:
        waiting = [call for call in self.calls if not call.task.done()]
        if waiting:
            assert any(call.held for call in self.calls)
            first = waiting[0]
            want = Want(first.prompt, first.max_tokens, self.price)
            assert not all(
                self.fits(want, path, spent_only=False) for path in PATHS if within(first.path, path)
            ), "the first one waiting would fit"

    def fits(self, want: Want, path: str, *, spent_only: bool) -> bool:
        scope = self.scopes[path]
        held = Amounts() if spent_only else Amounts.of(scope.reserved)
        enough = min(want.max_tokens, SMALLEST_GRANT) if spent_only else want.max_tokens
        return room_for(want, self.budgets[path], Amounts.of(scope.spent), held).tokens >= enough

    @invariant()
    def grants_are_useful_and_refusals_just(self) -> None:
        for call in self.calls:
            if call.held:
                assert (
                    min(call.max_tokens, SMALLEST_GRANT) <= call.task.result().max_tokens <= call.max_tokens
                )
            elif call.task.done() and not call.task.cancelled() and not call.granted:
                error = call.task.exception()
                assert isinstance(error, BudgetExceededError)
                assert within(call.path, error.scope)
                want = Want(call.prompt, call.max_tokens, self.price)
                assert not self.fits(want, error.scope, spent_only=True)

    def teardown(self) -> None:
        try:
            while held := [call for call in self.calls if call.held]:
                self.end_call(held[0], "settle", 0.5)
                self.step()
            assert all(call.task.done() for call in self.calls), "somebody waits for ever"
            assert all(scope.reserved == Usage() for scope in getattr(self, "scopes", {}).values())
        finally:
            self.runner.close()


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)


@given(prices, st.integers(0, 10_000), st.integers(1, 10_000), st.integers(1, 10**6))
def test_the_room_that_money_leaves_is_the_most_that_it_pays_for(
    price: Price, prompt: int, wanted: int, tenthousandths: int
) -> None:
    cap = tenthousandths / 10_000
    room = room_for(Want(prompt, wanted, price), Budget(usd=cap), Amounts(), Amounts())
    budget = round(cap * 10**12)
    if room.tokens >= 0:
        assert price_of(price, prompt, room.tokens) <= budget
    if room.tokens < wanted:
        assert price_of(price, prompt, max(0, room.tokens + 1)) > budget


@given(prices, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_truth_never_costs_more_than_its_bound(
    price: Price, prompt: int, completion: int, less_prompt: int, less_completion: int
) -> None:
    truth = cost(price, max(0, prompt - less_prompt), max(0, completion - less_completion))
    assert Amounts.of(truth).money <= Amounts.bound(prompt, completion, price).money
