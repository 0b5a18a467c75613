"""`agentkit solve`: formulations of people, solved and explained without any model."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentkit.cli import main
from tests.formulation.examples import EXAMPLES, FOLDER, Example

FACILITY = (
    str(FOLDER / "facility.yaml"),
    "--data",
    str(FOLDER / "facility_costs.csv"),
    "--data",
    str(FOLDER / "facility.json"),
)
BLENDING = str(FOLDER / "blending.yaml")

DOMAIN = """
(define (domain lamps)
  (:requirements :strips)
  (:predicates (lit ?l) (near ?l) (next ?a ?b))
  (:action go :parameters (?a ?b) :precondition (and (near ?a) (next ?a ?b))
    :effect (and (near ?b) (not (near ?a))))
  (:action light :parameters (?l) :precondition (near ?l) :effect (lit ?l)))
"""
PROBLEM = """
(define (problem three) (:domain lamps) (:objects a b c)
  (:init (near a) (next a b) (next b c)) (:goal (and (lit b) (lit c))))
"""


class Solve:
    """`agentkit solve` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        code = main(["solve", *arguments])
        self.out, self.err = self._capsys.readouterr()
        return code


@pytest.fixture
def solve(capsys: pytest.CaptureFixture[str]) -> Solve:
    return Solve(capsys)


def command_of(example: Example) -> Sequence[str]:
    data = [part for name in example.data_files for part in ("--data", str(FOLDER / name))]
    return (str(FOLDER / example.name), *data)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_the_examples_are_solved(solve: Solve, example: Example) -> None:
    assert solve(*command_of(example)) == 0
    assert solve.out.splitlines()[0] == f"proven optimal: {example.optimum:g}"


def test_the_answer_comes_before_the_figures(solve: Solve) -> None:
    solve(BLENDING)
    assert solve.out.splitlines() == [
        "proven optimal: 115.5",
        "",
        "0.550 t of sheet, 0.300 t of borings, 0.150 t of ingots",
        "Price of a ton: 115.50 EUR",
        "",
        "melt[sheet] = 0.55",
        "melt[borings] = 0.3",
        "melt[ingots] = 0.15",
    ]
    assert re.fullmatch(r"HiGHS \S+: \d\.\d\d s to build, \d\.\d\d s to solve\n", solve.err)


def test_explain_adds_shadow_prices_and_what_looks_odd(solve: Solve, tmp_path: Path) -> None:
    assert solve(BLENDING, "--explain") == 0
    assert "shadow price of one_ton = 75\nshadow price of enough[chromium] = 1500\n" in solve.out
    odd = tmp_path / "odd.yaml"
    odd.write_text("parameters: {price: 3}\nvariables: {x: {upper: 4}}\nobjective: {maximize: x}\n")
    assert solve(str(odd), "--explain") == 0
    assert "odd: parameter price: " in solve.err


def test_a_plan_is_listed_once(solve: Solve) -> None:
    solve(str(FOLDER / "blocks.yaml"))
    assert solve.out.count("(stack blue green)") == 1


def test_json_has_all_and_nothing_else_is_on_stdout(solve: Solve) -> None:
    assert (
        solve(*FACILITY, "--json", "--what-if", "demand[Bergen] *= 1.3", "--what-if", "rent[Voss] = 0") == 0
    )
    found = json.loads(solve.out)
    assert (found["status"], found["objective"]) == ("optimal", 901)
    assert found["values"]["ship"]["Voss, Bergen"] == 39
    assert found["what_if"]["edits"] == ["demand[Bergen] *= 1.3", "rent[Voss] = 0"]
    assert found["what_if"]["before"] == {"status": "optimal", "objective": 995}
    assert "Voss supplies Bergen with 39 pallets." in found["answer"]
    assert solve(BLENDING, "--json") == 0
    assert json.loads(solve.out)["shadow_prices"]["one_ton"] == [pytest.approx(75)]


