"""A plan: subtasks and what each needs, as a checked directed acyclic graph."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from agentkit.budget import Budget
from agentkit.errors import PlanError
from agentkit.frozen import Frozen

if TYPE_CHECKING:
    from rich.tree import Tree

__all__ = ["CriticalPath", "Plan", "PlanDiff", "Subtask", "SubtaskState"]

SubtaskState = Literal["pending", "running", "waiting", "done", "failed", "blocked"]
"""Where a subtask stands: not begun; under way; a person must answer; done; failed; a need of it failed."""

MAX_SUBTASKS = 2000
"""More than this in one plan is taken for a planner gone wild."""

MAX_ID = 64
"""Characters of a subtask's id."""


class Subtask(Frozen):
    """One piece of a plan, for one worker."""

    id: str = Field(min_length=1, max_length=MAX_ID)
    """Names it within the plan."""
    goal: str = Field(min_length=1)
    """What to do; understandable without the rest of the plan."""
    expects: str = ""
    """What its result must contain."""
    needs: tuple[str, ...] = ()
    """Ids of the subtasks whose results it uses."""
    worker: str | None = None
    """Who does it; None leaves it to the coordinator."""
    budget: Budget | None = None
    """Limits of its own, within those of the run."""

    @field_validator("needs")
    @classmethod
    def _needs_once(cls, needs: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(needs))


class CriticalPath(Frozen):
    """The chain of subtasks that decides how soon a plan can be done."""

    ids: tuple[str, ...]
    """The chain, first to last."""
    length: float
    """The sum of its durations (the number of subtasks where none were given)."""


class PlanDiff(Frozen):
    """How one plan differs from another."""

    added: tuple[str, ...] = ()
    """Ids only in the newer plan."""
    removed: tuple[str, ...] = ()
    """Ids only in the older plan."""
    changed: tuple[str, ...] = ()
    """Ids in both, with another goal, need, worker or form."""
    kept: tuple[str, ...] = ()
    """Ids that are the same in both."""

    @property
    def empty(self) -> bool:
        """Whether the plans are the same."""
        return not (self.added or self.removed or self.changed)


