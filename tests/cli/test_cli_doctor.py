"""`agentkit doctor`: which model would be used, and what is missing."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from agentkit.models.find import search_places
from agentkit.settings import Settings
from tests.cli.scripted import Cli
from tests.models.fake_openai import FakeServer


def test_the_model_that_is_set_is_found_and_the_others_are_not_looked_at(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_MODEL", "openai/fake-1")
    found = cli.json("doctor")
    assert cli.code == 0
    assert (found["model"]["model"], found["model"]["why"]) == ("openai/fake-1", "AGENTKIT_MODEL names it")
    reasons = {place["place"]: place["reason"] for place in found["model"]["tried"]}
    assert reasons["argument"] == "no model was named"
    assert reasons["provider key"] == "not looked at: a model was found before"
    assert found["python"] == platform.python_version()
    assert found["packages"]["pydantic"] and found["packages"]["langgraph"]


def test_a_server_s_model_is_named_with_its_address(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(models=("qwen-9",)) as server:
        monkeypatch.setenv("AGENTKIT_API_BASE", server.url)
        assert cli("doctor") == 0
    assert cli.out.startswith(f"✓ model: openai/qwen-9 at {server.url}: it is the first that")


def test_a_server_that_is_down_is_the_reason_that_there_is_no_model(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_API_BASE", "http://127.0.0.1:9/v1")
    assert cli("doctor") == 1
    assert "✗ model: http://127.0.0.1:9/v1: no model there: nobody answers" in " ".join(cli.out.split())
    found = cli.json("doctor")
    assert (cli.code, found["model"]["model"]) == (1, None)


async def test_where_nothing_is_found_every_place_says_why() -> None:
    places = await search_places(Settings(), servers=())
    assert [place.place for place in places] == [
        *("argument", "AGENTKIT_MODEL", "settings", "api_base"),
        *("provider key", "local server", "embedded"),
    ]
    assert places[4].reason.startswith("none is set (OPENAI_API_KEY")


def test_the_home_is_looked_at_but_not_made(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGENTKIT_MODEL", "openai/fake-1")
    assert cli.json("doctor")["home"] == {"ok": True, "text": f"{cli.home} (will be made)"}
    assert not cli.home.exists()
    (tmp_path / "file").write_text("")
    cli.home = tmp_path / "file" / "home"
    home = cli.json("doctor")["home"]
    assert not home["ok"]
    assert home["text"].startswith(f"{tmp_path / 'file'} is not a folder")


def test_what_is_not_installed_is_named_with_the_mend(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_MODEL", "openai/fake-1")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(cli.home))
    found = cli.json("doctor")
    assert found["chromium"] == {"ok": False, "text": "not installed: playwright install chromium"}
    assert ("pip install" in found["local_extra"]["text"]) is not found["local_extra"]["ok"]


def test_a_setting_that_makes_no_sense_is_wrong_usage(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_PARALLEL", "-1")
    assert cli("doctor") == 2
    assert "setting parallel" in cli.err and cli.err.count("\n") == 1
