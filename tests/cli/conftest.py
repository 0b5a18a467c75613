"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.models.find import PROVIDER_KEYS
from tests.cli.scripted import Cli, record_run


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, setting or file of the machine's owner reaches the tests."""
    for name in (*PROVIDER_KEYS, "AGENTKIT_MODEL", "AGENTKIT_API_BASE", "AGENTKIT_LOCAL_MODEL", "AGENTKIT_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`agentkit` with a home of its own."""
    return Cli(tmp_path / "home", capsys)


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """A recording of the goal of `scripted`, done in three parts."""
    path = tmp_path / "cassette.jsonl"
    record_run(path)
    return path
