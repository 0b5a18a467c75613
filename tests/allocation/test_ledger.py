"""What the ledger promises, by example."""

import asyncio
import time
from collections.abc import Awaitable

import pytest

from agentkit.allocation.ledger import COMFORTABLE_GRANT, SMALLEST_GRANT, Ledger, Reservation, Scope
from agentkit.budget import Budget, Usage
from agentkit.errors import BudgetExceededError, SettingsError
from agentkit.protocols import Price

PRICE = Price(prompt=1e-6, completion=5e-6)


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def reserve(
    scope: Scope, max_tokens: int = 100, prompt: int = 0, price: Price | None = None
) -> Reservation:
    return await scope.reserve(prompt, max_tokens, price, model="test/model")


def begin(wish: Awaitable[Reservation]) -> asyncio.Task[Reservation]:
    async def wait() -> Reservation:
        return await wish

    return asyncio.create_task(wait())


async def settle_down() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


def tokens(count: int) -> Usage:
    return Usage(calls=1, completion_tokens=count)


# Spending


async def test_what_is_settled_is_spent_here_and_above_and_nowhere_else() -> None:
    root = Ledger().root
    leaf, sibling = root.child("s1").child("verify"), root.child("s2")
    usage = Usage(calls=1, prompt_tokens=80, completion_tokens=20, cached_tokens=50, usd=0.25, seconds=1.5)
    (await reserve(leaf)).settle(usage)
    assert leaf.spent == root.child("s1").spent == root.spent == usage
    assert sibling.spent == Usage()


async def test_a_reservation_holds_its_upper_bound_here_and_above_until_it_ends() -> None:
    root = Ledger().root
    leaf = root.child("s1")
    held = await reserve(leaf, 200, prompt=1000, price=PRICE)
    bound = Usage(calls=1, prompt_tokens=1000, completion_tokens=200, usd=0.002)
    assert leaf.reserved == root.reserved == bound
    assert root.spent == Usage()
    held.release()
    assert leaf.reserved == root.reserved == root.spent == Usage()


async def test_a_forfeited_call_counts_at_its_upper_bound() -> None:
    root = Ledger().root
    lost = (await reserve(root, 200, prompt=1000, price=PRICE)).forfeit()
    assert lost == root.spent == Usage(calls=1, prompt_tokens=1000, completion_tokens=200, usd=0.002)
    assert root.reserved == Usage()


async def test_a_prompt_that_was_not_measured_can_be_measured_when_the_call_is_lost() -> None:
    root = Ledger().root
    (await reserve(root, 200)).forfeit(prompt_tokens=300)
    assert root.spent == Usage(calls=1, prompt_tokens=300, completion_tokens=200, unpriced_calls=1)


async def test_only_the_first_end_of_a_reservation_counts() -> None:
    root = Ledger().root
    settled = await reserve(root)
    settled.settle(tokens(10))
    settled.settle(tokens(99))
    settled.release()
    assert settled.forfeit() == Usage()
    released = await reserve(root)
    released.release()
    released.settle(tokens(99))
    assert root.spent == tokens(10)
    assert root.reserved == Usage()


async def test_as_a_context_manager_a_reservation_releases_what_nobody_settled() -> None:
    root = Ledger().root
    with await reserve(root):
        pass
    assert root.reserved == root.spent == Usage()
    with await reserve(root) as reservation:
        reservation.settle(tokens(10))
    assert root.spent == tokens(10)


async def test_the_truth_is_recorded_even_where_it_passes_the_bound() -> None:
    root = Ledger(Budget(tokens=1000)).root
    (await reserve(root, 100)).settle(tokens(1200))
    assert root.spent.tokens == 1200
    with pytest.raises(BudgetExceededError):
        await reserve(root, 1)


async def test_money_adds_up_without_rounding_errors() -> None:
    root = Ledger(Budget(usd=0.3)).root
    dime = Price(prompt=0, completion=0.001)
    for _ in range(3):
        (await reserve(root, 100, price=dime)).settle(Usage(calls=1, completion_tokens=100, usd=0.1))
    assert root.spent.usd == 0.3


# Scopes


def test_the_same_name_gives_the_same_scope() -> None:
    root = Ledger().root
    assert root.child("s1") is root.child("s1")
    assert root.child("s1") is not root.child("s2")
    assert root.child("s1").child("work").path == "run/s1/work"


