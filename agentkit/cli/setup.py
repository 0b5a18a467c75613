"""How a run was set up, so that another process can set it up again."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agentkit.budget import Budget
from agentkit.engine.workforce import Workforce
from agentkit.errors import UsageError
from agentkit.frozen import Frozen
from agentkit.protocols import ChatModel
from agentkit.registry import Kind, resolve

__all__ = ["CONFIG_KEY", "TeamSetup", "budget_of", "build_model_for", "build_workforce", "saved_setup"]

CONFIG_KEY = "team"
"""Under which key of a run's configuration its `TeamSetup` lies."""


class TeamSetup(Frozen):
    """What the command line says of who does the work, and how."""

    workers: tuple[str, ...] = ("reasoning",)
    """The workers' names."""
    planner: str = "decompose"
    """The planner's name."""
    model: str | None = None
    """The model's id; None lets it be found."""
    api_base: str | None = None
    """Address of an OpenAI-compatible server."""
    record: Path | None = None
    """The cassette that the model's answers are written to."""
    replay: Path | None = None
    """The cassette that answers in the model's place."""
    approve_plan: bool = False
    """Whether a person must agree to the plan."""
    verify: bool = False
    """Whether the model checks every subtask's answer."""

    def check(self) -> None:
        """Raises `UsageError` for options that contradict each other."""
        others = {"--model": self.model, "--api-base": self.api_base, "--record": self.record}
        if self.replay is not None and (given := [name for name, value in others.items() if value]):
            what = "a recording takes the model's place"
            raise UsageError(what, where=f"--replay with {given[0]}", mend="leave one of them out")


def budget_of(limits: Mapping[str, float | None]) -> Budget:
    """A budget from the options of those names. Raises `UsageError` naming the option that makes no sense."""
    try:
        return Budget.model_validate(dict(limits))
    except ValidationError as error:
        first = error.errors()[0]
        option = f"--{first['loc'][0]}"
        raise UsageError(first["msg"].lower(), where=option, mend="give a positive number") from error


def saved_setup(run_id: str, config: str) -> TeamSetup:
    """The set-up in a run's configuration (JSON). Raises `UsageError` where a program began the run."""
    saved = json.loads(config).get(CONFIG_KEY)
    if saved is None:
        mend = "resume it from there, with Workforce.resume or Workflow.resume"
        raise UsageError("this run was begun by a Python program", where=f"run {run_id}", mend=mend)
    return TeamSetup.model_validate(saved)


async def build_model_for(setup: TeamSetup) -> ChatModel:
    """The model that the set-up names, or the one that is found. Raises errors of the model branch."""
    from agentkit.models.find import build_model, find_model
    from agentkit.settings import load_settings

    if setup.replay is not None:
        from agentkit.models.replay import ReplayModel

        return ReplayModel(setup.replay)
    settings = load_settings()
    return build_model(await find_model(settings, model=setup.model, api_base=setup.api_base), settings)


def build_workforce(setup: TeamSetup, model: ChatModel) -> Workforce:
    """The team. Raises `UnknownNameError` and `UsageError` for names that nobody can work under."""
    if any(":" in name for name in (*setup.workers, setup.planner)) and "" not in sys.path:
        sys.path.insert(0, "")  # a module of the user's own lies where they are
    for name in setup.workers:
        _check_needs_nothing("worker", name)
    _check_needs_nothing("planner", setup.planner)
    return Workforce(
        setup.workers,
        planner=setup.planner,
        verifier=True if setup.verify else None,
        approve_plan=setup.approve_plan,
        model=model,
    )


def _check_needs_nothing(kind: Kind, name: str) -> None:
    """Only what can be made without arguments can be named on a command line."""
    made: Any = resolve(kind, name)
    if not callable(made):
        raise UsageError("this is no class or function", where=f"--{kind} {name}", mend="name what makes one")
    try:
        inspect.signature(made).bind()
    except TypeError as error:
        what, mend = f"it cannot be made by name alone: {error}", "use it from Python"
        raise UsageError(what, where=f"--{kind} {name}", mend=mend) from error
