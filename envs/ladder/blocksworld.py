"""Containers in stacks, moved one by one by a crane until they stand as wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Replay, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_plan, paragraphs, table

__all__ = ["Blocksworld", "Yard", "fewest_moves"]

_BLOCKS: dict[Size, int] = {"small": 4, "medium": 8, "large": 20}
_ARGUMENTS = {"pick-up": 1, "put-down": 1, "stack": 2, "unstack": 2}
GROUND = "ground"
"""What a container stands on that stands on no other."""


@dataclass(frozen=True, slots=True)
class Yard:
    """What every container stands on, now and in the end."""

    now: Mapping[str, str]
    wanted: Mapping[str, str]


class Blocksworld:
    """The shortest plan that turns stacks of blocks into other stacks, for a hand that holds one."""

    name = "blocksworld"
    aim: Aim = "shortest plan"
    unit = "actions"
    proofs = dict.fromkeys(_BLOCKS, "smallest set of blocks that must wait, by HiGHS over cycles of moves")
    actions = _ARGUMENTS

    def make(self, size: Size, seed: int) -> Instance[Yard]:
        """Two random ways of standing that share no stack's whole order."""
        dice = dice_for(self.name, size, seed)
        names = [f"C{number:02}" for number in range(1, _BLOCKS[size] + 1)]
        while True:
            yard = Yard(_stacks(dice, names), _stacks(dice, names))
            misplaced = frozenset(_misplaced(yard))
            # Where no container had to be moved twice, the plan would be too easy to see.
            is_tangled = bool(_cycle(_order(yard, misplaced, frozenset())))
            if len(misplaced) >= len(names) * 3 // 4 and (is_tangled or size == "small"):
                break
        rows = [(name, yard.now[name], yard.wanted[name]) for name in names]
        if size == "large":
            files = {"containers.csv": separated(_HEADER, rows)}
            data = "What each container stands on, now and in the end, is in containers.csv."
            return Instance(size, seed, yard, _text(yard, size, data), files)
        data = f"What each container stands on, now and in the end:\n\n{table(_HEADER, rows)}"
        return Instance(size, seed, yard, _text(yard, size, data))

    def gold(self, instance: Instance[Yard]) -> int:
        """Two actions a move: the crane must be empty in the end, as all containers stand somewhere."""
        return 2 * fewest_moves(instance.data)

    def replay(self, instance: Instance[Yard], plan: Sequence[Sequence[str]]) -> Replay:
        """Carry the actions out, one by one."""
        names = {name.lower(): name for name in instance.data.now}
        standing, held = dict(instance.data.now), ""
        for number, (action, *arguments) in enumerate(plan):
            if unknown := [argument for argument in arguments if argument not in names]:
                return Replay(False, number, f"action {number + 1}: there is no {unknown[0]}")
            step = [action, *(names[argument] for argument in arguments)]
            if fault := _fault(standing, held, step):
                return Replay(False, number, f"action {number + 1} ({' '.join(step)}): {fault}")
            held = _carry_out(standing, step)
        if held or standing != instance.data.wanted:
            return Replay(False, len(plan), "the containers do not stand as wanted")
        return Replay(True, len(plan))


def fewest_moves(yard: Yard) -> int:
    """The fewest moves, after Slaney and Thiébaux 2001: every misplaced block once, and some twice.

    No block needs more than two moves, for it can wait on the ground. A set of blocks may go straight to
    their places if and only if the order in which moves must come has no cycle when all others wait on the
    ground in between. So the blocks that wait are a smallest set that hits every cycle; cycles are added to
    an integer program as they show.
    """
    misplaced = frozenset(_misplaced(yard))
    # Waiting does not help a block that goes to the ground anyway.
    able = sorted(name for name in misplaced if yard.wanted[name] != GROUND)
    program = Program()
    columns = {name: program.column(1) for name in able}
    waiting: frozenset[str] = frozenset()
    while cycle := _cycle(_order(yard, misplaced, waiting)):
        program.row([(columns[name], 1) for name in cycle if name in columns.keys() - waiting], low=1)
        values = program.solve().values
        waiting = frozenset(name for name, column in columns.items() if values[column] > 0.5)
    return len(misplaced) + len(waiting)