def test_names_with_slashes_are_no_paths() -> None:
    root = Ledger().root
    assert root.child("a/b").path == "run/a%2Fb"
    assert root.child("a%2Fb").path != root.child("a/b").path
    resumed = Ledger(spent={root.child("a/b").path: tokens(5)}).root
    assert resumed.child("a/b").spent == tokens(5)


def test_what_earlier_sessions_spent_is_given_by_path_and_added_up_by_the_ledger() -> None:
    spent = {"run": tokens(1), "run/s1": tokens(10), "run/s1/work": tokens(100), "run/s2": tokens(1000)}
    root = Ledger(spent=spent).root
    assert root.spent == Usage(calls=4, completion_tokens=1111)
    assert root.child("s1").spent == Usage(calls=2, completion_tokens=110)
    assert root.child("s1").child("work").spent == tokens(100)


def test_a_path_of_another_tree_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="scope paths begin with 'run'"):
        Ledger(spent={"walk/s1": tokens(1)})


async def test_what_earlier_sessions_spent_counts_against_the_limits() -> None:
    root = Ledger(Budget(tokens=1000), spent={"run/s1": tokens(950)}).root
    with pytest.raises(BudgetExceededError):
        await reserve(root.child("s2"), 100)


@pytest.mark.parametrize("tight", ["run", "run/s1", "run/s1/work"])
async def test_the_tightest_scope_of_the_path_decides_and_is_named(tight: str) -> None:
    def budget(path: str) -> Budget:
        return Budget(tokens=50 if path == tight else 5000)

    root = Ledger(budget("run")).root
    leaf = root.child("s1", budget("run/s1")).child("work", budget("run/s1/work"))
    with pytest.raises(BudgetExceededError) as caught:
        await reserve(leaf, 100)
    assert (caught.value.scope, caught.value.limit, caught.value.cap) == (tight, "tokens", 50)


async def test_a_budget_given_later_takes_the_place_of_the_first() -> None:
    root = Ledger().root
    scope = root.child("s1", Budget(tokens=50))
    leaf = scope.child("work")
    with pytest.raises(BudgetExceededError):
        await reserve(leaf, 200)
    assert root.child("s1") is root.child("s1", Budget(tokens=1000))
    assert (await reserve(leaf, 200)).max_tokens == 200


async def test_a_larger_budget_wakes_those_who_wait() -> None:
    root = Ledger().root
    scope = root.child("s1", Budget(calls=1))
    await reserve(scope)
    waiting = begin(reserve(scope))
    await settle_down()
    root.child("s1", Budget(calls=2))
    assert (await waiting).open


def test_whether_prompts_must_be_measured_is_known_from_the_limits_on_the_path() -> None:
    assert not Ledger(Budget(calls=3, seconds=5)).root.child("s1").bounds_tokens
    assert Ledger(Budget(usd=1)).root.child("s1").bounds_tokens
    limited = Ledger().root
    assert limited.child("s1", Budget(tokens=5)).child("work").bounds_tokens
    assert not limited.bounds_tokens


async def test_what_is_found_later_to_have_been_spent_counts_here_and_above_and_against_the_limits() -> None:
    root = Ledger(Budget(tokens=1000)).root
    leaf, sibling = root.child("s1").child("work"), root.child("s2")
    leaf.add_spent(tokens(900))
    leaf.add_spent(tokens(50))
    assert leaf.spent == root.child("s1").spent == root.spent == Usage(calls=2, completion_tokens=950)
    assert sibling.spent == Usage()
    with pytest.raises(BudgetExceededError):
        await reserve(sibling, 100)


async def test_what_the_scopes_above_have_counted_already_counts_here_alone() -> None:
    root = Ledger(Budget(tokens=1000), spent={"run": tokens(900)}).root
    scope = root.child("s1", Budget(tokens=100))
    scope.add_spent(tokens(80), above=False)
    assert (scope.spent, root.spent) == (tokens(80), tokens(900))
    with pytest.raises(BudgetExceededError) as caught:
        await reserve(scope, 50)
    assert (caught.value.scope, caught.value.spent) == ("run/s1", 80)


async def test_a_closed_scope_leaves_what_it_spent_above_and_its_name_to_another() -> None:
    root = Ledger(Budget(tokens=1000)).root
    first = root.child("s1", Budget(tokens=100))
    (await reserve(first, 80)).settle(tokens(80))
    first.close()
    second = root.child("s1")
    assert second is not first
    assert (second.spent, root.spent) == (Usage(), tokens(80))
    assert (await reserve(second, 500)).max_tokens == 500, "the limit went with its scope"


