"""The exchange with the model about a problem: it formulates, hears what is wrong, corrects that part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.errors import FormulationError
from agentkit.formulation.editing.edit_text import read_edits
from agentkit.formulation.formulation import Formulation
from agentkit.messages import ChatRequest, Message
from agentkit.models.structured import structured
from agentkit.prompts import load_prompt
from agentkit.protocols import ChatModel
from agentkit.workers.optimization.attempt import Attempt, Solver, attempt, attempt_edits
from agentkit.workers.optimization.code_mode import CodeRun
from agentkit.workers.optimization.proposal import Proposal, merged, with_sources
from agentkit.workers.optimization.sentences import Sentences

__all__ = ["Conversation", "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a conversation ended."""

    attempt: Attempt | None = None
    """The last formulation that was tried."""
    proposal: Proposal | None = None
    """The definition that came with it."""
    final: str = ""
    """An answer that the model gave itself, as the problem has no solution."""
    give_up: str = ""
    """Why there is no formulation."""
    ran: CodeRun | None = None
    """What a program gave that was written instead of a formulation."""
    calls: int = 0
    """Answers that it took."""

    @property
    def done(self) -> bool:
        """Whether there is an answer."""
        by_code = self.ran is not None and not self.ran.failure
        by_solver = self.attempt is not None and self.attempt.stage == "done"
        return bool(self.final) or by_code or by_solver


@dataclass(slots=True)
class Conversation:
    """One formulation, from the first reply to the last correction."""

    model: ChatModel
    opening: tuple[Message, ...]
    sentences: Sentences
    solver: Solver
    existing: Formulation | None = None
    """A formulation that came with the task."""
    run_code: Callable[[str], Awaitable[CodeRun]] | None = None
    """Runs a program in the sandbox, where that is allowed."""
    max_repairs: int = 4
    max_tokens: int = 8192
    doubted: bool = False
    """Whether the model was told of doubts already: once is enough."""
    raw: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    added: list[Message] = field(default_factory=list)

    async def run(self) -> Outcome:
        """Until there is a solution that stands, or the corrections are used up."""
        defined: Proposal | None = None
        last: Attempt | None = None
        ran: CodeRun | None = None
        for turn in range(self.max_repairs + 1):
            proposal = await self._ask("formulate" if turn == 0 else "repair")
            defined = _definition(defined, proposal)
            if proposal.give_up or proposal.final:
                return Outcome(last, defined, proposal.final, proposal.give_up, calls=self.calls)
            if proposal.keep and last is not None and last.stage == "done":
                break
            if proposal.code:
                ran = await self._run(proposal.code)
                complaint, last = ran.failure, None
            else:
                ran, last = None, await self._try(proposal)
                complaint = self._complaint(last)
            if not complaint:
                break
            if turn < self.max_repairs:
                self._complain(complaint, last)
        return Outcome(last, defined, ran=ran, calls=self.calls)

    async def _run(self, code: str) -> CodeRun:
        if self.run_code is None:
            return CodeRun(failure="code is not allowed here: write a formulation, or give up")
        return await self.run_code(code)

    async def _ask(self, stage: str) -> Proposal:
        request = ChatRequest(messages=(*self.opening, *self.added), max_tokens=self.max_tokens, stage=stage)
        found = await structured(self.model, request, Proposal, name="formulation")
        self.calls += found.calls
        self.added.append(Message(role="assistant", content=found.text))
        return found.value

    async def _try(self, proposal: Proposal) -> Attempt:
        text = str(self.sentences)
        if proposal.edits is not None:
            return await self._try_edits(proposal, proposal.edits)
        self.raw = merged(self.raw, with_sources(proposal.formulation, self.sentences))
        if proposal.answer:
            self.raw["answer"] = proposal.answer
        if proposal.assumed:
            self.raw["assumptions"] = proposal.assumed
        return await attempt(self.raw, self.solver, text)

    async def _try_edits(self, proposal: Proposal, texts: Sequence[str]) -> Attempt:
        if self.existing is None:
            return Attempt("formulate", "there is no existing formulation: write one")
        try:
            edits = [edit for text in texts for edit in read_edits(text)]
            lines = Formulation.read({"answer": proposal.answer}).answer
        except FormulationError as error:
            return Attempt("formulate", str(error))
        return await attempt_edits(self.existing, edits, lines, self.solver)

    def _complaint(self, last: Attempt) -> str:
        if last.complaint:
            return last.complaint
        if last.doubts and not self.doubted:
            self.doubted = True
            return "It was solved, but look at this:\n" + "\n".join(f"- {doubt}" for doubt in last.doubts)
        return ""

    def _complain(self, complaint: str, last: Attempt | None) -> None:
        parts = [f"{complaint}\n"]
        if last is not None and last.without_solution:
            parts.append(load_prompt(__file__, "no_solution"))
        elif last is not None and last.stage == "done":
            parts.append(load_prompt(__file__, "doubt"))
        parts.append(load_prompt(__file__, "again"))
        self.added.append(Message(role="user", content="\n".join(parts)))


def _definition(before: Proposal | None, now: Proposal) -> Proposal:
    """What was defined first, with what was said later in its place."""
    if before is None:
        return now
    kept: Mapping[str, Any] = {
        "goal": now.goal or before.goal,
        "implied": now.implied or before.implied,
        "assumed": now.assumed or before.assumed,
    }
    return now.model_copy(update=dict(kept))
