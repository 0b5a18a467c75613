"""Planning: seven families of problems from seeds, or problems from files, scored by simulation and proof.

Valmeekam et al. 2023, "PlanBench" (arXiv 2206.10498), has block worlds, plain and with their words replaced;
Hao, Zhang and Fan 2025, "Planning anything with rigor" (LLMFP, arXiv 2410.12112), the nine families of which
seven are generated here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from agentkit.envs.planning.answers import read_number, read_plan
from agentkit.envs.planning.figures import make_figure
from agentkit.envs.planning.generators import PlanProblem, make_problem
from agentkit.envs.planning.reading import read_problems
from agentkit.planning.find_plan import find_plan
from agentkit.planning.grounding import Schema, ground
from agentkit.planning.outcome import PlanOutcome
from agentkit.planning.pddl import read_schema
from agentkit.planning.simulation import simulate
from agentkit.planning.strips import written
from agentkit.sample import Sample, Score

__all__ = ["Planning"]

PLAN_SIZES = {
    "blocksworld": (3, 4, 5, 6),
    "mystery": (3, 4, 5, 6),
    "gripper": (2, 3, 4, 5),
    "movie": (2, 3, 4, 5),
    "logistics": (1, 2, 3, 4),
}
"""The sizes of each plan family, taken in turn."""
FIGURE_SIZES = {"task-allocation": (4, 5, 6, 7), "warehouse": (3, 4, 5, 6)}
"""The same for those whose answer is a number."""

_PLAN_FORM = """\
Find a plan with as few actions as possible. Answer with the actions in order, one a line, each in brackets \
with its arguments in the order shown above, such as {example}, and nothing else."""
_FIGURE_FORM = "Give the number alone in the last line of the answer."
_PROOF_SECONDS = 60.0
"""The time that finding the best plan may take when an answer is scored."""


class Planning:
    """The benchmark. `per_family` problems of each family are made from `seed`; other seeds give others.

    >>> first = next(iter(Planning().samples()))
    >>> first.id, first.tags["family"]
    ('blocksworld-3-0', 'blocksworld')
    """

    name = "planning"

    def __init__(self, per_family: int = 5, seed: int = 0) -> None:
        self._per_family = per_family
        self._seed = seed

    def samples(self, data: Path | None = None) -> Iterator[Sample]:
        """The problems: made from the seed, or those of a file or a folder where `data` is given.

        A file's line has `id`, `text` (in words) and `pddl`; the actions' PDDL lies beside it as
        `NAME.domain.pddl`. Raises `TaskError` where there is nothing to read.
        """
        return self._made() if data is None else _read(data)

    def score(self, sample: Sample, answer: str | None) -> Score:
        """1 for a valid plan that is proven shortest, or the right number; 0 else, and the label says why.

        Labels are "unreadable" (no plan or number), "invalid" (a step cannot be done), "goal-missed",
        "suboptimal" and "wrong-number". Where the shortest plan is not proven within a minute, a plan as
        short as the best one known counts.
        """
        if answer is None:
            return Score(value=0)
        target: dict[str, Any] = sample.target
        if "number" in target:
            return _score_number(float(target["number"]), answer)
        return _score_plan(str(target["domain"]), str(target["problem"]), answer)

    def _made(self) -> Iterator[Sample]:
        for family, sizes in PLAN_SIZES.items():
            for place, seed in enumerate(range(self._seed, self._seed + self._per_family)):
                size = sizes[place % len(sizes)]
                problem = make_problem(family, size, seed)
                yield _plan_sample(f"{family}-{size}-{seed}", family, problem, {"size": str(size)})
        for family, sizes in FIGURE_SIZES.items():
            for place, seed in enumerate(range(self._seed, self._seed + self._per_family)):
                size = sizes[place % len(sizes)]
                figure = make_figure(family, size, seed)
                yield Sample.model_validate(
                    {
                        "id": f"{family}-{size}-{seed}",
                        "task": f"{figure.text}\n\n{_FIGURE_FORM}",
                        "target": {"number": figure.answer},
                        "group": family,
                        "tags": {"family": family, "size": str(size)},
                    }
                )


def _read(data: Path) -> Iterator[Sample]:
    for found in read_problems(data):
        if found.problem is not None:
            yield _plan_sample(found.id, found.family, found.problem, {})
        else:
            yield Sample.model_validate(
                {
                    "id": found.id,
                    "task": "?",
                    "group": found.family,
                    "tags": {"family": found.family},
                    "fault": found.fault,
                }
            )


def _plan_sample(own_id: str, family: str, problem: PlanProblem, tags: dict[str, str]) -> Sample:
    schema = _schema(problem.domain, problem.problem)
    action = max(schema.actions, key=lambda action: len(action.parameters))
    things: list[str] = []
    for parameter in action.parameters:
        # Different objects, where there are, so that it looks like a step.
        other = [thing for thing in parameter.candidates if thing not in things]
        things += (other or list(parameter.candidates))[:1]
    example = written((action.name, *things))
    text = f"{problem.rules}\n\n{problem.text}\n\n{_PLAN_FORM.format(example=example)}"
    return Sample.model_validate(
        {
            "id": own_id,
            "task": text,
            "target": {"domain": problem.domain, "problem": problem.problem},
            "group": family,
            "tags": {"family": family, **tags},
        }
    )


def _score_number(right: float, answer: str) -> Score:
    given = read_number(answer)
    if given is None:
        return Score(value=0, label="unreadable")
    close = abs(given - right) <= 1e-6 + 1e-4 * abs(right)
    return Score(value=float(close), label="" if close else "wrong-number")


def _score_plan(domain: str, problem: str, answer: str) -> Score:
    schema = _schema(domain, problem)
    plan = read_plan(answer, {action.name: len(action.parameters) for action in schema.actions})
    if not plan:
        return Score(value=0, label="unreadable")
    result = simulate(ground(schema), plan)
    if not result.valid:
        return Score(value=0, label="goal-missed" if result.failing_step is None else "invalid")
    best = _best(domain, problem)
    shortest = best.cost is None or result.cost <= best.cost
    return Score(value=float(shortest), label="" if shortest else "suboptimal")


@lru_cache(maxsize=64)
def _schema(domain: str, problem: str) -> Schema:
    return read_schema(domain, problem)


@lru_cache(maxsize=1024)
def _best(domain: str, problem: str) -> PlanOutcome:
    return find_plan(ground(_schema(domain, problem)), time_limit=_PROOF_SECONDS)