class Plan(Frozen):
    """Subtasks that together do a task.

    Raises `PlanError`, naming the subtasks, for duplicate ids, unknown or circular needs, an empty
    plan (nothing would give the answer), and more than 2,000 subtasks.

    >>> plan = Plan(subtasks=(Subtask(id="a", goal="count"), Subtask(id="b", goal="report", needs=("a",))))
    >>> plan.ready(done={"a"}), plan.terminals
    (('b',), ('b',))
    """

    subtasks: tuple[Subtask, ...]
    """The pieces, in any order."""

    @model_validator(mode="after")
    def _is_a_graph(self) -> Self:
        if not self.subtasks:
            raise PlanError("the plan has no terminal subtask", mend="give it at least one subtask")
        if len(self.subtasks) > MAX_SUBTASKS:
            extra = tuple(s.id for s in self.subtasks[MAX_SUBTASKS:])
            text = f"{len(self.subtasks)} subtasks are too many (at most {MAX_SUBTASKS})"
            raise PlanError(text, subtasks=extra, mend="make the subtasks larger")
        self._check_ids()
        if len(self.order) < len(self.subtasks):
            cycle = _find_cycle({s.id: s.needs for s in self.subtasks})
            text = f"subtasks wait for each other in a circle: {' → '.join((*cycle, cycle[0]))}"
            raise PlanError(text, subtasks=cycle, mend="remove one of these needs")
        return self

    def _check_ids(self) -> None:
        if len(self.by_id) < len(self.subtasks):
            ids = [s.id for s in self.subtasks]
            twice = tuple(dict.fromkeys(i for i in ids if ids.count(i) > 1))
            raise PlanError(
                f"subtask ids are used twice: {', '.join(twice)}", subtasks=twice, mend="rename them"
            )
        for subtask in self.subtasks:
            if unknown := [n for n in subtask.needs if n not in self.by_id]:
                raise PlanError(
                    f"subtask {subtask.id} needs {', '.join(unknown)}, which the plan does not have",
                    subtasks=(subtask.id,),
                    mend=f"known subtasks: {', '.join(list(self.by_id)[:20])}",
                )

    @cached_property
    def by_id(self) -> dict[str, Subtask]:
        """The subtasks by id."""
        return {s.id: s for s in self.subtasks}

    @cached_property
    def dependents(self) -> dict[str, tuple[str, ...]]:
        """For each subtask, those that need it."""
        found: dict[str, list[str]] = {s.id: [] for s in self.subtasks}
        for subtask in self.subtasks:
            for need in subtask.needs:
                found[need].append(subtask.id)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Ids in topological order, ties broken by position; shorter than the plan only for a cycle."""
        position = {s.id: n for n, s in enumerate(self.subtasks)}
        open_needs = {s.id: len(s.needs) for s in self.subtasks}
        heap = [position[i] for i, count in open_needs.items() if count == 0]
        heapq.heapify(heap)
        found: list[str] = []
        while heap:
            current = self.subtasks[heapq.heappop(heap)].id
            found.append(current)
            for follower in self.dependents[current]:
                open_needs[follower] -= 1
                if open_needs[follower] == 0:
                    heapq.heappush(heap, position[follower])
        return tuple(found)

    @cached_property
    def by_urgency(self) -> tuple[str, ...]:
        """Ids in topological order, those with the longest chain of followers first."""
        height: dict[str, int] = {}
        for current in reversed(self.order):
            height[current] = 1 + max((height[f] for f in self.dependents[current]), default=0)
        return tuple(sorted(self.order, key=lambda i: -height[i]))

    @cached_property
    def terminals(self) -> tuple[str, ...]:
        """Ids of the subtasks that no other needs; the answer comes from them."""
        return tuple(s.id for s in self.subtasks if not self.dependents[s.id])

    def ready(self, done: Collection[str], started: Collection[str] = ()) -> tuple[str, ...]:
        """Ids that can begin now: not done, not started, and all that they need is done."""
        finished = set(done)
        return tuple(
            s.id
            for s in self.subtasks
            if s.id not in finished and s.id not in started and finished.issuperset(s.needs)
        )

    def critical_path(self, durations: Mapping[str, float] | None = None) -> CriticalPath:
        """The longest chain; every subtask counts 1 unless `durations` (seconds, say) tells otherwise."""
        best: dict[str, float] = {}
        previous: dict[str, str | None] = {}
        for current in self.order:
            needs = self.by_id[current].needs
            before = max(needs, key=best.__getitem__, default=None)
            previous[current] = before
            own = 1.0 if durations is None else durations.get(current, 0.0)
            best[current] = own + (best[before] if before is not None else 0.0)
        last: str | None = max(best, key=best.__getitem__)
        length, chain = best[last or ""], []
        while last is not None:
            chain.append(last)
            last = previous[last]
        return CriticalPath(ids=tuple(reversed(chain)), length=length)

    def diff(self, newer: Plan) -> PlanDiff:
        """What `newer` adds, removes and changes."""
        both = [i for i in self.by_id if i in newer.by_id]
        return PlanDiff(
            added=tuple(i for i in newer.by_id if i not in self.by_id),
            removed=tuple(i for i in self.by_id if i not in newer.by_id),
            changed=tuple(i for i in both if self.by_id[i] != newer.by_id[i]),
            kept=tuple(i for i in both if self.by_id[i] == newer.by_id[i]),
        )

    def graft(self, subtask_id: str, pieces: Plan) -> Plan:
        """Put a smaller plan in a subtask's place.

        The pieces get ids of the form `old.piece`; those without needs inherit the old subtask's,
        and whatever needed the old subtask now needs the pieces' terminals. Raises `PlanError` where
        an id is there already or grows too long.
        """
        old = self.by_id[subtask_id]
        named = {p.id: f"{subtask_id}.{p.id}" for p in pieces.subtasks}
        if long := tuple(i for i in named.values() if len(i) > MAX_ID):
            text = f"ids are longer than {MAX_ID} characters: {', '.join(long)}"
            raise PlanError(text, subtasks=long, mend="give the pieces shorter ids")
        inside = [
            p.model_copy(update={"id": named[p.id], "needs": tuple(named[n] for n in p.needs) or old.needs})
            for p in pieces.subtasks
        ]
        ends = tuple(named[i] for i in pieces.terminals)
        result: list[Subtask] = []
        for subtask in self.subtasks:
            if subtask.id == subtask_id:
                result.extend(inside)
            elif subtask_id in subtask.needs:
                others = tuple(n for n in subtask.needs if n != subtask_id)
                result.append(subtask.model_copy(update={"needs": others + ends}))
            else:
                result.append(subtask)
        return Plan(subtasks=tuple(result))

    def mermaid(self, states: Mapping[str, SubtaskState] | None = None) -> str:
        """The plan as a Mermaid flowchart, coloured by state where states are given."""
        number = {s.id: f"s{n}" for n, s in enumerate(self.subtasks)}
        lines = ["flowchart TD"]
        for subtask in self.subtasks:
            text = f"{subtask.id}: {subtask.goal}".replace('"', "'").replace("\n", " ")
            lines.append(f'    {number[subtask.id]}["{text[:77] + "…" if len(text) > 78 else text}"]')
        lines += [f"    {number[need]} --> {number[s.id]}" for s in self.subtasks for need in s.needs]
        if states:
            lines += [f"    class {number[i]} {state}" for i, state in states.items() if i in number]
            lines.append("    classDef done fill:#d3f9d8\n    classDef failed fill:#ffc9c9")
            lines.append("    classDef running fill:#fff3bf\n    classDef waiting fill:#d0ebff")
        return "\n".join(lines)

    def __rich__(self) -> Tree:
        from rich.markup import escape
        from rich.tree import Tree

        tree = Tree("plan")
        for key in self.order:
            subtask = self.by_id[key]
            after = f" [dim]after {escape(', '.join(subtask.needs))}[/dim]" if subtask.needs else ""
            tree.add(f"[bold]{escape(key)}[/bold] {escape(subtask.goal)}{after}")
        return tree


def _find_cycle(needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The ids of one cycle, each followed by one that waits for it. There must be a cycle."""
    remaining = dict(needs)
    while free := [i for i, wanted in remaining.items() if not any(w in remaining for w in wanted)]:
        for i in free:
            del remaining[i]
    current = next(iter(remaining))
    trail: list[str] = []
    while current not in trail:
        trail.append(current)
        current = next(n for n in remaining[current] if n in remaining)
    return tuple(reversed(trail[trail.index(current) :]))
