"""Small tasks to plan for, and the truth about them by looking at every state."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise
from pathlib import Path
from random import Random

from agentkit.planning.strips import Fact, FactAction, Metric, StripsTask, build_task

__all__ = [
    "BLOCKS",
    "GRIPPER",
    "LOGISTICS",
    "blocks",
    "cheapest",
    "gripper",
    "logistics",
    "random_task",
    "shared_data",
]

BLOCKS = """
(define (domain blocks)
  (:predicates (on ?x ?y) (ontable ?x) (clear ?x) (holding ?x) (handempty))
  (:action pick-up :parameters (?x)
    :precondition (and (clear ?x) (ontable ?x) (handempty))
    :effect (and (holding ?x) (not (clear ?x)) (not (ontable ?x)) (not (handempty))))
  (:action put-down :parameters (?x)
    :precondition (holding ?x)
    :effect (and (ontable ?x) (clear ?x) (handempty) (not (holding ?x))))
  (:action stack :parameters (?x ?y)
    :precondition (and (holding ?x) (clear ?y))
    :effect (and (on ?x ?y) (clear ?x) (handempty) (not (holding ?x)) (not (clear ?y))))
  (:action unstack :parameters (?x ?y)
    :precondition (and (on ?x ?y) (clear ?x) (handempty))
    :effect (and (holding ?x) (clear ?y) (not (on ?x ?y)) (not (clear ?x)) (not (handempty)))))
"""

GRIPPER = """
(define (domain gripper)
  (:requirements :typing)
  (:types room ball hand)
  (:predicates (in ?r - room) (lies ?b - ball ?r - room) (free ?h - hand) (holds ?h - hand ?b - ball))
  (:action move :parameters (?a ?b - room) :precondition (in ?a) :effect (and (in ?b) (not (in ?a))))
  (:action pick :parameters (?b - ball ?r - room ?h - hand)
    :precondition (and (lies ?b ?r) (in ?r) (free ?h))
    :effect (and (holds ?h ?b) (not (lies ?b ?r)) (not (free ?h))))
  (:action drop :parameters (?b - ball ?r - room ?h - hand)
    :precondition (and (holds ?h ?b) (in ?r))
    :effect (and (lies ?b ?r) (free ?h) (not (holds ?h ?b)))))
"""

LOGISTICS = """
(define (domain parcels)
  (:requirements :typing :equality :negative-preconditions)
  (:types place city vehicle parcel - object airport - place truck plane - vehicle)
  (:predicates (in-city ?p - place ?c - city) (at ?v - vehicle ?p - place)
               (lies ?x - parcel ?p - place) (in ?x - parcel ?v - vehicle))
  (:action load :parameters (?x - parcel ?v - vehicle ?p - place)
    :precondition (and (lies ?x ?p) (at ?v ?p)) :effect (and (in ?x ?v) (not (lies ?x ?p))))
  (:action unload :parameters (?x - parcel ?v - vehicle ?p - place)
    :precondition (and (in ?x ?v) (at ?v ?p)) :effect (and (lies ?x ?p) (not (in ?x ?v))))
  (:action drive :parameters (?v - truck ?a ?b - place ?c - city)
    :precondition (and (at ?v ?a) (in-city ?a ?c) (in-city ?b ?c) (not (= ?a ?b)))
    :effect (and (at ?v ?b) (not (at ?v ?a))))
  (:action fly :parameters (?v - plane ?a ?b - airport)
    :precondition (and (at ?v ?a) (not (= ?a ?b))) :effect (and (at ?v ?b) (not (at ?v ?a)))))
