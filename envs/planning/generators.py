"""Plan problems from seeds: the same seed and size give the same problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from agentkit.envs.planning.domains import DOMAINS

__all__ = ["PlanProblem", "make_problem"]


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """A problem in both forms."""

    domain: str
    """The domain's PDDL."""
    problem: str
    """The problem's PDDL."""
    text: str
    """The problem in words, without the domain's rules."""
    rules: str
    """The domain's rules in words."""


def make_problem(family: str, size: int, seed: int) -> PlanProblem:
    """A problem of one of the plan families. Raises `KeyError` for another family.

    `size` is the number of blocks, objects, balls, snacks or parcels.

    >>> make_problem("gripper", 2, 0) == make_problem("gripper", 2, 0)
    True
    """
    rng = Random(f"planning/{family}/{size}/{seed}")
    facts = _MAKERS[family](size, rng)
    domain = DOMAINS[family]
    problem = _pddl(domain.pddl, facts)
    return PlanProblem(domain.pddl, problem, facts.text, domain.rules)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a generator makes up."""

    objects: str
    start: tuple[str, ...]
    goal: tuple[str, ...]
    text: str


def _pddl(domain: str, facts: _Facts) -> str:
    name = domain.split("(domain ", 1)[1].split(")", 1)[0]
    return (
        f"(define (problem made)\n  (:domain {name})\n  (:objects {facts.objects})\n"
        f"  (:init {' '.join(facts.start)})\n  (:goal (and {' '.join(facts.goal)})))\n"
    )


def _towers(names: list[str], rng: Random) -> list[list[str]]:
    """The names in towers, each from the bottom up."""
    towers: list[list[str]] = []
    for name in rng.sample(names, len(names)):
        place = rng.randrange(len(towers) + 1)
        if place == len(towers):
            towers.append([name])
        else:
            towers[place].append(name)
    return sorted(towers)


def _pairs(towers: list[list[str]]) -> list[tuple[str, str]]:
    """What stands on what."""
    return [(upper, lower) for tower in towers for lower, upper in pairwise(tower)]


def _two_states(size: int, rng: Random) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Towers to begin with, and what shall stand on what; not all of that holds already."""
    names = [f"{chr(97 + number % 26)}{number // 26 or ''}" for number in range(size)]
    while True:
        start, goal = _towers(names, rng), _pairs(_towers(names, rng))
        if not set(goal) <= set(_pairs(start)):
            return start, goal


def _blocksworld(size: int, rng: Random) -> _Facts:
    start, goal = _two_states(size, rng)
    names = sorted(name for tower in start for name in tower)
    facts = ["(handempty)"]
    facts += [f"(ontable {tower[0]})" for tower in start] + [f"(clear {tower[-1]})" for tower in start]
    facts += [f"(on {upper} {lower})" for upper, lower in _pairs(start)]
    lines = [f"There are {size} blocks: {', '.join(names)}. The arm is empty."]
    for tower in start:
        rest = "".join(f", {upper} on {lower}" for upper, lower in _pairs([tower]))
        lines.append(f"{tower[0]} stands on the table{rest}.")
    lines.append(f"Goal: {_joined(f'{upper} on {lower}' for upper, lower in goal)}.")
    wanted = tuple(f"(on {upper} {lower})" for upper, lower in goal)
    return _Facts(" ".join(names), tuple(facts), wanted, "\n".join(lines))


def _mystery(size: int, rng: Random) -> _Facts:
    start, goal = _two_states(size, rng)
    names = sorted(name for tower in start for name in tower)
    facts = ["(stillness)"]
    facts += [f"(rooted {tower[0]})" for tower in start] + [f"(bright {tower[-1]})" for tower in start]
    facts += [f"(shadows {upper} {lower})" for upper, lower in _pairs(start)]
    lines = [
        f"The objects are {', '.join(names)}. There is stillness.",
        f"Rooted: {', '.join(tower[0] for tower in start)}.",
        f"Bright: {', '.join(tower[-1] for tower in start)}.",
    ]
    if _pairs(start):
        lines.append(f"{_joined(f'{upper} shadows {lower}' for upper, lower in _pairs(start))}.")
    lines.append("Nothing else holds.")
    lines.append(f"Goal: {_joined(f'{upper} shadows {lower}' for upper, lower in goal)}.")
    wanted = tuple(f"(shadows {upper} {lower})" for upper, lower in goal)
    return _Facts(" ".join(names), tuple(facts), wanted, "\n".join(lines))