async def test_calls_under_way_in_a_closed_scope_are_still_counted_above() -> None:
    root = Ledger(Budget(tokens=1000)).root
    scope = root.child("s1")
    under_way = await reserve(scope, 600)
    scope.close()
    assert root.reserved.tokens == 600
    waiting = begin(reserve(root.child("s2"), 500))
    await settle_down()
    assert not waiting.done()
    under_way.settle(tokens(200))
    assert (await waiting).max_tokens == 500
    assert root.spent == tokens(200)


@pytest.mark.parametrize("name", ["s1", "a/b", "50%"])
def test_scopes_can_be_closed_twice_and_whatever_their_names(name: str) -> None:
    root = Ledger().root
    scope = root.child(name)
    scope.close()
    scope.close()
    assert root.child(name) is not scope


def test_the_scope_of_the_whole_run_has_nothing_above_it_to_be_taken_from() -> None:
    root = Ledger(spent={"run/s1": tokens(5)}).root
    root.close()
    assert (root.spent, root.child("s1").spent) == (tokens(5), tokens(5))


# Refusing and cutting down


@pytest.mark.parametrize(
    ("budget", "limit", "spent"),
    [
        (Budget(tokens=100), "tokens", 90),
        (Budget(usd=0.0001), "usd", 0.0009),
        (Budget(calls=1), "calls", 1),
    ],
)
async def test_a_refusal_names_limit_cap_and_what_was_spent(budget: Budget, limit: str, spent: float) -> None:
    ledger = Ledger(budget, spent={"run": Usage(calls=1, prompt_tokens=90, usd=0.0009)})
    with pytest.raises(BudgetExceededError) as caught:
        await reserve(ledger.root.child("s1"), 100, price=PRICE)
    error = caught.value
    assert (error.limit, error.cap, error.spent) == (limit, getattr(budget, limit), spent)
    assert error.scope == "run"
    assert ledger.root.reserved == Usage()


async def test_a_call_is_cut_down_to_the_tokens_that_are_left() -> None:
    root = Ledger(Budget(tokens=1000)).root
    assert (await reserve(root, 4096, prompt=300)).max_tokens == 700


async def test_a_call_is_cut_down_to_what_the_money_pays_for() -> None:
    root = Ledger(Budget(usd=0.01)).root
    reservation = await reserve(root, 4096, prompt=1000, price=PRICE)
    assert reservation.max_tokens == 1800
    assert root.reserved.usd == 0.01


async def test_a_free_model_is_never_cut_down_by_a_limit_in_money() -> None:
    root = Ledger(Budget(usd=0.01), spent={"run": Usage(calls=1, usd=0.01)}).root
    assert (await reserve(root, 4096, 10**9, Price(prompt=0, completion=0))).max_tokens == 4096


@pytest.mark.parametrize("left", [SMALLEST_GRANT, SMALLEST_GRANT - 1])
async def test_a_call_is_not_cut_down_below_the_smallest_grant(left: int) -> None:
    root = Ledger(Budget(tokens=left)).root
    if left >= SMALLEST_GRANT:
        assert (await reserve(root, 4096)).max_tokens == left
    else:
        with pytest.raises(BudgetExceededError):
            await reserve(root, 4096)


async def test_a_call_that_wants_less_than_the_smallest_grant_gets_all_or_nothing() -> None:
    root = Ledger(Budget(tokens=10)).root
    with pytest.raises(BudgetExceededError):
        await reserve(root, 11)
    assert (await reserve(root, 10)).max_tokens == 10


async def test_money_is_not_counted_for_a_model_whose_price_nobody_knows() -> None:
    scope = Ledger(Budget(usd=1)).root.child("s1")
    with pytest.raises(SettingsError) as caught:
        await scope.reserve(10, 100, None, model="acme/large")
    assert "the price of the model acme/large is unknown" in str(caught.value)
    assert '[prices."acme/large"]' in caught.value.mend
    assert "token budget" in caught.value.mend


async def test_tokens_are_counted_for_a_model_whose_price_nobody_knows() -> None:
    assert (await reserve(Ledger(Budget(tokens=100)).root, 100)).max_tokens == 100


@pytest.mark.parametrize(("prompt", "wanted"), [(-1, 10), (0, 0)])
async def test_calls_of_no_size_are_mistakes(prompt: int, wanted: int) -> None:
    with pytest.raises(ValueError, match="generates at least one token"):
        await reserve(Ledger().root, wanted, prompt)


