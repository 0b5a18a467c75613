"""PDDL is read with types, constants, equality, negations and costs; all else is refused by name."""

from __future__ import annotations

import pytest

from agentkit.errors import FormulationError
from agentkit.planning.find_plan import find_plan
from agentkit.planning.pddl import read_pddl
from tests.planning.small_tasks import BLOCKS, LOGISTICS, logistics

DELIVERY = """; parcels by road
(define (domain Delivery)
  (:requirements :strips :typing :negative-preconditions :equality :action-costs)
  (:types
    van lorry - vehicle
    vehicle place)
  (:constants depot - place)
  (:predicates (at ?v - (either van lorry)  ?p - place)
               (road ?a ?b - place) (blocked ?a ?b - place) (fuelled ?v - vehicle))
  (:functions (length ?a ?b - place) - number (total-cost) - number)
  (:action drive
    :parameters (?v - vehicle ?a ?b - place)
    :precondition (and (at ?v ?a) (road ?a ?b) (not (= ?a ?b)) (not (blocked ?a ?b)))
    :effect (and (at ?v ?b) (not (at ?v ?a)) (increase (total-cost) (length ?a ?b))))
  (:action fuel
    :parameters (?v - lorry)
    :precondition (at ?v depot)
    :effect (and (fuelled ?v) (increase (total-cost) 2.5))))
"""

ROUND = """
(define (problem round) (:domain DELIVERY)
  (:objects l1 - lorry v1 - van a b - place)
  (:init (at l1 a) (at v1 a) (road a b) (road b depot) (road a depot) (blocked b a)
         (= (length a b) 3) (= (length b depot) 4) (= (length a depot) 9) (= (total-cost) 0))
  (:goal (and (fuelled l1) (not (at l1 a))))
  (:metric minimize (total-cost)))
"""


def test_costs_types_constants_and_negative_conditions() -> None:
    outcome = find_plan(read_pddl(DELIVERY, ROUND))

    assert outcome.steps == ("(drive l1 a b)", "(drive l1 b depot)", "(fuel l1)")
    assert (outcome.status, outcome.cost, outcome.bound) == ("optimal", 9.5, 9.5)


def test_without_a_metric_steps_are_counted() -> None:
    outcome = find_plan(read_pddl(DELIVERY, ROUND.replace("(:metric minimize (total-cost))", "")))

    assert outcome.steps == ("(drive l1 a depot)", "(fuel l1)")
    assert outcome.cost == 2


def test_only_objects_of_the_type_or_below_are_put_in() -> None:
    task = read_pddl(DELIVERY, ROUND)

    assert {str(action) for action in task.actions if action.name == "fuel"} == {"(fuel l1)"}
    assert {action.arguments[0] for action in task.actions if action.name == "drive"} == {"l1", "v1"}


