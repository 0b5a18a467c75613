"""The domains of the plan families: their actions in PDDL, and their rules in words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BLOCKSWORLD", "DOMAINS", "GRIPPER", "LOGISTICS", "MOVIE", "MYSTERY", "PlanDomain"]


@dataclass(frozen=True, slots=True)
class PlanDomain:
    """One domain."""

    pddl: str
    """Its actions."""
    rules: str
    """The same in words, with the form of each action."""


BLOCKSWORLD = PlanDomain(
    """(define (domain blocks)
  (:requirements :strips)
  (:predicates (on ?x ?y) (ontable ?x) (clear ?x) (holding ?x) (handempty))
  (:action pick-up
    :parameters (?x)
    :precondition (and (clear ?x) (ontable ?x) (handempty))
    :effect (and (holding ?x) (not (clear ?x)) (not (ontable ?x)) (not (handempty))))
  (:action put-down
    :parameters (?x)
    :precondition (holding ?x)
    :effect (and (ontable ?x) (clear ?x) (handempty) (not (holding ?x))))
  (:action stack
    :parameters (?x ?y)
    :precondition (and (holding ?x) (clear ?y))
    :effect (and (on ?x ?y) (clear ?x) (handempty) (not (holding ?x)) (not (clear ?y))))
  (:action unstack
    :parameters (?x ?y)
    :precondition (and (on ?x ?y) (clear ?x) (handempty))
    :effect (and (holding ?x) (clear ?y) (not (on ?x ?y)) (not (clear ?x)) (not (handempty)))))
""",
    """An arm moves blocks on a table. It holds one block at most, and can only lift a block on which \
nothing stands.
- (pick-up x): lift block x from the table. The arm must be empty and x clear.
- (put-down x): put the held block x on the table.
- (stack x y): put the held block x on block y. Nothing may stand on y.
- (unstack x y): lift block x from block y, on which it stands. The arm must be empty and x clear.""",
)

MYSTERY = PlanDomain(
    """(define (domain whispers)
  (:requirements :strips)
  (:predicates (shadows ?x ?y) (rooted ?x) (bright ?x) (humming ?x) (stillness))
  (:action kindle
    :parameters (?x)
    :precondition (and (bright ?x) (rooted ?x) (stillness))
    :effect (and (humming ?x) (not (bright ?x)) (not (rooted ?x)) (not (stillness))))
  (:action quench
    :parameters (?x)
    :precondition (humming ?x)
    :effect (and (rooted ?x) (bright ?x) (stillness) (not (humming ?x))))
  (:action braid
    :parameters (?x ?y)
    :precondition (and (humming ?x) (bright ?y))
    :effect (and (shadows ?x ?y) (bright ?x) (stillness) (not (humming ?x)) (not (bright ?y))))
  (:action sever
    :parameters (?x ?y)
    :precondition (and (shadows ?x ?y) (bright ?x) (stillness))
    :effect (and (humming ?x) (bright ?y) (not (shadows ?x ?y)) (not (bright ?x)) (not (stillness)))))
""",
    """There are objects that can be rooted, be bright, hum, and shadow one another; and there is \
stillness, or not.
- (kindle x): possible if x is bright, x is rooted and there is stillness. Afterwards x hums; x is no \
longer bright, x is no longer rooted, and there is no stillness.
- (quench x): possible if x hums. Afterwards x is rooted, x is bright and there is stillness; x no longer \
hums.
- (braid x y): possible if x hums and y is bright. Afterwards x shadows y, x is bright and there is \
stillness; x no longer hums, and y is no longer bright.
- (sever x y): possible if x shadows y, x is bright and there is stillness. Afterwards x hums and y is \
bright; x no longer shadows y, x is no longer bright, and there is no stillness.""",
)

GRIPPER = PlanDomain(
    """(define (domain carrying)
  (:requirements :strips :typing :equality :negative-preconditions)
  (:types room ball hand)
  (:predicates (robot-in ?r - room) (lies ?b - ball ?r - room) (free ?h - hand) (holds ?h - hand ?b - ball))
  (:action move
    :parameters (?from ?to - room)
    :precondition (and (robot-in ?from) (not (= ?from ?to)))
    :effect (and (robot-in ?to) (not (robot-in ?from))))
  (:action pick
    :parameters (?b - ball ?r - room ?h - hand)
    :precondition (and (lies ?b ?r) (robot-in ?r) (free ?h))
    :effect (and (holds ?h ?b) (not (lies ?b ?r)) (not (free ?h))))
  (:action drop
    :parameters (?b - ball ?r - room ?h - hand)
    :precondition (and (holds ?h ?b) (robot-in ?r))
    :effect (and (lies ?b ?r) (free ?h) (not (holds ?h ?b)))))
