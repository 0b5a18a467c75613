"""The optimisation worker: a model formulates, a solver solves, the solution is checked, the answer written.

Source: Hao, Zhang and Fan 2024, "Planning Anything with Rigor: General-Purpose Zero-Shot Planning with
LLM-based Formalized Programming" (arXiv 2410.12112). Unlike there the formulation is data, nothing that a
model writes is executed unless code is allowed, and errors go back to it verbatim.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

from agentkit.budget import Budget
from agentkit.errors import FormulationError, WorkerError
from agentkit.formulation.figures import written_figure
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.data_files import task_data_of
from agentkit.formulation.reading.files import read_formulation
from agentkit.messages import ChatRequest, Message
from agentkit.prompts import load_prompt
from agentkit.protocols import Assignment, ChatModel, WorkerContext
from agentkit.result import Evidence, Failure, FailureKind, WorkerResult
from agentkit.solvers.highs import SolveLimits
from agentkit.task import Attachment
from agentkit.tools.tool import Tool
from agentkit.workers.optimization.agreement import Agreement, agreement_of
from agentkit.workers.optimization.attempt import Solver, evidence_text
from agentkit.workers.optimization.briefing import opening_of
from agentkit.workers.optimization.code_mode import CodeRun, run_code
from agentkit.workers.optimization.conversation import Conversation, Outcome

__all__ = ["OptimizationWorker"]

_DESCRIPTION = (
    "Solves optimisation, scheduling, allocation, routing and planning problems exactly: it formulates them "
    "and has a solver find the proven optimum, or the shortest sequence of actions. Reads data from files."
)
_MARGIN = 3.0
"""Seconds before the budget's end at which the solver stops, so that its best solution can still be told."""


class OptimizationWorker:
    """Formulates a problem, has it solved exactly, checks the solution and answers.

    `samples` formulations are drawn side by side and the optimum on which most agree is kept; with
    `second` another formulation must come to the same optimum, else the worker fails. `allow_code` lets
    the model write a program for what a formulation cannot express; it runs in a sandbox, or not at all.
    """

    def __init__(
        self,
        name: str = "optimization",
        description: str = _DESCRIPTION,
        *,
        tools: Sequence[str | Tool] = (),
        time_limit: float = 60.0,
        gap: float = 0.0,
        threads: int = 1,
        samples: int = 1,
        second: bool = False,
        max_repairs: int = 4,
        max_tokens: int = 8192,
        allow_code: bool = False,
        budget: Budget | None = None,
    ) -> None:
        self.name = name
        self.description = description
        self.tools = tools
        """None are needed."""
        self.limits = SolveLimits(seconds=time_limit, gap=gap, threads=threads)
        self.samples = max(samples, 2 if second else 1)
        self.second = second
        self.max_repairs = max_repairs
        self.max_tokens = max_tokens
        self.allow_code = allow_code
        self.budget = budget
        """What it may spend in one run at most, all its subtasks together."""

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """Do it."""
        existing = await asyncio.to_thread(_existing, assignment.attachments)
        found = await self._formulate(assignment, context, existing)
        outcome = found.outcome
        if found.disagreement and self.second:
            return _failed("rejected", found.disagreement, outcome)
        if outcome.give_up:
            return _failed("gave_up", outcome.give_up, outcome)
        if outcome.final:
            return WorkerResult(answer=outcome.final, steps=outcome.calls, evidence=_evidence(found))
        if outcome.ran is not None and not outcome.ran.failure:
            return WorkerResult(answer=outcome.ran.answer, steps=outcome.calls, evidence=_evidence(found))
        if not outcome.done or outcome.attempt is None:
            why = outcome.attempt.complaint if outcome.attempt else outcome.ran and outcome.ran.failure
            return _failed("bad_output", f"no formulation that holds: {why or 'none was given'}", outcome)
        answer = outcome.attempt.answer or await self._compose(assignment, context.model, outcome)
        return WorkerResult(answer=answer, steps=outcome.calls, evidence=_evidence(found))

    async def formalise(self, assignment: Assignment, context: WorkerContext) -> Formulation:
        """Only the formulation. Raises `WorkerError` where there is none that holds."""
        existing = await asyncio.to_thread(_existing, assignment.attachments)
        found = (await self._formulate(assignment, context, existing)).outcome
        if found.attempt is None or found.attempt.formulation is None or found.attempt.stage == "formulate":
            why = found.give_up or (found.attempt.complaint if found.attempt else "") or "no formulation"
            raise WorkerError(why, where=self.name, mend="say the problem more fully")
        return found.attempt.formulation

    async def _formulate(
        self, assignment: Assignment, context: WorkerContext, existing: Formulation | None
    ) -> Agreement:
        """As many formulations as are wanted, side by side, and that on which most agree."""
        opening = await asyncio.to_thread(opening_of, assignment, existing, code=self.allow_code)
        data = task_data_of(assignment.attachments)

        async def one() -> Outcome:
            solver = Solver(data, self._limits(context))
            conversation = Conversation(
                context.model,
                opening.messages,
                opening.sentences,
                solver,
                existing=existing,
                run_code=self._code_runner(assignment) if self.allow_code else None,
                max_repairs=self.max_repairs,
                max_tokens=self.max_tokens,
            )
            return await conversation.run()

        outcomes = list(await asyncio.gather(*(one() for _ in range(self.samples))))
        found = agreement_of(outcomes)
        if found.disagreement and self.second:
            outcomes.append(await one())  # two that agree outvote the third
            found = agreement_of(outcomes)
        return found

    def _code_runner(self, assignment: Assignment) -> Callable[[str], Awaitable[CodeRun]]:
        """Runs programs on the task's files. It raises `SandboxUnavailableError` where none can be fenced."""
        files = {a.name: a.path for a in assignment.attachments}

        async def run(code: str) -> CodeRun:
            return await run_code(code, files, self.limits.seconds or 60.0)

        return run

    def _limits(self, context: WorkerContext) -> SolveLimits:
        """The solver's limits, within what is left of the budget's seconds."""
        left = context.seconds_left
        if left is None or self.limits.seconds is None:
            return self.limits
        seconds = min(self.limits.seconds, max(left - _MARGIN, 0.1))
        return SolveLimits(seconds=seconds, gap=self.limits.gap, threads=self.limits.threads)

    async def _compose(self, assignment: Assignment, model: ChatModel, outcome: Outcome) -> str:
        """The answer in the model's words, where the formulation gives it no form."""
        assert outcome.attempt is not None and outcome.attempt.solution is not None
        solved = json.dumps(outcome.attempt.solution.as_data(), ensure_ascii=False)[:6_000]
        asked = f"Task:\n{assignment.subtask.goal}\n\nThe solver's result:\n{solved}"
        messages = (
            Message(role="system", content=load_prompt(__file__, "explain")),
            Message(role="user", content=asked),
        )
        request = ChatRequest(messages=messages, stage="explain", max_tokens=self.max_tokens)
        return (await model.complete(request)).text.strip()


