"""What an agent may use for one sample: a model that is budgeted, recorded and journaled."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.allocation.ledger import Scope
from agentkit.budget import Usage
from agentkit.engine.emitter import Emitter
from agentkit.engine.journal import Journal, RunRecord, RunState
from agentkit.engine.journaled_model import JournaledModel
from agentkit.engine.store import OpenStore
from agentkit.engine.tape import Tape
from agentkit.engine.workflow import Conditions
from agentkit.errors import BudgetExceededError, ModelNotFoundError
from agentkit.messages import ChatRequest, Completion, Message, ToolCall
from agentkit.models.metering import MeteredModel
from agentkit.protocols import ChatModel, ModelInfo, OnDelta, ToolOutcome, ToolScreen
from agentkit.result import RunResult

__all__ = ["AgentContext", "CountingScreen", "RunFigures", "SampleMeter"]


class SampleMeter:
    """Pays a sample's model calls out of its scope, and remembers what was refused and what was lost."""

    def __init__(self, inner: ChatModel, scope: Scope) -> None:
        self._inner = inner
        self._scope = scope
        self.lost = Usage()
        """Of calls that were cut off: the most that they may have cost. No journal has it."""
        self.refused_by: str | None = None
        """The path of the scope whose limit refused a call, if one did."""

    @property
    def info(self) -> ModelInfo:
        """What is known of the model inside."""
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The answer of the model inside. Raises as `MeteredModel` does."""
        told: list[Usage] = []
        metered = MeteredModel(self._inner, self._scope, lambda _, usage: told.append(usage))
        answered = False
        try:
            completion = await metered.complete(request, on_delta)
            answered = True
        except BudgetExceededError as error:
            self.refused_by = error.scope
            raise
        finally:
            if not answered:
                self.lost = sum(told, self.lost)
        return completion


class CountingScreen:
    """A benchmark's screen, and how often it held something back."""

    def __init__(self, inner: ToolScreen) -> None:
        self._inner = inner
        self.withheld = 0

    def refuse(self, call: ToolCall) -> str:
        """Why a call must not be made."""
        return self._count(self._inner.refuse(call))

    def withhold(self, outcome: ToolOutcome) -> str:
        """Why a result must not be seen."""
        return self._count(self._inner.withhold(outcome))

    def _count(self, why: str) -> str:
        self.withheld += bool(why)
        return why


@dataclass(slots=True)
class RunFigures:
    """What the journal tells of a sample's runs, all sessions together."""

    usage: Usage = field(default_factory=Usage)
    stages: dict[str, Usage] = field(default_factory=dict)
    tool_calls: int = 0
    tool_errors: int = 0
    last_tool_failed: bool = False

    def add(self, journal: Journal, run_id: str) -> None:
        """Count a run's calls."""
        for call in journal.calls(run_id):
            if call.kind == "model" and call.usage:
                usage = Usage.model_validate_json(call.usage)
                self.usage += usage
                self.stages[call.name] = self.stages.get(call.name, Usage()) + usage
            elif call.kind == "tool" and call.state == "done" and call.response:
                failed = bool(json.loads(call.response).get("is_error"))
                self.tool_calls += 1
                self.tool_errors += failed
                self.last_tool_failed = failed


class AgentContext:
    """One sample as its agent sees it. What is asked through it is paid for out of the evaluation's
    budget, recorded where that is wanted, and never paid for twice.

    An agent asks `model` itself (or `ask`s it), or runs a team or a workflow of its own with
    `await team.run(sample.task, run_id=context.run_id, **context.conditions())`.
    """

    def __init__(
        self,
        run_id: str,
        epoch: int,
        opened: OpenStore,
        *,
        agent: str = "",
        goal: str = "",
        meter: SampleMeter | None = None,
        screen: CountingScreen | None = None,
        again: bool = False,
    ) -> None:
        self.run_id = run_id
        """Names the sample's run in the evaluation's journal."""
        self.epoch = epoch
        """Which time the sample is asked."""
        self.again = again
        """Whether it was tried before and is to be tried once more, rather than gone on with."""
        self.meter = meter
        self.screen = screen
        self._opened = opened
        self._agent = agent
        self._goal = goal
        self._direct: JournaledModel | None = None
        self._began = time.monotonic()

    @property
    def home(self) -> Path:
        """The folder of the evaluation's runs."""
        return self._opened.folder

    @property
    def model(self) -> ChatModel:
        """The evaluation's model, to be asked directly. Raises `ModelNotFoundError` where it has none."""
        if self._direct is None:
            journal, tape = self._opened.journal, Tape(self._opened.journal, self._direct_id, self._elapsed)
            if journal.find_run(self._direct_id) is None:
                body = json.dumps(self._goal)
                journal.create_run(RunRecord.new(self._direct_id, self._agent, self._goal, body, "{}"))
            emitter = Emitter(self._direct_id, journal, None)
            self._direct = JournaledModel(self._metered(), tape, emitter, scope="run")
        return self._direct

    async def ask(self, prompt: str, *, system: str = "", max_tokens: int = 4096) -> str:
        """The model's answer to a prompt, for agents that need no more. Raises as `model` does."""
        front = (Message(role="system", content=system),) if system else ()
        messages = (*front, Message(role="user", content=prompt))
        request = ChatRequest(messages=messages, stage="ask", max_tokens=max_tokens)
        return (await self.model.complete(request)).text

    def rewind(self) -> None:
        """Another try begins: what the last one asked and was answered is on file, and is found there."""
        self._direct = None
        self.again = True

    def ended_run(self) -> RunResult | None:
        """What the run gave that came to its end just before an earlier session did; it is not made again.

        None where there is no such run, or another try may well end otherwise.
        """
        record = None if self.again else self._opened.journal.find_run(self.run_id)
        if record is None or record.result is None or record.state not in ("answered", "partial", "failed"):
            return None
        result = RunResult.model_validate_json(record.result)
        passing = result.failure is not None and result.failure.kind in ("budget", "unavailable")
        return None if passing else result

    def conditions(self) -> Conditions:
        """What a `Workforce` or a workflow is to be run with."""
        conditions = Conditions(home=self.home, screen=self.screen)
        if self.meter is not None:
            conditions["model"] = self.meter
        return conditions

    def finish(self, state: RunState, reason: str = "") -> None:
        """Write down how the direct calls ended, if there were any."""
        if self._direct is not None:
            elapsed = self._elapsed()
            said = reason.encode("utf-8", "replace").decode()  # no file holds half a character
            self._opened.journal.update_run(self._direct_id, state, elapsed=elapsed, reason=said)

    def figures(self) -> RunFigures:
        """What the journal knows of this sample."""
        found = RunFigures()
        for run_id in (self.run_id, self._direct_id):
            found.add(self._opened.journal, run_id)
        return found

    def run_on_file(self) -> str:
        """The id of the run that `agentkit show` can tell of; empty where nothing is on file."""
        known = (i for i in (self.run_id, self._direct_id) if self._opened.journal.find_run(i) is not None)
        return next(known, "")

    @property
    def _direct_id(self) -> str:
        return f"{self.run_id}.direct"

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _metered(self) -> SampleMeter:
        if self.meter is None:
            mend = "name one with --model, or have the agent bring its own"
            raise ModelNotFoundError("this evaluation has no model", mend=mend)
        return self.meter