"""


def blocks(count: int, seed: int) -> str:
    """A problem of blocks in towers drawn at random."""
    rng = Random(seed)
    names = [f"b{number}" for number in range(count)]

    def towers() -> list[list[str]]:
        found: list[list[str]] = []
        for name in rng.sample(names, count):
            place = rng.randrange(len(found) + 1)
            if place == len(found):
                found.append([])
            found[place].append(name)
        return found

    start, goal = towers(), towers()
    on = [f"(on {b} {a})" for tower in start for a, b in pairwise(tower)]
    ends = [f"(ontable {tower[0]}) (clear {tower[-1]})" for tower in start]
    wanted = [f"(on {b} {a})" for tower in goal for a, b in pairwise(tower)]
    return (
        f"(define (problem made) (:domain blocks) (:objects {' '.join(names)}) "
        f"(:init (handempty) {' '.join(on + ends)}) (:goal (and {' '.join(wanted)})))"
    )


def gripper(balls: int) -> str:
    """All balls must be carried from one room to the other."""
    names = [f"ball{number}" for number in range(balls)]
    return (
        "(define (problem carry) (:domain gripper) "
        f"(:objects a b - room l r - hand {' '.join(names)} - ball) "
        f"(:init (in a) (free l) (free r) {' '.join(f'(lies {name} a)' for name in names)}) "
        f"(:goal (and {' '.join(f'(lies {name} b)' for name in names)})))"
    )


def logistics(cities: int, places: int, planes: int, parcels: int, seed: int) -> str:
    """Parcels to be brought from place to place; each city has one truck."""
    rng = Random(seed)
    by_city = [[f"p{city}-{number}" for number in range(places)] for city in range(cities)]
    everywhere = [place for city in by_city for place in city]
    start = [f"(in-city {place} c{number})" for number, city in enumerate(by_city) for place in city]
    start += [f"(at t{number} {rng.choice(city)})" for number, city in enumerate(by_city)]
    start += [f"(at a{number} {rng.choice(by_city)[0]})" for number in range(planes)]
    goal = []
    for number in range(parcels):
        source, target = rng.sample(everywhere, 2)
        start.append(f"(lies x{number} {source})")
        goal.append(f"(lies x{number} {target})")
    objects = [f"{' '.join(city[0] for city in by_city)} - airport"]
    if places > 1:
        objects.append(f"{' '.join(place for city in by_city for place in city[1:])} - place")
    objects.append(f"{' '.join(f'c{number}' for number in range(cities))} - city")
    objects.append(f"{' '.join(f't{number}' for number in range(cities))} - truck")
    objects.append(f"{' '.join(f'a{number}' for number in range(planes))} - plane")
    objects.append(f"{' '.join(f'x{number}' for number in range(parcels))} - parcel")
    return (
        f"(define (problem made) (:domain parcels) (:objects {' '.join(objects)}) "
        f"(:init {' '.join(start)}) (:goal (and {' '.join(goal)})))"
    )


def random_task(seed: int, *, facts: int = 7, actions: int = 12, costs: tuple[int, ...] = (1,)) -> StripsTask:
    """Actions without any sense, with negative conditions and goals; about half of them have a plan."""
    rng = Random(seed)
    every: list[Fact] = [("f", str(number)) for number in range(facts)]

    def some(most: int) -> frozenset[Fact]:
        return frozenset(rng.sample(every, rng.randint(0, most)))

    made = []
    for number in range(actions):
        needs = some(3)
        made.append(
            FactAction(
                f"act{number}",
                (),
                needs,
                frozenset(rng.sample(every, rng.randint(0, 1))) - needs,
                some(2),
                some(2),
                rng.choice(costs),
            )
        )
    goal = frozenset(rng.sample(every, rng.randint(1, 3)))
    unwanted = frozenset(rng.sample(every, rng.randint(0, 1))) - goal
    metric: Metric = "length" if costs == (1,) else "cost"
    return build_task(
        f"random {seed}",
        start=sorted(some(3)),
        goal=sorted(goal),
        negative_goal=unwanted,
        actions=made,
        metric=metric,
    )


def cheapest(task: StripsTask) -> dict[int, float]:
    """What the cheapest way to a goal costs, for every state that can be reached and has one."""
    ahead: dict[int, list[tuple[int, float]]] = {}
    back: dict[int, list[tuple[int, float]]] = {}
    waiting = [task.start]
    while waiting:
        state = waiting.pop()
        if state in ahead:
            continue
        ahead[state] = [(action.result(state), task.price(action)) for action in task.applicable(state)]
        for after, price in ahead[state]:
            back.setdefault(after, []).append((state, price))
            waiting.append(after)
    costs: dict[int, float] = {}
    heap: list[tuple[float, int]] = [(0, state) for state in ahead if task.is_goal(state)]
    heap.sort()
    while heap:
        cost, state = heappop(heap)
        if state in costs:
            continue
        costs[state] = cost
        for before, price in back.get(state, ()):
            heappush(heap, (cost + price, before))
    return costs


def shared_data() -> Path:
    """The folder of plan problems beside the repository; it may not be there."""
    return Path(__file__).resolve().parents[3] / "shared" / "data" / "planning"