def test_what_if_tells_both_and_why(solve: Solve) -> None:
    assert solve(*FACILITY, "--what-if", "demand[Bergen] *= 1.3") == 0
    lines = solve.out.splitlines()
    assert lines[:3] == [
        "as it stands: proven optimal: 995",
        "what if demand[Bergen] *= 1.3:",
        "  objective: 995 before, 1051 now (+56)",
    ]
    assert "  binding now: capacity[Voss]" in lines
    assert "proven optimal: 1051" in lines


def test_infeasible_names_the_sentences_that_contradict(solve: Solve) -> None:
    assert solve(BLENDING, "--what-if", "stock *= 0.4") == 1
    assert "infeasible: there is no solution" in solve.out
    assert "A ton of alloy is ordered." in solve.out
    assert "No more of a kind can be melted than lies in the yard." in solve.out


def test_unbounded_names_what_grows(solve: Solve, tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("variables: {x: {}, y: {upper: 3}}\nobjective: {maximize: x + y}\n")
    assert solve(str(file)) == 1
    assert solve.out.startswith("unbounded: the objective improves without end, with x\n")
    assert "Making x ever larger" in solve.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("variables:\n  x: {}\n  x: {}\n", "f.yaml, line 3: the key 'x' is given twice (rename or drop one)"),
        ("variables:\n  x:\n    type: rael\n", "f.yaml, line 2: variable x: type: "),
        (
            "variables: {x: {}}\nconstraints:\n  fine: x <= 3\n  cap: x + yy <= 3\n",
            "f.yaml, line 4: constraint cap, character 5: there is nothing called yy",
        ),
        (
            "parameters: {p: {}}\nvariables:\n  x: {upper: p}\n",
            "f.yaml, line 1: parameter p: there are no data",
        ),
    ],
)
def test_a_malformed_formulation_is_refused_with_line_and_element(
    solve: Solve, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(text)
    assert solve(str(file)) == 2
    assert solve.out == ""
    assert solve.err.startswith(f"agentkit: error: {message}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give a formulation's file, or --pddl with a domain and a problem"),
        ((BLENDING, "--view", "x"), "there is no view called 'x'"),
        ((BLENDING, "--what-if", "stock *="), "edit stock *=, character 1: this is no edit"),
        ((BLENDING, "--data", "none.csv"), "none.csv: there is no such file"),
        ((BLENDING, "--pddl", "a", "b"), "give a formulation's file, or --pddl"),
        (("--pddl", "a", "b", "--explain"), "--pddl goes with --time-limit and --json only"),
        (("none.yaml",), "none.yaml: there is no such file"),
    ],
)
def test_wrong_usage_is_told(solve: Solve, arguments: Sequence[str], message: str) -> None:
    assert solve(*arguments) == 2
    assert message in solve.err


def test_the_model_can_be_looked_at(solve: Solve) -> None:
    assert solve(BLENDING, "--view", "rows") == 0
    assert "one_ton: 1 melt[rails] + 1 melt[sheet] + 1 melt[borings] + 1 melt[ingots] == 1" in solve.out
    assert "0 <= melt[rails] <= 0.5" in solve.out
    assert solve(BLENDING, "--view", "pyomo") == 0
    assert "1 Objective Declarations" in solve.out


def test_several_objectives_are_all_told(solve: Solve) -> None:
    solve(str(FOLDER / "shifts.yaml"))
    assert solve.out.splitlines()[:3] == ["proven optimal: 4", "  evenness: 4", "  wishes: 16"]


# PDDL.


@pytest.fixture
def lamps(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "domain.pddl").write_text(DOMAIN)
    (tmp_path / "problem.pddl").write_text(PROBLEM)
    return str(tmp_path / "domain.pddl"), str(tmp_path / "problem.pddl")