def test_only_actions_that_can_be_reached_are_made() -> None:
    task = read_pddl(LOGISTICS, logistics(3, 3, 1, 2, seed=1))
    drives = [action for action in task.actions if action.name == "drive"]

    assert len(drives) == 3 * 3 * 2
    assert all(action.arguments[1] != action.arguments[2] for action in drives)


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        (":action-costs)", ":adl)", "d.pddl:3", ":adl is not supported"),
        ("(fuelled ?v) (inc", "(when (at ?v depot) (fuelled ?v)) (inc", "d.pddl:18", ":conditional-effects"),
        (":precondition (at ?v depot)", ":precondition (or (at ?v depot))", "d.pddl:17", ":disjunctive-pre"),
        (":precondition (at ?v depot)", ":precondition (forall (?p) (at ?v ?p))", "d.pddl:17", ":universal"),
        ("(at ?v depot)", "(at ?w depot)", "d.pddl:17", "no parameter called '?w'"),
        ("(at ?v depot)", "(at ?v dept)", "d.pddl:17", "no object called 'dept'"),
        ("(at ?v depot)", "(at ?v)", "d.pddl:17", "at takes 2 terms, not 1"),
        ("(at ?v depot)", "(att ?v depot)", "d.pddl:17", "no predicate called 'att'"),
        ("(?v - lorry)", "(?v - bus)", "d.pddl:16", "no type called 'bus'"),
        ("(?v - lorry)", "(v - lorry)", "d.pddl:15", "needs a question mark"),
        ("(:action fuel", "(:action drive", "d.pddl:15", "declared twice"),
        ("(:action fuel", "(:durative-action fuel", "d.pddl:15", ":durative-action"),
        ("(increase (total-cost) 2.5)", "(increase (fuel-used) 2.5)", "d.pddl:18", "only total-cost"),
        ("(increase (total-cost) 2.5)", "(increase (total-cost) much)", "d.pddl:18", "is no number"),
        (
            "(increase (total-cost) 2.5)",
            "(increase (total-cost) (toll ?v))",
            "d.pddl:18",
            "function called 'toll'",
        ),
        ("2.5))))", "2.5)))", "d.pddl:2", "not closed"),
        ("2.5))))", "2.5)))))", "d.pddl:18", "after the last closing bracket"),
        ("(define (domain", "define (domain", "d.pddl", "opening bracket"),
    ],
)
def test_faults_of_a_domain_are_located(old: str, new: str, where: str, words: str) -> None:
    assert DELIVERY.count(old) == 1

    with pytest.raises(FormulationError) as caught:
        read_pddl(DELIVERY.replace(old, new), ROUND, domain_name="d.pddl", problem_name="p.pddl")

    assert caught.value.where == where
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("(:domain DELIVERY)", "(:domain other)", "p.pddl:2", "of domain 'other'"),
        ("(at l1 a) (at v1", "(at l1 c) (at v1", "p.pddl:4", "no object called 'c'"),
        ("(at l1 a) (at v1", "(at a l1) (at v1", "p.pddl:4", "a is of type place"),
        ("(= (length a b) 3)", "(= (length a b) 3) (= (length a b) 4)", "p.pddl:5", "two values"),
        ("(= (length a b) 3)", "(= (length a b))", "p.pddl:5", "a value is given as"),
        ("l1 - lorry v1", "l1 - lorry l1 - van v1", "p.pddl:3", "declared with two types"),
        ("(fuelled l1) (not", "(fuelled l2) (not", "p.pddl:6", "no object called 'l2'"),
        ("minimize", "maximize", "p.pddl:7", "only a metric that is minimised"),
        ("(total-cost)))", "(happiness)))", "p.pddl:7", "'happiness' is not supported"),
    ],
)
def test_faults_of_a_problem_are_located(old: str, new: str, where: str, words: str) -> None:
    assert ROUND.count(old) == 1

    with pytest.raises(FormulationError) as caught:
        read_pddl(DELIVERY, ROUND.replace(old, new), domain_name="d.pddl", problem_name="p.pddl")

    assert caught.value.where == where
    assert words in str(caught.value)


def test_a_cost_without_a_value_names_the_action() -> None:
    with pytest.raises(FormulationError, match=r"\(drive l1 a b\) needs \(length a b\)"):
        read_pddl(DELIVERY, ROUND.replace("(= (length a b) 3)", ""))


def test_a_cost_below_nothing_is_refused() -> None:
    with pytest.raises(FormulationError, match="costs -3, less than nothing"):
        read_pddl(DELIVERY, ROUND.replace("(= (length a b) 3)", "(= (length a b) -3)"))


def test_what_is_no_domain_is_called_so() -> None:
    with pytest.raises(FormulationError, match="this is no domain"):
        read_pddl(ROUND, ROUND)
    with pytest.raises(FormulationError, match="needs :goal once, and has it 0 times"):
        read_pddl(BLOCKS, "(define (problem p) (:domain blocks) (:init))")


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(FormulationError, match="nested too deep"):
        read_pddl("(" * 5000, ROUND)
