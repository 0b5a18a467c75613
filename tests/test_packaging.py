"""What is built holds all of agentkit, under its own name only.

The folders workers, planners and envs lie at the root of the repository and become agentkit.workers
and so on by a mapping in pyproject.toml; a package that is missing there is missing in the wheel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import agentkit

SOURCES = ("agentkit", "workers", "planners", "envs")
DATA = (".txt", ".log", ".md", ".json", ".jsonl", ".csv", ".tsv", ".xlsx", ".parquet", ".toml", ".typed")
"""Kinds of files beside Python's that the packages may hold, and that must travel with them."""


def _relative_files(folder: Path) -> list[Path]:
    """The files below a folder, links not followed and caches left out."""
    return [
        Path(place, name).relative_to(folder)
        for place, _, names in os.walk(folder)
        for name in names
        if "__pycache__" not in place and not name.endswith(".pyc")
    ]


def _packaged(root: Path) -> set[str]:
    """The path in the wheel of every file that belongs there."""
    found = {
        f"{source if source == 'agentkit' else f'agentkit/{source}'}/{path.as_posix()}"
        for source in SOURCES
        for path in _relative_files(root / source)
        if path.suffix in (".py", *DATA)
    }
    return found - {f"agentkit/{source}" for source in SOURCES}


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a source archive, built from a copy of the tree without links.

    The links are left out because some checkouts have none (Windows), and building must not need them.
    """
    place = tmp_path_factory.mktemp("build")
    tree = place / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, tree)
    for source in SOURCES:
        for path in _relative_files(root / source):
            (tree / source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / source / path, tree / source / path)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(place / "out"), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n(make dev installs what building needs)"
    (built,) = (place / "out").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder of its own."""
    place = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def test_the_list_of_packages_is_the_folders_on_disk(root: Path, configuration: dict[str, Any]) -> None:
    on_disk = set()
    for path in _packaged(root):
        package, _, name = path.rpartition("/")
        if name == "__init__.py":
            on_disk.add(package.replace("/", "."))
    assert sorted(configuration["tool"]["setuptools"]["packages"]) == sorted(on_disk)


def test_every_folder_with_modules_is_a_package(root: Path) -> None:
    files = _packaged(root)
    folders = {path.rpartition("/")[0] for path in files if path.endswith(".py")}
    assert {folder for folder in folders if f"{folder}/__init__.py" not in files} == set()


def test_links_for_type_checkers_point_at_the_folders(root: Path) -> None:
    for name in ("workers", "planners", "envs"):
        link = root / "agentkit" / name
        if not link.is_symlink():
            pytest.skip("this checkout has no links")
        assert os.readlink(link) == f"../{name}"


def test_the_version_is_the_same_in_both_places(configuration: dict[str, Any]) -> None:
    assert agentkit.__version__ == configuration["project"]["version"]


def test_every_dependency_is_pinned(root: Path, configuration: dict[str, Any]) -> None:
    project = configuration["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(text for extra in extras for text in extra)]
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.partition("==") for line in lines if line and not line.startswith("#")]
    assert [name for name, sign, version in pins if not (sign and version)] == []
    pinned = {_canonical(name) for name, _, _ in pins}
    assert {_canonical(text) for text in wanted} - pinned == set()


def _canonical(requirement: str) -> str:
    """A requirement's name as package indexes write it."""
    end = next((n for n, sign in enumerate(requirement) if sign in "<>=!~[; "), len(requirement))
    return requirement[:end].lower().replace("_", "-").replace(".", "-")


def test_the_wheel_holds_every_module_and_data_file(root: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == _packaged(root)
    assert "agentkit/py.typed" in inside


def test_the_wheel_works_by_itself(unpacked: Path, tmp_path: Path) -> None:
    code = "import agentkit.workers, agentkit.planners, agentkit.envs; print(agentkit.workers.__file__)"
    done = _python(code, unpacked, tmp_path)
    assert Path(done.stdout.strip()).parent == unpacked / "agentkit" / "workers", done.stderr


@pytest.mark.parametrize("name", ["workers", "planners", "envs"])
def test_the_wheel_takes_no_common_name(name: str, unpacked: Path, tmp_path: Path) -> None:
    assert f"No module named '{name}'" in _python(f"import {name}", unpacked, tmp_path).stderr


@pytest.mark.parametrize("name", ["workers", "planners", "envs"])
def test_the_installed_package_takes_no_common_name(name: str, tmp_path: Path) -> None:
    assert f"No module named '{name}'" in _python(f"import {name}", tmp_path, tmp_path).stderr


def _python(code: str, path: Path, place: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that looks in `path` first and starts in `place`."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