def _existing(attachments: tuple[Attachment, ...]) -> Formulation | None:
    """A formulation among the task's files."""
    for file in attachments:
        if file.path.suffix.lower() not in (".yaml", ".yml", ".json") or file.size > 200_000:
            continue
        try:
            found = read_formulation(file.path)
        except FormulationError:
            continue  # data of another kind, then
        if found.variables or found.planning is not None:
            return found
    return None


def _evidence(found: Agreement) -> tuple[Evidence, ...]:
    outcome = found.outcome
    parts = []
    if outcome.attempt is not None and outcome.attempt.solution is not None:
        parts.append(Evidence(source="solver", quote=evidence_text(outcome.attempt.solution)))
        checked = "every constraint holds when it is evaluated at the solution"
        if outcome.attempt.stage == "done" and outcome.attempt.solution.plan is None:
            parts.append(Evidence(source="check", quote=checked))
    if outcome.attempt is not None and outcome.attempt.perturbed:
        parts.append(Evidence(source="perturbation", quote=outcome.attempt.perturbed))
    if outcome.ran is not None:
        parts.append(Evidence(source="generated program, in a sandbox", quote=outcome.ran.summary))
    if found.agreeing > 1:
        optimum = found.optimum if found.optimum is None else written_figure(found.optimum)
        quote = f"{found.agreeing} of {found.drawn} formulations come to {optimum}"
        parts.append(Evidence(source="independent formulations", quote=quote))
    if outcome.attempt is not None:
        parts += [Evidence(source="change", quote=text) for text in outcome.attempt.changes]
    if outcome.proposal is not None:
        parts += [Evidence(source="implied", quote=text) for text in outcome.proposal.implied]
        parts += [Evidence(source="assumed", quote=text) for text in outcome.proposal.assumed]
    return tuple(parts)


def _failed(kind: FailureKind, message: str, outcome: Outcome) -> WorkerResult:
    return WorkerResult(failure=Failure(kind=kind, message=message), steps=outcome.calls)