""",
    """A robot with two hands, left and right, carries balls between rooms. Each hand holds one ball at most.
- (move from to): go from the room where the robot is to another room.
- (pick b r h): take ball b, which lies in room r where the robot is, with the free hand h.
- (drop b r h): lay ball b, which hand h holds, down in room r where the robot is.""",
)

MOVIE = PlanDomain(
    """(define (domain film-night)
  (:requirements :strips :typing :negative-preconditions)
  (:types pack snack)
  (:predicates (contains ?p - pack ?s - snack) (ready ?s - snack) (tape-at-start) (counter-at-zero) (lamp-on))
  (:action rewind
    :parameters ()
    :precondition (not (tape-at-start))
    :effect (and (tape-at-start) (not (counter-at-zero))))
  (:action reset-counter
    :parameters ()
    :precondition (tape-at-start)
    :effect (counter-at-zero))
  (:action switch-off-lamp
    :parameters ()
    :precondition (lamp-on)
    :effect (not (lamp-on)))
  (:action open
    :parameters (?p - pack ?s - snack)
    :precondition (and (contains ?p ?s) (lamp-on))
    :effect (ready ?s)))
""",
    """A film night is prepared. The tape must be at its start, the counter at zero, the lamp off, and the \
snacks ready.
- (rewind): run the tape back to its start, if it is not there. The counter does not show zero afterwards.
- (reset-counter): set the counter to zero; only when the tape is at its start.
- (switch-off-lamp): turn off the lamp, which is on. It cannot be turned on again.
- (open p s): open pack p, which contains snack s; only while the lamp is on. Then s is ready. One pack is \
enough for a snack.""",
)

LOGISTICS = PlanDomain(
    """(define (domain parcels)
  (:requirements :strips :typing :equality :negative-preconditions)
  (:types place city vehicle parcel - object airport - place truck plane - vehicle)
  (:predicates (in-city ?p - place ?c - city) (stands ?v - vehicle ?p - place)
               (lies ?x - parcel ?p - place) (aboard ?x - parcel ?v - vehicle))
  (:action load
    :parameters (?x - parcel ?v - vehicle ?p - place)
    :precondition (and (lies ?x ?p) (stands ?v ?p))
    :effect (and (aboard ?x ?v) (not (lies ?x ?p))))
  (:action unload
    :parameters (?x - parcel ?v - vehicle ?p - place)
    :precondition (and (aboard ?x ?v) (stands ?v ?p))
    :effect (and (lies ?x ?p) (not (aboard ?x ?v))))
  (:action drive
    :parameters (?v - truck ?from ?to - place ?c - city)
    :precondition (and (stands ?v ?from) (in-city ?from ?c) (in-city ?to ?c) (not (= ?from ?to)))
    :effect (and (stands ?v ?to) (not (stands ?v ?from))))
  (:action fly
    :parameters (?v - plane ?from ?to - airport)
    :precondition (and (stands ?v ?from) (not (= ?from ?to)))
    :effect (and (stands ?v ?to) (not (stands ?v ?from)))))
""",
    """Parcels are brought to their places. Trucks drive within their city, planes fly between airports; \
both carry any number of parcels.
- (load x v p): load parcel x, which lies at place p, into vehicle v, which stands there.
- (unload x v p): unload parcel x, which is aboard vehicle v, at place p, where v stands.
- (drive v from to c): drive truck v from one place to another in the same city c.
- (fly v from to): fly plane v from one airport to another.""",
)

DOMAINS = {
    "blocksworld": BLOCKSWORLD,
    "mystery": MYSTERY,
    "gripper": GRIPPER,
    "movie": MOVIE,
    "logistics": LOGISTICS,
}
"""By family."""