@pytest.mark.parametrize("budget", [Budget(tokens=10), Budget(usd=0.1), Budget(calls=1)])
def test_check_raises_once_a_limit_is_used_up(budget: Budget) -> None:
    Ledger(budget).root.check()
    used_up = Ledger(budget, spent={"run": Usage(calls=1, prompt_tokens=10, usd=0.1)})
    with pytest.raises(BudgetExceededError):
        used_up.root.child("s1").check()


# Waiting


async def test_a_call_waits_for_room_that_others_hold() -> None:
    root = Ledger(Budget(tokens=1000)).root
    first = await reserve(root, 1000)
    waiting = begin(reserve(root, 600))
    await settle_down()
    assert not waiting.done()
    first.settle(tokens(400))
    assert (await waiting).max_tokens == 600


async def test_a_call_waits_rather_than_be_cut_short_while_others_may_give_room_back() -> None:
    root = Ledger(Budget(tokens=5000)).root
    first = await reserve(root, 4900)
    waiting = begin(reserve(root, 4096))
    await settle_down()
    assert not waiting.done()
    first.settle(tokens(200))
    assert (await waiting).max_tokens == 4096


async def test_a_call_does_not_wait_for_more_than_the_comfortable_grant() -> None:
    root = Ledger(Budget(tokens=5000)).root
    await reserve(root, 5000 - COMFORTABLE_GRANT)
    assert (await reserve(root, 4096)).max_tokens == COMFORTABLE_GRANT


async def test_once_nobody_can_give_room_back_a_call_takes_what_is_left() -> None:
    root = Ledger(Budget(tokens=1000)).root
    first = await reserve(root, 1000)
    waiting = begin(reserve(root, 4096))
    await settle_down()
    first.settle(tokens(900))
    assert (await waiting).max_tokens == 100


async def test_those_who_wait_are_refused_once_it_is_hopeless() -> None:
    root = Ledger(Budget(calls=1)).root
    first = await reserve(root)
    waiting = [begin(reserve(root)) for _ in range(5)]
    await settle_down()
    assert not any(task.done() for task in waiting)
    first.settle(tokens(1))
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [BudgetExceededError] * 5


async def test_what_can_never_fit_is_refused_at_once_even_if_others_wait() -> None:
    root = Ledger(Budget(tokens=1000)).root
    await reserve(root, 1000)
    waiting = begin(reserve(root, 600))
    await settle_down()
    with pytest.raises(BudgetExceededError):
        await reserve(root, 100, prompt=1000)
    assert not waiting.done()
    waiting.cancel()


async def test_a_released_call_makes_room_for_one_that_waits() -> None:
    root = Ledger(Budget(calls=1)).root
    first = await reserve(root)
    waiting = begin(reserve(root))
    await settle_down()
    first.release()
    assert (await waiting).open


@pytest.mark.parametrize("limited", ["run", "run/s1"])
async def test_who_came_first_is_served_first_even_if_others_want_less(limited: str) -> None:
    root = Ledger(Budget(tokens=1000 if limited == "run" else 5000)).root
    scope = root.child("s1", Budget(tokens=1000))
    first, second = await reserve(scope, 500), await reserve(scope, 400)
    large = begin(reserve(scope, 600))
    small = begin(reserve(scope, 100))
    await settle_down()
    assert not small.done(), "it would fit, but would take from what the large one waits for"
    second.settle(tokens(0))
    await settle_down()
    assert not large.done()
    assert not small.done()
    first.settle(tokens(300))
    await settle_down()
    assert large.done()
    assert small.done()


async def test_a_scope_at_its_own_limit_does_not_hold_up_the_others() -> None:
    root = Ledger(Budget(tokens=10_000)).root
    narrow = root.child("s1", Budget(tokens=100))
    await reserve(narrow, 100)
    waiting = begin(reserve(narrow, 100))
    await settle_down()
    assert not waiting.done()
    assert (await reserve(root.child("s2"), 100)).open


async def test_a_cancelled_waiter_frees_its_place() -> None:
    root = Ledger(Budget(tokens=1000)).root
    await reserve(root, 500)
    large, small = begin(reserve(root, 600)), begin(reserve(root, 100))
    await settle_down()
    assert not small.done()
    large.cancel()
    assert (await small).max_tokens == 100
    assert root.reserved.tokens == 600


