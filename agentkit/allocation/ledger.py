"""The ledger: money, tokens, seconds and calls are reserved before they are spent, in nested scopes.

Before a model call its upper bound is reserved in the caller's scope and in every scope above;
afterwards the truth is settled. So no limit is passed however many calls run side by side. A ledger
belongs to one event loop; it is not safe to share between threads.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agentkit.allocation.amounts import PICODOLLARS, Amounts
from agentkit.allocation.room import Room, Want, room_for
from agentkit.budget import Budget, Limit, Usage
from agentkit.errors import BudgetExceededError, SettingsError
from agentkit.protocols import Price

__all__ = ["COMFORTABLE_GRANT", "SMALLEST_GRANT", "Ledger", "Reservation", "Scope"]

SMALLEST_GRANT = 64
"""Tokens to generate. A call that asked for more is refused rather than cut down below this: an
answer that breaks off so early is money thrown away."""

COMFORTABLE_GRANT = 1024
"""Tokens to generate. While calls under way may yet give room back, a call waits rather than be cut
down below this (or what it asked for, or what it could get at best, if less): most answers fit."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Decision:
    """What becomes of a wish: so many tokens are granted; or, if 0, it waits for room in `blocked`."""

    grant: int
    blocked: tuple[Scope, ...] = ()


@dataclass(slots=True, eq=False)
class _Waiter:
    """A call that waits for room."""

    scope: Scope
    want: Want
    future: asyncio.Future[Reservation | BudgetExceededError]
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False)
class Reservation:
    """The right to make one model call. Exactly one of `settle`, `release`, `forfeit` has effect.

    As a context manager it releases itself where none of them was called.
    """

    scope: Scope
    """Whose budget it is."""
    max_tokens: int
    """Tokens that may be generated; fewer than asked for where less was left."""
    price: Price | None
    """The price that it was reckoned with, in US dollars a token."""
    bound: Amounts
    """What is held until it ends."""
    open: bool = True
    """Whether it still holds anything."""

    def settle(self, usage: Usage) -> None:
        """Count what was truly spent, even where it is more than was reserved."""
        if self.open:
            self._end(Amounts.of(usage))

    def release(self) -> None:
        """Give everything back: nothing was spent."""
        if self.open:
            self._end(None)

    def forfeit(self, prompt_tokens: int | None = None) -> Usage:
        """Count the upper bound, since a call cut off half-way may have cost that much.

        `prompt_tokens` bounds the prompt where nothing did when reserving. Returns what was counted:
        nothing where the reservation had ended before.
        """
        if not self.open:
            return Usage()
        lost = self.bound
        if prompt_tokens is not None:
            lost = Amounts.bound(prompt_tokens, self.max_tokens, self.price)
        self._end(lost)
        return lost.usage()

    def _end(self, spent: Amounts | None) -> None:
        self.open = False
        for scope in self.scope._chain:
            scope._held.take_back(self.bound)
            if spent is not None:
                scope._spent.add(spent)
        ledger = self.scope._ledger
        if ledger._waiting:
            ledger._serve_waiters()

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


