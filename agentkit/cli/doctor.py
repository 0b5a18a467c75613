"""`agentkit doctor`: says what is there and what is missing, above all which model would be used."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

import agentkit
from agentkit.cli.errors import FAILED, OK
from agentkit.cli.home import folder_of
from agentkit.errors import ModelNotFoundError
from agentkit.models.find import Found, find_model, search_places
from agentkit.settings import load_settings

__all__ = ["examine"]

_PACKAGES = (
    "duckdb", "highspy", "langgraph", "litellm", "openpyxl", "pint", "playwright",
    "pydantic", "pyomo", "rich", "typer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Finding:
    """Whether something is there, and what there is to say of it."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Report:
    model: str | None
    why: str
    mend: str = ""
    tried: list[dict[str, object]] = field(default_factory=list)
    api_base: str | None = None


def examine(*, home: Path | None = None, as_json: bool = False) -> int:
    """Print the findings; 0 where a model was found, else 1. Raises `SettingsError` for a bad setting."""
    model = asyncio.run(_look_for_model())
    packages = {name: _version(name) for name in _PACKAGES}
    findings = {
        "chromium": asyncio.run(_look_for_chromium()),
        "local extra": _look_for_extra(),
        "nonlinear solvers": _look_for_nonlinear(),
        "sandbox": asyncio.run(_look_for_sandbox()),
        "home": _look_at_home(folder_of(home)),
    }
    if as_json:
        told = {
            "agentkit": agentkit.__version__,
            "python": platform.python_version(),
            "model": asdict(model),
            "packages": packages,
            **{name.replace(" ", "_"): asdict(finding) for name, finding in findings.items()},
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _print(model, packages, findings)
    return OK if model.model is not None else FAILED


async def _look_for_model() -> _Report:
    try:
        found: Found = await find_model(load_settings())
    except ModelNotFoundError as error:
        return await _explain(error)
    tried: list[dict[str, object]] = [asdict(place) for place in found.tried]
    return _Report(found.model, found.why, tried=tried, api_base=found.api_base)


async def _explain(error: ModelNotFoundError) -> _Report:
    """Why there is no model; what the error says in one line, by places."""
    try:
        tried = [asdict(place) for place in await search_places(load_settings())]
    except ModelNotFoundError:  # something definite was asked for, and the error is about that
        return _Report(None, str(error))
    return _Report(None, "none was found", error.mend, tried)


async def _look_for_chromium() -> _Finding:
    """Whether Playwright's own browser is installed; nothing is started but Playwright's driver."""
    if find_spec("playwright") is None:
        return _Finding(False, "playwright is not installed")
    from playwright.async_api import Error, async_playwright

    try:
        async with async_playwright() as playwright:
            path = Path(playwright.chromium.executable_path)
    except (Error, OSError) as error:
        return _Finding(False, f"playwright does not start: {error}")
    if path.exists():
        return _Finding(True, str(path))
    return _Finding(False, "not installed: playwright install chromium")


def _look_for_extra() -> _Finding:
    if find_spec("xllamacpp") is None:
        return _Finding(False, 'not installed: pip install "agentkit[local]"')
    return _Finding(True, f"xllamacpp {_version('xllamacpp')}")


def _look_for_nonlinear() -> _Finding:
    """What takes the problems that HiGHS cannot."""
    if find_spec("pyscipopt") is not None:
        return _Finding(True, f"SCIP, by pyscipopt {_version('pyscipopt')}")
    if shutil.which("ipopt"):
        return _Finding(True, "Ipopt, which finds local optima and proves nothing")
    return _Finding(False, 'not installed: pip install "agentkit[nonlinear]"')


async def _look_for_sandbox() -> _Finding:
    """Whether generated code could be run; a program is run that tries to get out."""
    from agentkit.tools.sandbox import probe

    found = await probe()
    return _Finding(found.backend is not None, found.text)


def _look_at_home(folder: Path) -> _Finding:
    """Whether runs can be kept there; where the folder is not there yet, whether it can be made."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir():
        return _Finding(False, f"{existing} is not a folder: choose another with --home or AGENTKIT_HOME")
    if not os.access(existing, os.W_OK | os.X_OK):
        return _Finding(False, f"{existing} cannot be written: choose another with --home or AGENTKIT_HOME")
    return _Finding(True, f"{folder}{'' if existing == folder else ' (will be made)'}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _print(model: _Report, packages: dict[str, str | None], findings: dict[str, _Finding]) -> None:
    console = Console(highlight=False)
    if model.model is not None:
        at = f" at {model.api_base}" if model.api_base else ""
        _line(console, True, "model", f"{model.model}{at}: {model.why}")
    else:
        _line(console, False, "model", model.why)
    for place in model.tried:
        if not place["found"]:
            _more(console, f"{place['place']}: {place['reason']}", "dim")
    if model.mend:
        _more(console, f"to mend it: {model.mend}")
    for name, finding in findings.items():
        _line(console, finding.ok, name, finding.text)
    _line(console, True, "python", f"{platform.python_version()}, agentkit {agentkit.__version__}")
    missing = [name for name, found in packages.items() if found is None]
    listing = ", ".join(f"{name} {found}" for name, found in packages.items() if found)
    _line(console, not missing, "packages", listing)
    if missing:
        _more(console, f"not installed: {', '.join(missing)}", "red")


def _line(console: Console, ok: bool, name: str, text: str) -> None:
    sign = Text("✓ ", style="green") if ok else Text("✗ ", style="red")
    console.print(Text.assemble(sign, (name, "bold"), f": {text}"))


def _more(console: Console, text: str, style: str = "") -> None:
    console.print(Padding(Text(text, style=style), (0, 0, 0, 4)))
