"""Workers, planners and tools are found by name, and a wrong name is told in words that help."""

from pathlib import Path
from typing import get_args

import pytest

from agentkit.errors import UnknownNameError
from agentkit.registry import Kind, known_names, resolve

KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which modules can be imported; its files are a package of somebody else's."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_that_we_list_is_there(kind: Kind) -> None:
    names = known_names(kind)
    assert names == tuple(sorted(names))
    for name in names:
        assert getattr(resolve(kind, name), "name", name) == name


def test_a_path_names_anything(package: Path) -> None:
    (package / "acme_robots.py").write_text("class Robot: ...\n")
    assert resolve("worker", "acme_robots:Robot").__name__ == "Robot"


def test_installed_packages_announce_names(package: Path) -> None:
    (package / "acme_announced.py").write_text("def weigh(): ...\n")
    info = package / "acme_announced-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-announced\nVersion: 1.0\n")
    announced = (
        "[agentkit.tools]\nweigh = acme_announced:weigh\n[agentkit.benchmarks]\nsums = acme_announced:weigh\n"
    )
    (info / "entry_points.txt").write_text(announced)
    assert "weigh" in known_names("tool")
    assert "weigh" not in known_names("worker")
    assert resolve("tool", "weigh").__name__ == "weigh"
    assert "sums" in known_names("benchmark") and resolve("benchmark", "sums").__name__ == "weigh"


def test_an_unknown_name_is_told_with_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="there is no planner called 'zzz'") as caught:
        resolve("planner", "zzz")
    assert caught.value.known == known_names("planner")
    assert "decompose" in caught.value.mend


def test_a_slip_of_the_pen_is_corrected() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean calculate\?"):
        resolve("tool", "calcualte")


def test_names_of_one_kind_are_not_names_of_another() -> None:
    with pytest.raises(UnknownNameError):
        resolve("worker", "calculate")


@pytest.mark.parametrize("path", ["acme_nowhere:Robot", "agentkit.nowhere:Robot", "acme_nowhere.deep:Robot"])
def test_a_path_to_no_module_is_an_unknown_name(path: str) -> None:
    with pytest.raises(UnknownNameError, match="there is no module"):
        resolve("worker", path)


@pytest.mark.parametrize(
    "path", [":Robot", ".robots:Robot", "a..b:Robot", "agentkit.task:", "agentkit.task:Robot"]
)
def test_a_path_that_leads_nowhere_is_an_unknown_name(path: str) -> None:
    with pytest.raises(UnknownNameError):
        resolve("worker", path)


@pytest.mark.parametrize("missing", ["acme_lacking", "acme"])
def test_a_module_that_lacks_another_says_so_itself(package: Path, missing: str) -> None:
    (package / "acme_lacks.py").write_text(f"import {missing}\n")
    with pytest.raises(ModuleNotFoundError, match=missing):
        resolve("worker", "acme_lacks:Robot")
