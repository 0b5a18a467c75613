"""An agent described in a TOML file, for `agentkit eval --config`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from agentkit.errors import SettingsError
from agentkit.evals.agents import Agent, WorkforceAgent
from agentkit.evals.finding import find_agent
from agentkit.frozen import Frozen

__all__ = ["AgentConfig", "read_agent_config"]

_OF_TEAMS = ("workers", "planner", "verify", "max_replans")


class AgentConfig(Frozen):
    """What such a file may say."""

    agent: str = "workforce"
    """Which agent: `workforce`, `bare`, `bare-tools`, `module:object`, or a Python file."""
    name: str | None = None
    """How reports call it; its own name if not given."""
    model: str | None = None
    """Its model, where none is named on the command line."""
    workers: tuple[str, ...] = ("reasoning",)
    """For `workforce`: the team, by name."""
    planner: str = "decompose"
    """For `workforce`: who plans."""
    verify: bool = False
    """For `workforce`: whether the model checks every subtask's answer."""
    max_replans: int = Field(default=2, ge=0)
    """For `workforce`: how often the plan may be made anew."""

    def build(self) -> Agent:
        """The agent. Raises `UsageError` for names that nobody has."""
        if self.agent != "workforce":
            agent = find_agent(self.agent, name=self.name)
        else:
            agent = WorkforceAgent(
                self.workers, planner=self.planner, verify=self.verify, max_replans=self.max_replans
            )
            agent.name = self.name or agent.name
        if self.model is not None:
            agent.model = self.model
        return agent


def read_agent_config(path: Path) -> AgentConfig:
    """Read such a file. Raises `SettingsError` naming the line or the field that is wrong."""
    try:
        found: dict[str, Any] = tomllib.loads(path.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        what = f"it cannot be read: {error.strerror}"
        raise SettingsError(what, where=str(path), mend="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(error), where=str(path), mend="mend the file's syntax") from error
    try:
        config = AgentConfig.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        mend = f"its fields are: {', '.join(AgentConfig.model_fields)}"
        raise SettingsError(f"{field}: {first['msg']}", where=str(path), mend=mend) from error
    given = [name for name in _OF_TEAMS if name in found]
    if config.agent != "workforce" and given:
        what = f"{given[0]} says nothing to the agent {config.agent!r}"
        raise SettingsError(what, where=str(path), mend="leave it out, or set agent to workforce")
    return config
