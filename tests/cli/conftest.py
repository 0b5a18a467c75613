"""Fixtures of the command line's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentkit.models.find import PROVIDER_KEYS
from tests.cli.scripted import Cli, record_run


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, setting or file of the machine's owner reaches the tests."""
    for name in [name for name in os.environ if name in PROVIDER_KEYS or name.startswith("AGENTKIT_")]:
        monkeypatch.delenv(name)
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