def _gripper(size: int, rng: Random) -> _Facts:
    rooms = ["kitchen", "hall"] if size < 5 else ["kitchen", "hall", "study"]
    balls = [f"ball{number}" for number in range(1, size + 1)]
    here = rng.choice(rooms)
    lies = {ball: rng.choice(rooms) for ball in balls}
    wanted = {ball: rng.choice(rooms) for ball in balls}
    wanted[balls[0]] = rng.choice([room for room in rooms if room != lies[balls[0]]])
    facts = [f"(robot-in {here})", "(free left)", "(free right)"]
    facts += [f"(lies {ball} {room})" for ball, room in lies.items()]
    lines = [
        f"The rooms are {_joined(rooms)}. The robot is in the {here}; both hands are free.",
        f"{_joined(f'{ball} lies in the {room}' for ball, room in lies.items())}.",
        f"Goal: {_joined(f'{ball} lies in the {room}' for ball, room in wanted.items())}.",
    ]
    objects = f"{' '.join(rooms)} - room {' '.join(balls)} - ball left right - hand"
    goal = tuple(f"(lies {ball} {room})" for ball, room in wanted.items())
    return _Facts(objects, tuple(facts), goal, "\n".join(lines))


def _movie(size: int, rng: Random) -> _Facts:
    known = ["chips", "nuts", "popcorn", "olives", "pretzels", "grapes", "crackers", "dates"]
    snacks = [f"{name}{number // 8 or ''}" for number, name in enumerate((known * (size // 8 + 1))[:size])]
    packs: dict[str, str] = {}
    for snack in snacks:
        for _ in range(rng.randint(1, 3)):
            packs[f"p{len(packs) + 1}"] = snack
    start_there, zero = rng.random() < 0.5, rng.random() < 0.5
    facts = ["(lamp-on)", *(f"(contains {pack} {snack})" for pack, snack in packs.items())]
    facts += ["(tape-at-start)"] * start_there + ["(counter-at-zero)"] * zero
    lines = [
        f"The lamp is on. The tape is {'' if start_there else 'not '}at its start, "
        f"and the counter shows {'zero' if zero else 'something else than zero'}.",
        f"{_joined(f'pack {pack} contains {snack}' for pack, snack in packs.items())}.",
        "Goal: the tape is at its start, the counter shows zero, the lamp is off, and ready are "
        f"{_joined(snacks)}.",
    ]
    goal = ("(tape-at-start)", "(counter-at-zero)", "(not (lamp-on))", *(f"(ready {s})" for s in snacks))
    return _Facts(
        f"{' '.join(packs)} - pack {' '.join(snacks)} - snack", tuple(facts), goal, "\n".join(lines)
    )


def _logistics(size: int, rng: Random) -> _Facts:
    cities = ["arden", "belmont"] if size < 4 else ["arden", "belmont", "corinth"]
    places = {city: [f"{city}-airport", f"{city}-depot"] for city in cities}
    every = [place for city in cities for place in places[city]]
    trucks = {f"truck-{city}": rng.choice(places[city]) for city in cities}
    plane = f"{rng.choice(cities)}-airport"
    parcels = [f"parcel{number}" for number in range(1, size + 1)]
    routes = {parcel: rng.sample(every, 2) for parcel in parcels}
    facts = [f"(in-city {place} {city})" for city in cities for place in places[city]]
    facts += [f"(stands {truck} {place})" for truck, place in trucks.items()]
    facts += [f"(stands plane1 {plane})", *(f"(lies {x} {route[0]})" for x, route in routes.items())]
    lines = [f"The city {city} has the places {_joined(places[city])}." for city in cities]
    lines.append(f"{_joined(f'{truck} stands at {place}' for truck, place in trucks.items())}.")
    lines.append(f"The plane plane1 stands at {plane}.")
    lines += [f"{x} lies at {route[0]} and must be brought to {route[1]}." for x, route in routes.items()]
    objects = (
        f"{' '.join(f'{city}-airport' for city in cities)} - airport "
        f"{' '.join(f'{city}-depot' for city in cities)} - place {' '.join(cities)} - city "
        f"{' '.join(trucks)} - truck plane1 - plane {' '.join(parcels)} - parcel"
    )
    goal = tuple(f"(lies {parcel} {route[1]})" for parcel, route in routes.items())
    return _Facts(objects, tuple(facts), goal, "\n".join(lines))


def _joined(parts: Iterable[str]) -> str:
    """In one sentence."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


_MAKERS: dict[str, Callable[[int, Random], _Facts]] = {
    "blocksworld": _blocksworld,
    "mystery": _mystery,
    "gripper": _gripper,
    "movie": _movie,
    "logistics": _logistics,
}
