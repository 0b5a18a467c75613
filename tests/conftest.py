"""What the tests of the repository itself share: which modules there are, and where they lie."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _configuration() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _modules() -> dict[str, Path]:
    """Every module of the packages that pyproject.toml lists, by its full name."""
    setup = _configuration()["tool"]["setuptools"]
    found: dict[str, Path] = {}
    for package in setup["packages"]:
        folder = ROOT / setup["package-dir"].get(package, package.replace(".", "/"))
        for path in folder.glob("*.py"):
            found[package if path.stem == "__init__" else f"{package}.{path.stem}"] = path
    return dict(sorted(found.items()))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def configuration() -> dict[str, Any]:
    """What pyproject.toml says."""
    return _configuration()


@pytest.fixture(scope="session")
def modules() -> dict[str, Path]:
    """Every module of ours and its file."""
    return _modules()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that ask for a `module_name` once for each module."""
    if "module_name" in metafunc.fixturenames:
        # Running a __main__ module is all that importing it does.
        names = [name for name in _modules() if not name.endswith(".__main__")]
        metafunc.parametrize("module_name", names)
