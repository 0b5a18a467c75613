"""A metered model never spends more than its scope allows."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from agentkit.allocation.ledger import SMALLEST_GRANT, Ledger, Scope
from agentkit.budget import Budget, Usage
from agentkit.errors import BudgetExceededError, ModelUnavailableError, SettingsError
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.models.metering import MeteredModel
from agentkit.models.tokens import token_bound
from agentkit.protocols import ChatModel, Delta, Price
from agentkit.testing.models import FunctionModel, ScriptedModel

PRICE = Price(prompt=2e-6, completion=8e-6)
REQUEST = ChatRequest(messages=(Message(role="user", content="how many orders are late?"),), max_tokens=500)
BOUND = token_bound(REQUEST)


def scope_with(budget: Budget | None = None) -> Scope:
    return Ledger(budget or Budget()).root.child("s1")


async def for_ever(request: ChatRequest) -> str:
    await asyncio.Event().wait()
    return ""


class Counted:
    """Gathers what is told of usage."""

    def __init__(self) -> None:
        self.usages: list[Usage] = []

    def __call__(self, request: ChatRequest, usage: Usage) -> None:
        assert request is REQUEST
        self.usages.append(usage)


def test_it_is_a_model_with_the_card_of_the_one_inside() -> None:
    inner = ScriptedModel([], name="acme/large", price=PRICE)
    metered = MeteredModel(inner, scope_with())
    assert isinstance(metered, ChatModel)
    assert metered.info == inner.info


async def test_the_truth_is_settled_and_told() -> None:
    usage = Usage(calls=1, prompt_tokens=12, completion_tokens=3, usd=0.000048)
    scope, counted = scope_with(), Counted()
    model = ScriptedModel([Completion(text="four", usage=usage)], price=PRICE)
    completion = await MeteredModel(model, scope, counted).complete(REQUEST)
    assert completion.text == "four"
    assert completion.usage.model_copy(update={"seconds": 0.0}) == usage
    assert scope.spent == completion.usage
    assert counted.usages == [completion.usage]
    assert scope.reserved == Usage()


async def test_the_seconds_of_the_call_are_part_of_its_usage() -> None:
    scope = scope_with()
    completion = await MeteredModel(ScriptedModel(["four"], delay=0.03), scope).complete(REQUEST)
    assert 0.02 < completion.usage.seconds < 5
    assert scope.spent.seconds == completion.usage.seconds


async def test_a_meter_inside_another_does_not_count_the_wait_twice() -> None:
    inside, outside = scope_with(), scope_with()
    metered = MeteredModel(MeteredModel(ScriptedModel(["four"], delay=0.2), inside), outside)
    completion = await metered.complete(REQUEST)
    assert inside.spent.seconds <= completion.usage.seconds < 1.5 * inside.spent.seconds


async def test_while_it_runs_the_upper_bound_is_reserved() -> None:
    scope = scope_with(Budget(usd=1))
    during: list[Usage] = []

    def answer(request: ChatRequest) -> str:
        during.append(scope.reserved)
        return "four"

    await MeteredModel(FunctionModel(answer, price=PRICE), scope).complete(REQUEST)
    assert during[0].prompt_tokens == BOUND
    assert during[0].completion_tokens == 500
    assert during[0].usd == pytest.approx(BOUND * 2e-6 + 500 * 8e-6)


async def test_pieces_of_the_answer_pass_through() -> None:
    pieces: list[Delta] = []
    await MeteredModel(ScriptedModel(["four orders are late"]), scope_with()).complete(REQUEST, pieces.append)
    assert "".join(piece.text for piece in pieces) == "four orders are late"


async def test_where_less_is_left_fewer_tokens_are_asked_for() -> None:
    model = ScriptedModel(["four"])
    await MeteredModel(model, scope_with(Budget(tokens=BOUND + 200))).complete(REQUEST)
    assert model.requests == [REQUEST.model_copy(update={"max_tokens": 200})]


async def test_where_enough_is_left_the_request_goes_through_as_it_is() -> None:
    model = ScriptedModel(["four"])
    await MeteredModel(model, scope_with(Budget(tokens=BOUND + 500))).complete(REQUEST)
    assert model.requests[0] is REQUEST


async def test_what_does_not_fit_is_never_sent() -> None:
    model = ScriptedModel(["four"])
    with pytest.raises(BudgetExceededError, match="tokens"):
        await MeteredModel(model, scope_with(Budget(tokens=BOUND + SMALLEST_GRANT - 1))).complete(REQUEST)
    assert model.requests == []


async def test_a_limit_in_money_needs_a_price() -> None:
    model = ScriptedModel(["four"], name="acme/large")
    with pytest.raises(SettingsError, match="price of the model acme/large is unknown"):
        await MeteredModel(model, scope_with(Budget(usd=1))).complete(REQUEST)
    assert model.requests == []


async def test_a_failed_call_costs_nothing() -> None:
    scope, counted = scope_with(Budget(tokens=5000)), Counted()
    model = ScriptedModel([ModelUnavailableError("is down"), "four"])
    metered = MeteredModel(model, scope, counted)
    with pytest.raises(ModelUnavailableError):
        await metered.complete(REQUEST)
    assert scope.spent == scope.reserved == Usage()
    assert counted.usages == []
    assert (await metered.complete(REQUEST)).text == "four"


@pytest.mark.parametrize("budget", [Budget(), Budget(tokens=5000)])
async def test_a_cancelled_call_counts_at_its_upper_bound(budget: Budget) -> None:
    scope, counted = scope_with(budget), Counted()
    call = asyncio.create_task(
        MeteredModel(FunctionModel(for_ever, price=PRICE), scope, counted).complete(REQUEST)
    )
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    spent = scope.spent
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (1, BOUND, 500)
    assert spent.usd == pytest.approx(BOUND * 2e-6 + 500 * 8e-6)
    assert counted.usages == [spent]
    assert scope.reserved == Usage()


async def test_a_call_cancelled_while_it_waits_for_room_costs_nothing() -> None:
    scope = scope_with(Budget(calls=1))
    model = FunctionModel(for_ever)
    first = asyncio.create_task(MeteredModel(model, scope).complete(REQUEST))
    second = asyncio.create_task(MeteredModel(model, scope).complete(REQUEST))
    await asyncio.sleep(0.01)
    second.cancel()
    await asyncio.wait([second])
    assert len(model.requests) == 1
    assert scope.spent == Usage()
    first.cancel()
    await asyncio.wait([first])


async def test_a_call_is_cut_off_when_time_is_up_and_counts_at_its_upper_bound() -> None:
    scope, counted = scope_with(Budget(seconds=0.05)), Counted()
    with pytest.raises(BudgetExceededError) as caught:
        await MeteredModel(FunctionModel(for_ever), scope, counted).complete(REQUEST)
    assert (caught.value.limit, caught.value.cap, caught.value.scope) == ("seconds", 0.05, "run")
    assert scope.spent.tokens == BOUND + 500
    assert counted.usages == [scope.spent]
    assert scope.reserved == Usage()


async def test_a_timeout_of_the_models_own_is_not_the_budgets() -> None:
    def mistaken(request: ChatRequest) -> str:
        raise TimeoutError("not ours")

    scope = scope_with(Budget(seconds=60))
    with pytest.raises(TimeoutError, match="not ours"):
        await MeteredModel(FunctionModel(mistaken), scope).complete(REQUEST)
    assert scope.spent.calls == 1, "nobody knows what such a call costs"


def careless(seed: int) -> Callable[[ChatRequest], Awaitable[Completion]]:
    """Answers of any length up to what is allowed, in any order of time."""
    chance = random.Random(seed)

    async def answer(request: ChatRequest) -> Completion:
        sent, received = chance.randint(1, BOUND), chance.randint(1, request.max_tokens)
        await asyncio.sleep(chance.random() / 1000)
        if chance.random() < 0.1:
            raise ModelUnavailableError("is down")
        usd = sent * PRICE.prompt + received * PRICE.completion
        return Completion(usage=Usage(calls=1, prompt_tokens=sent, completion_tokens=received, usd=usd))

    return answer


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("budget", [Budget(usd=0.1), Budget(tokens=20_000), Budget(calls=37)], ids=repr)
async def test_two_hundred_calls_side_by_side_never_pass_a_limit(budget: Budget, seed: int) -> None:
    root = Ledger(budget).root
    model = FunctionModel(careless(seed), price=PRICE)
    answers = await asyncio.gather(
        *(MeteredModel(model, root.child(f"s{n % 7}")).complete(REQUEST) for n in range(200)),
        return_exceptions=True,
    )
    done = [answer for answer in answers if isinstance(answer, Completion)]
    down = [answer for answer in answers if isinstance(answer, ModelUnavailableError)]
    refused = [answer for answer in answers if isinstance(answer, BudgetExceededError)]
    assert len(done) + len(down) + len(refused) == 200
    assert done
    assert refused
    spent = root.spent
    assert spent.calls == len(done)
    assert spent.usd == pytest.approx(sum(answer.usage.usd for answer in done))
    assert budget.usd is None or 0.9 * budget.usd < spent.usd <= budget.usd
    assert budget.tokens is None or 0.9 * budget.tokens < spent.tokens <= budget.tokens
    assert budget.calls is None or spent.calls == budget.calls
    assert root.reserved == Usage()