def _misplaced(yard: Yard) -> set[str]:
    """Blocks that do not stand on what they should stand on, or stand on one that is misplaced."""

    def in_place(name: str) -> bool:
        under = yard.wanted[name]
        return yard.now[name] == under and (under == GROUND or in_place(under))

    return {name for name in yard.now if not in_place(name)}


def _order(yard: Yard, misplaced: frozenset[str], waiting: frozenset[str]) -> dict[str, set[str]]:
    """For each event (a block's leaving its old place, or reaching its last), the events that come before it.

    A block that does not wait leaves and arrives in one event.
    """
    before: dict[str, set[str]] = {}

    def arrives(name: str) -> str:
        return f"{name} arrives" if name in waiting else name

    for name in misplaced:
        before.setdefault(name, set())
        before.setdefault(arrives(name), set())
        if name in waiting:
            before[arrives(name)].add(name)
        under = yard.wanted[name]
        if under in misplaced:
            before[arrives(name)].add(arrives(under))
    for name, under in yard.now.items():
        if name in misplaced and under in misplaced:
            before[under].add(name)
        elif name in misplaced and under != GROUND:
            # What is to stand on a block in place must wait until it is clear.
            for other in misplaced:
                if yard.wanted[other] == under:
                    before[arrives(other)].add(name)
    return before


def _cycle(before: Mapping[str, set[str]]) -> list[str]:
    """Events that would each have to come before the next, round and round; none where all can be ordered."""
    left = dict(before)
    while able := [event for event, others in left.items() if others.isdisjoint(left)]:
        for event in able:
            del left[event]
    way: list[str] = []
    event = min(left, default="")
    while event and event not in way:
        way.append(event)
        event = min(other for other in left[event] if other in left)
    return way[way.index(event) :] if event else []


def _fault(standing: Mapping[str, str], held: str, step: Sequence[str]) -> str:
    """Why this action is not allowed now; empty where it is."""
    action, name, *target = step
    if action in ("put-down", "stack"):
        if held != name:
            return f"the crane does not hold {name}"
        return _not_clear(standing, target[0]) if target else ""
    if held:
        return f"the crane holds {held}"
    under = target[0] if target else GROUND
    if standing.get(name) != under:
        return f"{name} does not stand on {'the ground' if under == GROUND else under}"
    return _not_clear(standing, name)


def _not_clear(standing: Mapping[str, str], name: str) -> str:
    if name not in standing:
        return f"{name} is in the air"
    above = [other for other, under in standing.items() if under == name]
    return f"{above[0]} stands on {name}" if above else ""


def _carry_out(standing: dict[str, str], step: Sequence[str]) -> str:
    """Change what stands where; what the crane holds then."""
    action, name, *target = step
    if action in ("put-down", "stack"):
        standing[name] = target[0] if target else GROUND
        return ""
    del standing[name]
    return name


def _stacks(dice: Dice, names: Sequence[str]) -> dict[str, str]:
    standing: dict[str, str] = {}
    tops: list[str] = []
    for name in dice.shuffled(names):
        if not tops or dice.chance(0.25):
            standing[name] = GROUND
            tops.append(name)
        else:
            place = dice.whole(0, len(tops) - 1)
            standing[name], tops[place] = tops[place], name
    return {name: standing[name] for name in names}


_HEADER = ("container", "stands_on_now", "stands_on_wanted")


def _actions() -> Iterator[str]:
    yield "pick-up X: lift container X off the ground; X must stand on the ground with nothing on it."
    yield "unstack X Y: lift container X off container Y; X must stand on Y with nothing on X."
    yield "put-down X: set container X, which the crane holds, on the ground."
    yield "stack X Y: set container X, which the crane holds, on container Y, which must have nothing on it."


def _text(yard: Yard, size: Size, data: str) -> str:
    opening = f"""
        In our yard stand {len(yard.now)} containers, each on the ground or on another container, and at most
        one directly on each. There is room on the ground for all of them. A crane moves them one at a time.
        It can hold one container, holds none at the beginning, and can lift one only while it holds none. It
        knows four actions:"""
    actions = "\n".join(f"- {action}" for action in _actions())
    asked = """
        What is the shortest sequence of actions after which every container stands as wanted? Every action
        counts one."""
    end = ask_plan(size, "unstack C01 C02\nput-down C01\npick-up C03\nstack C03 C01")
    return "\n\n".join([paragraphs(opening), actions, data, paragraphs(asked), end])
