"""An evaluation that is killed ten times with `kill -9` ends with the records of an undisturbed one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parent / "programs" / "killed_eval.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no kill -9 here"),
]


@pytest.fixture(scope="module", params=["bare", "workforce"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What became of 500 samples: one call each for `bare`, two and more for `workforce`."""
    folder = tmp_path_factory.mktemp("killed") / "eval"
    command = [sys.executable, str(PROGRAM), str(folder), request.param, "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_its_records_are_those_of_an_undisturbed_one(report: Any) -> None:
    assert report["kills"] >= 9, "it was hardly killed, so this shows nothing"
    assert report["records"] == 500
    assert report["outcomes"].keys() == {"right", "wrong"}
    assert report["different"] == []


def test_no_finished_call_is_made_again(report: Any) -> None:
    assert report["asked_again"] == []
    lost = report["calls"] - report["calls_undisturbed"]
    assert lost <= report["kills"] * 20, "only calls under way when it was killed may be made once more"
