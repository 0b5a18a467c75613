"""Conducts a run from the command line: displays it, records it, and tells what became of it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.cli.display import Display, choose_display
from agentkit.cli.interrupts import InterruptedByUser, drive
from agentkit.cli.outcome import resume_line, tell
from agentkit.cli.person import TerminalPerson, somebody_is_there
from agentkit.cli.recording import RunRecorder
from agentkit.cli.setup import TeamSetup, build_model_for, build_workforce
from agentkit.cli.view import RunView
from agentkit.engine.workforce import Workforce
from agentkit.events import Event, RunStarted
from agentkit.models.replay import ReplayModel
from agentkit.protocols import AnswersQuestions, ChatModel
from agentkit.result import RunResult

__all__ = ["Carry", "Conductor"]


@dataclass(slots=True)
class Conductor:
    """One run as one process shows it. `home` is the folder of runs where it is not the usual one."""

    setup: TeamSetup
    as_json: bool = False
    home: Path | None = None
    view: RunView = field(default_factory=RunView)
    display: Display = field(init=False)
    _recorder: RunRecorder | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.display = choose_display(self.view, as_json=self.as_json)

    def conduct(self, carry: Carry) -> int:
        """Carry a run out and tell what became of it; returns the exit code.

        Raises whatever the run raises, after the display is put in order.
        """
        try:
            result = drive(self._shown(carry))
        except InterruptedByUser as interruption:
            self._tell_interruption()
            return interruption.code
        finally:
            if self._recorder is not None:
                self._recorder.close()
        replayed = self.setup.replay is not None
        return tell(result, as_json=self.as_json, home=self.home, recorded=replayed)

    def listen(self, event: Event) -> None:
        """Take in one event of the run."""
        if isinstance(event, RunStarted) and self._recorder is not None:
            self._recorder.run_id = event.run_id
        self.view.apply(event)
        self.display.show(event)

    def answerer(self) -> AnswersQuestions | None:
        """Somebody to answer questions, where there is one."""
        if self.as_json or not somebody_is_there():
            return None
        return TerminalPerson(self.display)

    async def workforce(self) -> Workforce:
        """The team with its model, recorded where that is wanted. Raises for what cannot be set up."""
        model: ChatModel = await build_model_for(self.setup)
        if self.setup.record is not None:
            model = self._recorder = RunRecorder(model, self.setup.record)
        force = build_workforce(self.setup, model)
        if isinstance(model, ReplayModel):
            self._tell_recording(model)
        return force

    async def _shown(self, carry: Carry) -> RunResult:
        force = await self.workforce()
        async with self.display:
            return await carry(force, self)

    def _tell_recording(self, model: ReplayModel) -> None:
        if not self.as_json:
            when = model.recorded_at.strftime("%Y-%m-%d")
            what = f"the model's words are a recording of {model.info.name}, made on {when}"
            print(f"{what}; the tools run live", file=sys.stderr)

    def _tell_interruption(self) -> None:
        run = self.view.run_id
        hint = f"; resume it with: {resume_line(run, home=self.home)}" if run else " before it began"
        print(f"interrupted{hint}", file=sys.stderr)


Carry = Callable[[Workforce, Conductor], Awaitable[RunResult]]
"""Begins a run, or goes on with one, with the conductor's listener and answerer."""
