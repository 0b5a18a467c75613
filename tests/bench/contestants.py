"""Who is measured: agentkit and its peers, each with the interpreter of its own environment."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["OURS", "ROOT", "Contestant", "SetupError", "peers", "prepare"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

INSTALL_SECONDS = 1200


class SetupError(Exception):
    """Raised when a peer's environment cannot be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who is measured."""

    name: str
    """How its programs' names begin."""
    title: str
    """Its column's heading."""
    statement: str
    """What a user's first script imports; empty where that is not measured."""
    packages: tuple[str, ...]
    """Whose versions are shown."""
    requires: tuple[str, ...] = ()
    """What pip installs; nothing means that it lives in this environment."""
    optional: bool = False
    """Whether it is measured only on request."""
    env: dict[str, str] = field(default_factory=dict)
    """Its settings."""
    home: Path = ROOT / ".bench"
    """Where environments are made."""

    @property
    def folder(self) -> Path:
        """Its environment, where it has one of its own."""
        return self.home / self.name

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python" if self.requires else Path(sys.executable)


OURS = Contestant("ours", "agentkit", "import agentkit", ("agentkit",))


def peers(listing: Path = HERE / "peers.toml") -> list[Contestant]:
    """Those that peers.toml lists."""
    table: dict[str, Any] = tomllib.loads(listing.read_text(encoding="utf-8"))
    return [
        Contestant(
            name=name,
            title=entry["title"],
            statement=entry.get("import", ""),
            packages=tuple(entry["packages"]),
            requires=tuple(entry["requires"]),
            optional=entry.get("optional", False),
            env=entry.get("env", {}),
        )
        for name, entry in table.items()
    ]


def prepare(who: Contestant) -> None:
    """Make the environment, unless it is there with just these requirements.

    Raises `SetupError` where it cannot be made.
    """
    if not who.requires:
        return
    wanted = "\n".join(who.requires)
    mark = who.folder / "installed.txt"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    _run([sys.executable, "-m", "venv", str(who.folder)])
    pip = [str(who.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *who.requires])
    mark.write_text(wanted, encoding="utf-8")


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise SetupError(f"not installed within {INSTALL_SECONDS} s") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise SetupError(lines[-1] if lines else f"exit status {done.returncode}")