async def test_a_waiter_cancelled_in_the_moment_of_its_grant_gives_it_back() -> None:
    root = Ledger(Budget(calls=1)).root
    first = await reserve(root)
    lucky, next_one = begin(reserve(root)), begin(reserve(root))
    await settle_down()
    first.release()  # Now the lucky one is granted, but has not run yet.
    lucky.cancel()
    assert (await next_one).open
    assert lucky.cancelled()
    assert root.reserved.calls == 1


async def test_a_waiter_cancelled_in_the_moment_of_its_refusal_is_cancelled() -> None:
    root = Ledger(Budget(calls=1)).root
    first = await reserve(root)
    waiting = begin(reserve(root))
    await settle_down()
    first.settle(tokens(1))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


# Time


def test_the_seconds_left_are_those_of_the_tightest_scope_above() -> None:
    clock = Clock()
    root = Ledger(Budget(seconds=60), clock=clock).root
    assert root.child("s1").seconds_left() == 60
    clock.now += 20
    brief = root.child("s2", Budget(seconds=10))
    assert (root.seconds_left(), brief.seconds_left()) == (40, 10)
    clock.now += 35
    assert (root.seconds_left(), brief.seconds_left()) == (5, 0)
    assert root.child("s3", Budget(seconds=10)).seconds_left() == 5
    assert Ledger().root.seconds_left() is None


def test_time_of_earlier_sessions_counts() -> None:
    root = Ledger(Budget(seconds=60), elapsed=50, clock=Clock()).root
    assert root.seconds_left() == 10
    assert root.child("s1", Budget(seconds=9), elapsed=6).seconds_left() == 3


def test_the_clock_of_a_scope_begins_with_its_time_limit() -> None:
    clock = Clock()
    root = Ledger(spent={"run/s1": tokens(1)}, clock=clock).root
    clock.now += 100
    assert root.child("s1", Budget(seconds=10)).seconds_left() == 10
    clock.now += 4
    assert root.child("s1", Budget(seconds=20)).seconds_left() == 16


async def test_when_time_is_up_calls_are_refused() -> None:
    clock = Clock()
    scope = Ledger(Budget(seconds=60), clock=clock).root.child("s1", Budget(seconds=600))
    clock.now += 61
    with pytest.raises(BudgetExceededError) as caught:
        await reserve(scope)
    assert (caught.value.limit, caught.value.cap, caught.value.spent) == ("seconds", 60, 61)
    assert caught.value.scope == "run"
    with pytest.raises(BudgetExceededError):
        scope.check()


async def test_waiting_ends_when_time_is_up() -> None:
    root = Ledger(Budget(calls=1, seconds=0.05)).root
    held = await reserve(root)
    with pytest.raises(BudgetExceededError) as caught:
        await reserve(root)
    assert caught.value.limit == "seconds"
    held.release()
    assert root.reserved == Usage()


async def test_a_time_limit_set_while_a_call_waits_ends_its_waiting() -> None:
    root = Ledger().root
    scope = root.child("s1", Budget(calls=1))
    await reserve(scope)
    waiting = begin(reserve(scope))
    await settle_down()
    root.child("s1", Budget(calls=1, seconds=0.02))
    with pytest.raises(BudgetExceededError, match="seconds"):
        await waiting


async def test_one_who_runs_out_of_time_makes_way_for_those_behind() -> None:
    root = Ledger(Budget(tokens=1000)).root
    await reserve(root, 500)
    hurried = begin(reserve(root.child("s1", Budget(seconds=0.02)), 600))
    patient = begin(reserve(root.child("s2"), 500))
    await settle_down()
    assert not patient.done()
    assert (await patient).max_tokens == 500
    with pytest.raises(BudgetExceededError, match="seconds"):
        await hurried


async def test_a_clock_that_lags_behind_the_loop_only_makes_the_wait_longer() -> None:
    clock = Clock()
    root = Ledger(Budget(calls=1, seconds=0.01), clock=clock).root
    await reserve(root)
    waiting = begin(reserve(root))
    await asyncio.sleep(0.03)
    assert not waiting.done()
    clock.now += 0.01
    with pytest.raises(BudgetExceededError, match="seconds"):
        await waiting


async def test_reserving_and_settling_without_limits_is_cheap() -> None:
    scope = Ledger().root.child("s1").child("work")
    usage = tokens(10)

    async def rounds(count: int) -> float:
        began = time.process_time()
        for _ in range(count):
            (await scope.reserve(0, 100, PRICE, model="m")).settle(usage)
        return (time.process_time() - began) / count

    best = min([await rounds(2000) for _ in range(5)])
    assert best < 60e-6, "about 6 µs on a quiet machine; ten times as much is a fault, not noise"