class Scope:
    """A part of a run with limits of its own, within those of the scopes above it.

    Made by `Ledger` and `child`.
    """

    def __init__(
        self, ledger: Ledger, parent: Scope | None, path: str, budget: Budget, elapsed: float
    ) -> None:
        self.path = path
        """Names it: the names from the root down, with slashes between."""
        self.budget = budget
        """Its own limits."""
        self._ledger = ledger
        self._chain: tuple[Scope, ...] = (self, *parent._chain) if parent else (self,)
        self._children: dict[str, Scope] = {}
        self._spent = Amounts()
        self._held = Amounts()
        self._began = ledger._clock() - elapsed
        self._limited: tuple[Scope, ...] = ()
        self._timed: tuple[Scope, ...] = ()
        self._find_limits()

    def child(self, name: str, budget: Budget | None = None, *, elapsed: float = 0.0) -> Scope:
        """The scope of this name within this one; the same name gives the same scope.

        Its clock starts when it first gets a time limit, `elapsed` seconds ahead. A `budget` given
        later takes the place of the one before; None leaves it as it is. A slash in a name is
        written `%2F` in the path.
        """
        return self._child_at(name.replace("%", "%25").replace("/", "%2F"), budget, elapsed)

    def add_spent(self, usage: Usage, *, above: bool = True) -> None:
        """Count what was spent before this ledger was made; scopes above may have counted it already."""
        amounts = Amounts.of(usage)
        for scope in self._chain if above else (self,):
            scope._spent.add(amounts)

    def close(self) -> None:
        """Take it out of the scope above, which keeps what was spent here and is being spent."""
        if len(self._chain) > 1:
            self._chain[1]._children.pop(self.path.rpartition("/")[2], None)

    def _child_at(self, part: str, budget: Budget | None = None, elapsed: float = 0.0) -> Scope:
        found = self._children.get(part)
        if found is None:
            found = Scope(self._ledger, self, f"{self.path}/{part}", budget or Budget(), elapsed)
            self._children[part] = found
        elif budget is not None and budget != found.budget:
            if found.budget.seconds is None:
                found._began = self._ledger._clock() - elapsed
            found.budget = budget
            found._find_limits()
            self._ledger._limits_changed()
        return found

    def _find_limits(self) -> None:
        """Note which scopes of the chain have limits at all, here and below."""
        chain = self._chain
        self._limited = tuple(s for s in chain if _limits_amounts(s.budget))
        self._timed = tuple(s for s in chain if s.budget.seconds is not None)
        for scope in self._children.values():
            scope._find_limits()

    @property
    def spent(self) -> Usage:
        """What was spent here and in the scopes below, earlier sessions of the run included."""
        return self._spent.usage()

    @property
    def reserved(self) -> Usage:
        """What calls under way here and below may cost at most."""
        return self._held.usage()

    @property
    def bounds_tokens(self) -> bool:
        """Whether a limit here or above counts tokens or money, so that prompts must be measured."""
        return any(s.budget.tokens is not None or s.budget.usd is not None for s in self._limited)

    def seconds_left(self) -> float | None:
        """Seconds until the first time limit here or above, 0 once it has passed; None without one."""
        if not self._timed:
            return None
        return max(0.0, min(s._own_seconds_left() for s in self._timed))

    def _own_seconds_left(self) -> float:
        return self._began + (self.budget.seconds or 0.0) - self._ledger._clock()

    def check(self) -> None:
        """Raise `BudgetExceededError` where a limit here or above is used up already."""
        self._check_seconds()
        for scope in self._limited:
            budget, spent = scope.budget, scope._spent
            if budget.calls is not None and spent.calls >= budget.calls:
                raise scope._exceeded("calls")
            if budget.tokens is not None and spent.prompt + spent.completion >= budget.tokens:
                raise scope._exceeded("tokens")
            if budget.usd is not None and spent.money >= round(budget.usd * PICODOLLARS):
                raise scope._exceeded("usd")

    def out_of_time(self) -> BudgetExceededError:
        """The error that says which time limit ran out; there must be one here or above."""
        return min(self._timed, key=Scope._own_seconds_left)._exceeded("seconds")

    def _check_seconds(self) -> None:
        if self.seconds_left() == 0:
            raise self.out_of_time()

    def _exceeded(self, limit: Limit) -> BudgetExceededError:
        spent = self._spent.usage()
        amounts: dict[Limit, float] = {
            "usd": spent.usd,
            "tokens": spent.tokens,
            "calls": spent.calls,
            "seconds": self._ledger._clock() - self._began,
        }
        cap = getattr(self.budget, limit)
        return BudgetExceededError(limit, cap=cap, spent=amounts[limit], scope=self.path)

    async def reserve(
        self, prompt_tokens: int, max_tokens: int, price: Price | None, *, model: str
    ) -> Reservation:
        """Hold the most that one call can cost, here and in every scope above.

        Where less is left, fewer tokens are granted, down to `SMALLEST_GRANT`. Where calls under
        way hold what is missing, it waits for them, first come first served; so hold no
        reservation while waiting for another of the same ledger. Raises `BudgetExceededError` where
        waiting cannot help or time runs out, and `SettingsError` for a limit in US dollars and a
        `model` without a price.
        """
        if prompt_tokens < 0 or max_tokens <= 0:
            raise ValueError("a call has no negative prompt and generates at least one token")
        if self._timed:
            self._check_seconds()
        want = Want(prompt_tokens, max_tokens, price)
        if not self._limited:
            return self._hold(want, max_tokens)
        if price is None:
            self._check_price_needed(model)
        fits = all(s._room(want, s._held).tokens >= max_tokens for s in self._limited)
        if fits and not self._ledger._waiting:
            return self._hold(want, max_tokens)
        self._decide(want)  # Refuses at once what can never be.
        return await self._ledger._wait(self, want)

    def _check_price_needed(self, model: str) -> None:
        for scope in self._limited:
            if scope.budget.usd is not None:
                raise SettingsError(
                    f"{scope.path} has a budget in US dollars, but the price of the model {model} is unknown",
                    where=model,
                    mend=f'give it in agentkit.toml under [prices."{model}"], or use a token budget instead',
                )

    def _hold(self, want: Want, tokens: int) -> Reservation:
        bound = Amounts.bound(want.prompt_tokens, tokens, want.price)
        for scope in self._chain:
            scope._held.add(bound)
        return Reservation(self, tokens, want.price, bound)

    def _decide(self, want: Want) -> _Decision:
        """Grant or wait. Raises `BudgetExceededError` where even the end of all calls would not help."""
        self._check_seconds()
        at_best = want.max_tokens
        for scope in self._limited:
            room = scope._room(want, _NOTHING)
            if room.tokens < min(want.max_tokens, SMALLEST_GRANT):
                raise scope._exceeded(room.limit)
            at_best = min(at_best, room.tokens)
        enough = min(at_best, COMFORTABLE_GRANT)
        grant, blocked = want.max_tokens, []
        for scope in self._limited:
            now = scope._room(want, scope._held).tokens
            grant = min(grant, now)
            if now < enough:
                blocked.append(scope)
        return _Decision(0, tuple(blocked)) if blocked else _Decision(grant)

    def _room(self, want: Want, held: Amounts) -> Room:
        return room_for(want, self.budget, self._spent, held)


