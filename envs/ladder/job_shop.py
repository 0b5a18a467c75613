"""Jobs that pass through machines, each in an order of its own: how soon can all be done?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.outside import job_shop_by_cp_sat
from agentkit.envs.ladder.wording import ask_value, paragraphs, table

__all__ = ["JobShop", "Operation", "Shop", "shortest_by_branching"]

_SIDES: dict[Size, int] = {"small": 3, "medium": 6, "large": 10}
"""Jobs, and machines."""
_PROOFS: dict[Size, str] = {
    "small": "branch and bound over active schedules",
    "medium": "branch and bound over active schedules",
    "large": "CP-SAT in a process of its own, proven optimal",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """A job's stay at a machine."""

    machine: int
    """Counted from 0."""
    minutes: int


@dataclass(frozen=True, slots=True)
class Shop:
    """The jobs: each is its operations in order."""

    jobs: tuple[tuple[Operation, ...], ...]
    machines: int


class JobShop:
    """The least makespan of a job shop, every job visiting every machine once."""

    name = "job_shop"
    aim: Aim = "least"
    unit = "minutes"
    proofs = _PROOFS

    def make(self, size: Size, seed: int) -> Instance[Shop]:
        """Random routes and times."""
        shop = _shop(dice_for(self.name, size, seed), _SIDES[size])
        if size == "large":
            rows = [
                (f"J{job:02}", step, f"M{operation.machine + 1:02}", operation.minutes)
                for job, operations in enumerate(shop.jobs, start=1)
                for step, operation in enumerate(operations, start=1)
            ]
            files = {"operations.csv": separated(("job", "step", "machine", "minutes"), rows)}
            data = "The operations are in operations.csv, one line each; step gives their order in the job."
            return Instance(size, seed, shop, _text(shop, size, data), files)
        data = f"Each line gives a job's operations in order, as machine:minutes.\n\n{_lines(shop)}"
        return Instance(size, seed, shop, _text(shop, size, data))

    def gold(self, instance: Instance[Shop]) -> int:
        """By branch and bound; the large ones by CP-SAT, outside."""
        shop = instance.data
        if instance.size != "large":
            return shortest_by_branching(shop)
        return job_shop_by_cp_sat([[(o.machine, o.minutes) for o in job] for job in shop.jobs])


@dataclass(slots=True)
class _State:
    """A schedule under construction."""

    done: list[int]
    """Operations carried out of each job."""
    job_free: list[int]
    machine_free: list[int]


def shortest_by_branching(shop: Shop) -> int:
    """The least makespan over all active schedules (Giffler and Thompson 1960), depth first.

    A branch is cut where a machine's or a job's remaining work cannot end before the best schedule found.
    """
    tails = [[sum(o.minutes for o in job[step:]) for step in range(len(job) + 1)] for job in shop.jobs]
    best = sum(tail[0] for tail in tails)
    jobs, machines = len(shop.jobs), shop.machines
    stack = [_State([0] * jobs, [0] * jobs, [0] * machines)]
    while stack:
        state = stack.pop()
        if _bound(shop, tails, state) >= best:
            continue
        if all(done == len(job) for done, job in zip(state.done, shop.jobs, strict=True)):
            best = max(state.job_free)
            continue
        able = list(_next_states(shop, state))
        able.sort(key=lambda entry: _bound(shop, tails, entry), reverse=True)
        stack += able
    return best


def _next_states(shop: Shop, state: _State) -> Iterator[_State]:
    """One for each operation that may come next on the machine where something can end first."""
    heads = {}
    for job, operations in enumerate(shop.jobs):
        if state.done[job] < len(operations):
            operation = operations[state.done[job]]
            start = max(state.job_free[job], state.machine_free[operation.machine])
            heads[job] = (start, start + operation.minutes, operation.machine)
    _, machine, first_end = min((end, machine, end) for _, end, machine in heads.values())
    for job, (start, end, where) in heads.items():
        if where == machine and start < first_end:
            done, job_free, machine_free = list(state.done), list(state.job_free), list(state.machine_free)
            done[job] += 1
            job_free[job] = machine_free[machine] = end
            yield _State(done, job_free, machine_free)


def _bound(shop: Shop, tails: Sequence[Sequence[int]], state: _State) -> int:
    """Before which no schedule that begins so can end: a machine at a time, interruptions allowed."""
    waiting: list[list[tuple[int, int, int]]] = [[] for _ in range(shop.machines)]
    bound = 0
    for job, operations in enumerate(shop.jobs):
        ready = state.job_free[job]
        for step in range(state.done[job], len(operations)):
            operation = operations[step]
            ready = max(ready, state.machine_free[operation.machine])
            waiting[operation.machine].append((ready, operation.minutes, tails[job][step + 1]))
            ready += operation.minutes
        bound = max(bound, ready)
    return max([bound, *(_one_machine(work) for work in waiting if work)])


def _one_machine(work: list[tuple[int, int, int]]) -> int:
    """Jackson's preemptive schedule: (ready, minutes, tail) each; always go on with the longest tail."""
    import heapq

    left = sorted(work, reverse=True)
    now, last = 0, 0
    open_work: list[tuple[int, int]] = []
    while left or open_work:
        if not open_work:
            now = max(now, left[-1][0])
        while left and left[-1][0] <= now:
            _, minutes, tail = left.pop()
            heapq.heappush(open_work, (-tail, minutes))
        tail, minutes = heapq.heappop(open_work)
        until = min(now + minutes, left[-1][0]) if left else now + minutes
        if until < now + minutes:
            heapq.heappush(open_work, (tail, now + minutes - until))
        else:
            last = max(last, until - tail)
        now = until
    return last


def _shop(dice: Dice, side: int) -> Shop:
    jobs = (
        tuple(Operation(machine, dice.whole(2, 30)) for machine in dice.shuffled(range(side)))
        for _ in range(side)
    )
    return Shop(tuple(jobs), side)


def _lines(shop: Shop) -> str:
    rows = [
        (f"J{job:02}", " ".join(f"M{o.machine + 1:02}:{o.minutes}" for o in operations))
        for job, operations in enumerate(shop.jobs, start=1)
    ]
    return table(("job", "operations"), rows)


def _text(shop: Shop, size: Size, data: str) -> str:
    opening = f"""
        Our workshop has {shop.machines} machines and {len(shop.jobs)} jobs. Every job visits every machine
        once, in an order of its own: its operations must be carried out in the given order, and none may
        begin before the one before it in the same job has ended. A machine works on one operation at a time,
        and an operation that has begun runs on without interruption. All jobs and machines are ready at
        minute 0; moving and setting up take no time. Times are whole minutes."""
    asked = "What is the earliest minute by which all jobs can be finished?"
    end = ask_value(size, "the least possible time in minutes from minute 0 until the last job is finished")
    return "\n\n".join([paragraphs(opening), data, asked, end])
