"""Planning problems are made from seeds or read from files, and plans are scored by simulation and proof."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise, product
from pathlib import Path

import pytest

from agentkit.envs.planning import Planning
from agentkit.envs.planning.domains import DOMAINS
from agentkit.envs.planning.figures import least_makespan, least_walk, make_figure
from agentkit.envs.planning.generators import make_problem
from agentkit.errors import TaskError
from agentkit.planning.find_plan import find_plan
from agentkit.planning.pddl import read_pddl
from agentkit.protocols import Benchmark
from agentkit.sample import Sample
from tests.planning.small_tasks import BLOCKS, shared_data

TOWER = """(define (problem tower) (:domain blocks) (:objects a b c)
  (:init (handempty) (ontable a) (ontable b) (on c a) (clear c) (clear b)) (:goal (and (on a b))))"""
BEST = "(unstack c a)\n(put-down c)\n(pick-up a)\n(stack a b)"


@pytest.fixture
def benchmark() -> Planning:
    return Planning()


@pytest.fixture
def tower(tmp_path: Path, benchmark: Planning) -> Sample:
    """One problem from a file."""
    return next(iter(benchmark.samples(write(tmp_path, [{"id": "1", "text": "Stack them.", "pddl": TOWER}]))))


def write(folder: Path, rows: list[dict[str, str]], domain: str = BLOCKS) -> Path:
    (folder / "towers.domain.pddl").write_text(domain, encoding="utf-8")
    path = folder / "towers.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def best_plan(sample: Sample) -> str:
    outcome = find_plan(read_pddl(sample.target["domain"], sample.target["problem"]))
    assert outcome.steps is not None
    return "\n".join(outcome.steps)


def test_it_is_a_benchmark(benchmark: Planning) -> None:
    assert isinstance(benchmark, Benchmark)
    assert benchmark.name == "planning"


def test_seven_families_from_seeds(benchmark: Planning) -> None:
    samples = list(benchmark.samples())

    assert Counter(sample.tags["family"] for sample in samples) == {
        name: 5 for name in (*DOMAINS, "task-allocation", "warehouse")
    }
    assert len({sample.id for sample in samples}) == len(samples)
    assert [sample.digest for sample in samples] == [sample.digest for sample in Planning().samples()]


def test_other_seeds_and_counts_give_others() -> None:
    few = [sample.id for sample in Planning(per_family=1, seed=7).samples()]

    assert len(few) == 7
    assert few[0] == "blocksworld-3-7"


def test_every_problem_can_be_solved_and_its_best_plan_scores(benchmark: Planning) -> None:
    for sample in benchmark.samples():
        answer = str(sample.target["number"]) if "number" in sample.target else best_plan(sample)
        assert answer
        score = benchmark.score(sample, f"Here it is:\n{answer}")
        assert (score.value, score.label) == (1, ""), sample.id


def test_the_task_names_every_action_and_the_form(benchmark: Planning) -> None:
    for sample in benchmark.samples():
        goal = sample.task.goal
        if "number" in sample.target:
            assert "last line" in goal
            continue
        task = read_pddl(sample.target["domain"], sample.target["problem"])
        assert all(f"({action.name}" in goal for action in task.actions)
        assert "as few actions as possible" in goal


@pytest.mark.parametrize(
    ("answer", "value", "label"),
    [
        (BEST, 1, ""),
        ("1. unstack c a\n2. put-down c\n3. pick-up a\n4. stack a b", 1, ""),
        (f"(pick-up b)\n(put-down b)\n{BEST}", 0, "suboptimal"),
        ("(pick-up a)\n(stack a b)", 0, "invalid"),
        ("(unstack c a)\n(put-down c)", 0, "goal-missed"),
        ("I cannot do that.", 0, "unreadable"),
        (None, 0, ""),
    ],
)
def test_plans_are_scored(
    benchmark: Planning, tower: Sample, answer: str | None, value: float, label: str
) -> None:
    score = benchmark.score(tower, answer)

    assert (score.value, score.label) == (value, label)


@pytest.mark.parametrize(
    ("answer", "value", "label"),
    [
        ("12", 1, ""),
        ("After 30 tries:\n**12.0** minutes", 1, ""),
        ("12.0011", 1, ""),
        ("12.01", 0, "wrong-number"),
        ("no idea", 0, "unreadable"),
        (None, 0, ""),
    ],
)
def test_numbers_are_scored(benchmark: Planning, answer: str | None, value: float, label: str) -> None:
    sample = Sample.model_validate({"id": "1", "task": "?", "target": {"number": 12}})
    score = benchmark.score(sample, answer)

    assert (score.value, score.label) == (value, label)


def test_files_are_read_with_their_rules(tower: Sample) -> None:
    assert tower.id == "towers/1"
    assert tower.tags == {"family": "towers"}
    assert "Stack them." in tower.task.goal
    assert "- (stack x y): needs (holding x), (clear y); makes true (on x y)" in tower.task.goal


def test_a_problem_that_cannot_be_read_has_a_fault(tmp_path: Path, benchmark: Planning) -> None:
    broken = {"id": "2", "text": "?", "pddl": TOWER.replace("(on a b)", "(on a d)")}
    (sample,) = benchmark.samples(write(tmp_path, [broken]))

    assert "no object called 'd'" in sample.fault


def test_what_is_missing_is_said(tmp_path: Path, benchmark: Planning) -> None:
    with pytest.raises(TaskError, match="there are no plan problems"):
        list(benchmark.samples(tmp_path))
    path = write(tmp_path, [{"id": "1"}])
    with pytest.raises(TaskError, match=r"towers\.jsonl:1: this is no plan problem"):
        list(benchmark.samples(path))
    (tmp_path / "towers.domain.pddl").unlink()
    with pytest.raises(TaskError, match=r"put towers\.domain\.pddl beside it"):
        list(benchmark.samples(path))


def test_the_shared_problems_are_samples(benchmark: Planning) -> None:
    if not list(shared_data().glob("*.jsonl")):
        pytest.skip("there are no plan problems in ../shared/data/planning")
    samples = list(benchmark.samples(shared_data()))

    assert len(samples) == 276 + 299
    assert not any(sample.fault for sample in samples)
    assert "- (attack ob): needs" in samples[-1].task.goal
    assert benchmark.score(samples[0], best_plan(samples[0])).value == 1


@pytest.mark.parametrize("family", list(DOMAINS))
def test_generators_take_any_size(family: str) -> None:
    for size in (1, 2, 9) if family not in ("blocksworld", "mystery") else (2, 9):
        problem = make_problem(family, size, 3)
        assert read_pddl(problem.domain, problem.problem).actions


def test_makespans_are_least() -> None:
    minutes = [[13, 40, 25, 31], [22, 38, 11, 50]]
    shares = product(range(2), repeat=4)
    loads = ([sum(minutes[r][t] for t in range(4) if share[t] == r) for r in range(2)] for share in shares)

    assert least_makespan(minutes) == min(map(max, loads))


def test_walks_are_least() -> None:
    stages = [[(0, 5), (2, 2)], [(9, 9), (3, 3)], [(1, 1), (4, 4)]]
    walks = []
    for walk in product(*stages):
        points = [(0, 0), *walk]
        walks.append(sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(points)))

    assert least_walk((0, 0), stages) == min(walks)


def test_figures_follow_from_their_seed() -> None:
    assert make_figure("task-allocation", 5, 1) == make_figure("task-allocation", 5, 1)
    assert make_figure("task-allocation", 5, 1) != make_figure("task-allocation", 5, 2)