def test_a_pddl_problem_gets_its_shortest_plan(solve: Solve, lamps: tuple[str, str]) -> None:
    assert solve("--pddl", *lamps) == 0
    assert solve.out.splitlines() == [
        "(go a b)",
        "(light b)",
        "(go b c)",
        "(light c)",
        "; cost = 4 (proven best)",
    ]
    assert solve("--pddl", *lamps, "--json") == 0
    found = json.loads(solve.out)
    assert (found["status"], found["cost"], len(found["plan"])) == ("optimal", 4, 4)


def test_a_pddl_problem_without_plan_fails(solve: Solve, lamps: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "problem.pddl").write_text(PROBLEM.replace("(next b c)", ""))
    assert solve("--pddl", *lamps) == 1
    assert solve.out.startswith("there is no plan (proven)")


def test_malformed_pddl_is_refused_with_its_line(
    solve: Solve, lamps: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "problem.pddl").write_text(PROBLEM.replace("(lit b)", "(shiny b)"))
    assert solve("--pddl", *lamps) == 2
    assert "problem.pddl:3: there is no predicate called 'shiny'" in solve.err


# Stopping.

HARD = """
sets: {i: range(40), m: range(5)}
parameters:
  a: {over: "m, i", values: VALUES}
  half: {over: m, values: HALVES}
variables:
  take: {over: i, type: binary}
  over: {over: m}
  under: {over: m}
constraints:
  split: {forall: r in m, rule: "sum(a[r, n] * take[n] for n in i) + under[r] - over[r] == half[r]"}
objective: {minimize: "sum(over[r] + under[r] for r in m)"}
"""


@pytest.fixture
def hard(tmp_path: Path) -> Path:
    """A market split problem (Cornuéjols and Dawande 1998): easy to solve somehow, and hours from a proof."""
    draw = random.Random(4)
    values = [[draw.randrange(100) for _ in range(40)] for _ in range(5)]
    path = tmp_path / "hard.yaml"
    text = HARD.replace("VALUES", str(values)).replace("HALVES", str([sum(row) // 2 for row in values]))
    path.write_text(text)
    return path


def test_a_time_limit_leaves_a_solution_without_proof(solve: Solve, hard: Path) -> None:
    assert solve(str(hard), "--time-limit", "1.5", "--json") == 3
    found = json.loads(solve.out)
    assert found["status"] == "feasible"
    assert found["gap"] > 0
    assert solve(str(hard), "--time-limit", "1.5") == 3
    assert re.match(r"feasible, not proven optimal: \d+, bound 0, gap 100.0 %\n", solve.out)


def test_a_gap_that_will_do_is_told_as_such(solve: Solve, hard: Path) -> None:
    assert solve(str(hard), "--gap", "1", "--time-limit", "60") == 0
    assert solve.out.startswith("optimal within the gap that was allowed: ")


def interrupt_soon() -> None:
    """Press Ctrl-C a second after somebody heeds it otherwise than Python does."""
    usual = signal.getsignal(signal.SIGINT)

    def press() -> None:
        for _ in range(1200):
            time.sleep(0.05)
            if signal.getsignal(signal.SIGINT) is not usual:
                time.sleep(1.5)
                os.kill(os.getpid(), signal.SIGINT)
                return

    threading.Thread(target=press, daemon=True).start()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_stops_with_the_best_so_far(solve: Solve, hard: Path) -> None:
    usual = signal.getsignal(signal.SIGINT)
    interrupt_soon()
    assert solve(str(hard)) == 3
    assert solve.out.startswith("feasible, not proven optimal: ")
    assert "stopping with the best so far; Ctrl-C again quits at once" in solve.err
    assert "stopped by Ctrl-C: this is the best so far" in solve.err
    assert signal.getsignal(signal.SIGINT) is usual


def test_in_a_process_of_its_own_nothing_else_is_on_standard_output() -> None:
    """Solvers have their own ways of printing, past Python's."""
    command = [sys.executable, "-m", "agentkit.cli", "solve", str(FOLDER / "blending.yaml"), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(ran.stdout)["status"] == "optimal"