_NOTHING = Amounts()


def _limits_amounts(budget: Budget) -> bool:
    return budget.usd is not None or budget.tokens is not None or budget.calls is not None


class Ledger:
    """Keeps a run within its budget.

    `spent` tells what earlier sessions of the run spent, by scope path (`run`, `run/s1`, …), each
    path's own direct spending without that of the scopes below it: the ledger adds that up itself.
    `elapsed` is the wall-clock time of those sessions in seconds.

    >>> ledger = Ledger(Budget(tokens=1000), spent={"run/s1": Usage(calls=1, prompt_tokens=300)})
    >>> ledger.root.spent.tokens
    300
    """

    def __init__(
        self,
        budget: Budget = Budget(),  # noqa: B008 - immutable
        *,
        spent: Mapping[str, Usage] | None = None,
        elapsed: float = 0.0,
        clock: Clock = time.monotonic,
    ) -> None:
        self._clock = clock
        self._waiting: dict[_Waiter, None] = {}
        self.root = Scope(self, None, "run", budget, elapsed)
        """The scope of the whole run."""
        for path, usage in (spent or {}).items():
            first, *parts = path.split("/")
            if first != self.root.path:
                raise ValueError(f"scope paths begin with {self.root.path!r}, not {path!r}")
            scope = self.root
            for part in parts:
                scope = scope._child_at(part)
            scope.add_spent(usage)

    async def _wait(self, scope: Scope, want: Want) -> Reservation:
        waiter = _Waiter(scope, want, asyncio.get_running_loop().create_future())
        self._waiting[waiter] = None
        self._set_timer(waiter)
        self._serve_waiters()
        try:
            outcome = await waiter.future
        except asyncio.CancelledError:
            self._withdraw(waiter)
            raise
        finally:
            if waiter.timer is not None:
                waiter.timer.cancel()
        if isinstance(outcome, BudgetExceededError):
            raise outcome
        return outcome

    def _withdraw(self, waiter: _Waiter) -> None:
        """A waiter was cancelled: free its place, or what it was granted a moment ago."""
        self._waiting.pop(waiter, None)
        if waiter.future.done() and not waiter.future.cancelled():
            outcome = waiter.future.result()
            if isinstance(outcome, Reservation):
                outcome.release()
        self._serve_waiters()

    def _serve_waiters(self) -> None:
        """Grant or refuse whoever can be, in the order of coming.

        A later call may overtake an earlier one only where it takes none of the room that the
        earlier one waits for: a subtask at its own limit does not hold up the others, yet nobody
        is overtaken for ever.
        """
        blocked: set[Scope] = set()
        served: list[_Waiter] = []
        for waiter in self._waiting:
            if self.root in blocked:
                break
            if waiter.future.done():
                served.append(waiter)
            elif blocked.isdisjoint(waiter.scope._chain):
                try:
                    decision = waiter.scope._decide(waiter.want)
                except BudgetExceededError as refusal:
                    waiter.future.set_result(refusal)
                    served.append(waiter)
                    continue
                if decision.grant:
                    waiter.future.set_result(waiter.scope._hold(waiter.want, decision.grant))
                    served.append(waiter)
                blocked.update(decision.blocked)
        for waiter in served:
            del self._waiting[waiter]

    def _set_timer(self, waiter: _Waiter) -> None:
        """Wake the waiter when its time is up."""
        if waiter.timer is not None:
            waiter.timer.cancel()
        left = waiter.scope.seconds_left()
        if left is not None:
            waiter.timer = asyncio.get_running_loop().call_later(left, self._time_is_up, waiter)

    def _time_is_up(self, waiter: _Waiter) -> None:
        if waiter.future.done():
            return
        if waiter.scope.seconds_left() == 0:
            del self._waiting[waiter]
            waiter.future.set_result(waiter.scope.out_of_time())
            self._serve_waiters()
        else:  # The loop's clock ran a little ahead of ours.
            self._set_timer(waiter)

    def _limits_changed(self) -> None:
        for waiter in self._waiting:
            self._set_timer(waiter)
        self._serve_waiters()
