"""`Workforce`: a planner, a coordinator and a team of workers, ready to be given tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Unpack

from pydantic import TypeAdapter

from agentkit.engine.coordinator import Coordinator
from agentkit.engine.workflow import Conditions, RunOptions, Workflow
from agentkit.errors import UsageError
from agentkit.events import Event
from agentkit.plan import Plan, Subtask
from agentkit.protocols import ChatModel, Planner, Verifier, Worker
from agentkit.registry import resolve
from agentkit.result import RunResult
from agentkit.task import Task

__all__ = ["Workforce"]


class Workforce:
    """A team that does tasks: they are planned, the parts are done side by side, and the answer composed.

    `planner` is a name, a planner, or a plan written in Python. A worker that is alone is given the
    task at once and tells by itself whether to split it, unless `approve_plan` wants a plan. `verifier`
    checks every subtask's answer; `True` has the model do it. `output_type` is any type that pydantic
    knows: the result's `output` has it. Everything else (`model`, `budget`, `home`, …) is as in
    `Conditions`, given here for all runs or at a call for one.
    """

    def __init__(
        self,
        workers: Sequence[str | Worker] = ("reasoning",),
        *,
        planner: str | Planner | Plan | Sequence[Subtask] = "decompose",
        verifier: Verifier | bool | None = None,
        max_replans: int = 2,
        approve_plan: bool = False,
        output_type: Any = str,
        **options: Unpack[Conditions],
    ) -> None:
        team = [resolve("worker", w)() if isinstance(w, str) else w for w in workers]
        names = [w.name for w in team]
        if not team or len(set(names)) < len(names):
            raise UsageError("a team needs workers with names of their own", mend=f"its names: {names}")
        if verifier is True:
            from agentkit.engine.verifier import ModelVerifier

            verifier = ModelVerifier()
        self._output: TypeAdapter[Any] = TypeAdapter(output_type)
        coordinator = Coordinator(
            planner=_planner(planner),
            team={w.name: w for w in team},
            verifier=verifier or None,
            max_replans=max_replans,
            approve_plan=approve_plan,
            output_type=output_type,
        )
        self._team = team
        self._options = options
        self._setup = {
            "workers": names,
            "planner": coordinator.planner.name,
            "verify": verifier is not None,
            "max_replans": max_replans,
        }
        self.workflow: Workflow[Task, RunResult] = Workflow(
            coordinator, name="workforce", input_type=Task, output_type=RunResult
        )
        """The coordinator as a workflow: for `as_graph`, or to be called from another."""

    @property
    def setup(self) -> dict[str, Any]:
        """How it is set up, as JSON: its workers' and planner's names, whether it verifies."""
        return dict(self._setup)

    @property
    def model(self) -> str | ChatModel | None:
        """The model that it was given for all its runs, if it was."""
        return self._options.get("model")

    async def run(
        self,
        task: str | Task,
        attach: Sequence[str | Path] = (),
        *,
        run_id: str | None = None,
        **options: Unpack[Conditions],
    ) -> RunResult:
        """Do a task. What became of it is in the result's status; errors are raised only for what
        could not even begin, or was nobody's intention. A `run_id` that there is already is gone on with."""
        whole = await asyncio.to_thread(Task.of, task, attach)
        return self._typed(await self.workflow.run(whole, run_id=run_id, **self._all(options, whole)))

    def run_sync(
        self, task: str | Task, attach: Sequence[str | Path] = (), **options: Unpack[Conditions]
    ) -> RunResult:
        """`run` for programs without an event loop."""
        whole = Task.of(task, attach)
        return self._typed(self.workflow.run_sync(whole, **self._all(options, whole)))

    async def stream(
        self, task: str | Task, attach: Sequence[str | Path] = (), **options: Unpack[Conditions]
    ) -> AsyncGenerator[Event, None]:
        """Do a task and yield events as they happen, `RunFinished` last."""
        whole = await asyncio.to_thread(Task.of, task, attach)
        # Closed here and now: who leaves early may count on the run having stopped.
        async with aclosing(self.workflow.stream(whole, **self._all(options, whole))) as events:
            async for event in events:
                yield event

    async def resume(
        self, run_id: str, answers: Mapping[str, str] | None = None, **options: Unpack[Conditions]
    ) -> RunResult:
        """Go on with a run where it was."""
        return self._typed(await self.workflow.resume(run_id, answers, **self._all(options)))

    def _all(self, options: Conditions, task: Task | None = None) -> RunOptions:
        """The conditions of this call before those of the team."""
        # mypy cannot tell that the keys of `Conditions` are those of `RunOptions` and no others.
        merged: RunOptions = {**self._options, **options, "workers": self._team}  # type: ignore[typeddict-item]
        if task is not None:
            merged["attach"] = task.attachments
        return merged

    def _typed(self, result: RunResult) -> RunResult:
        """The output as its type, also where it came out of a file."""
        if result.output is None:
            return result
        return result.model_copy(update={"output": self._output.validate_python(result.output)})


def _planner(planner: str | Planner | Plan | Sequence[Subtask]) -> Planner:
    if isinstance(planner, str):
        made: Planner = resolve("planner", planner)()
        return made
    if isinstance(planner, Planner):
        return planner
    fixed: Planner = resolve("planner", "fixed")(planner)
    return fixed
