"""The sandbox refuses to run anything behind a fence that has not been seen to hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agentkit.errors import SandboxUnavailableError, ToolError
from agentkit.tools.sandbox import Sandbox, SandboxLimits, probe
from agentkit.tools.sandbox_backends import BACKENDS, Bubblewrap, Namespaces, SandboxBackend
from agentkit.tools.sandbox_view import Mount, View
from tests.tools.sandboxed import usable

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox is for Linux")


@dataclass(frozen=True, slots=True)
class NoFence:
    """Runs the guard and the program on the host, as if that were safe."""

    name: str = "no fence"

    def missing(self) -> str | None:
        return None

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        return [view.host_python, *inner[1:]]


@dataclass(frozen=True, slots=True)
class Broken:
    """Cannot even be started."""

    name: str = "broken"
    program: str = "/bin/false"

    def missing(self) -> str | None:
        return None

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        return [self.program]


@dataclass(frozen=True, slots=True)
class Absent:
    name: str = "absent"

    def missing(self) -> str | None:
        return "it is not installed"

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        raise AssertionError("what is missing must not be started")


@dataclass(frozen=True, slots=True)
class Leaky:
    """A good backend with a hole: more of the host to be seen, or flags left out."""

    inner: SandboxBackend
    hole: str
    shown: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.inner.name} {self.hole}"

    def missing(self) -> str | None:
        return self.inner.missing()

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        view = replace(view, mounts=(*view.mounts, *(Mount(*pair) for pair in self.shown)))
        return [part for part in self.inner.command(view, inner) if part not in self.without]


@pytest.mark.parametrize(
    "backends", [(), (Absent(),), (Broken(),), (NoFence(),), (Absent(), Broken(), NoFence())]
)
async def test_without_a_fence_nothing_runs(backends: tuple[SandboxBackend, ...], tmp_path: Path) -> None:
    fenced = Sandbox(SandboxLimits(wall_seconds=5), backends=backends)

    with pytest.raises(SandboxUnavailableError, match="so none is run") as refused:
        await fenced.run(f"open({str(tmp_path / 'ran')!r}, 'w')")

    assert isinstance(refused.value, ToolError)
    assert "install bubblewrap" in refused.value.mend
    assert not (tmp_path / "ran").exists()
    assert (await fenced.probe()).backend is None


async def test_the_reports_say_what_each_backend_lacks() -> None:
    found = await probe((Absent(), Broken(), NoFence(), Broken("nowhere", "/no/such/program")))

    assert [(report.name, report.ok) for report in found.reports] == [
        ("absent", False), ("broken", False), ("no fence", False), ("nowhere", False),
    ]  # fmt: skip
    texts = [report.text for report in found.reports]
    assert texts[0] == "it is not installed"
    if "runs as root" in texts[1]:
        pytest.skip(f"nothing can even be tried here: {texts[1]}")
    assert "the fence could not be put up" in texts[1]
    assert "there is no PID namespace" in texts[2]
    assert "/no/such/program" in texts[3]
    assert found.text.startswith("absent: it is not installed; broken: ")


async def test_no_backend_at_all() -> None:
    found = await probe(())

    assert (found.backend, found.reports, found.text) == (None, (), "there is no backend")


async def test_bubblewrap_that_is_not_installed() -> None:
    found = await probe((Bubblewrap("bwrap-which-is-not-there"),))

    assert found.backend is None
    assert "not installed" in found.text or "Linux" in found.text


@linux
@pytest.mark.parametrize(
    ("leaky", "told"),
    [
        (Leaky(Bubblewrap(), "with the network", without=("--unshare-net",)), "the host's net namespace"),
        (
            Leaky(Bubblewrap(), "with the host's memory", without=("--unshare-ipc",)),
            "the host's ipc namespace",
        ),
        (
            Leaky(Bubblewrap(), "with the host's processes", without=("--unshare-pid", "--as-pid-1")),
            "no PID namespace",
        ),
        (Leaky(Bubblewrap(), "with the host's users", shown=(("/etc", "/etc"),)), "seeing /etc/passwd"),
        (
            Leaky(Bubblewrap(), "with the host's programs", shown=(("/usr/bin", "/usr/bin"),)),
            "seeing /usr/bin",
        ),
        (
            Leaky(Namespaces(), "with the host's users", shown=(("/etc/passwd", "/etc/passwd"),)),
            "seeing /etc/passwd",
        ),
        (Leaky(Namespaces(), "with the host's /var", shown=(("/var", "/var"),)), "seeing /var"),
    ],
    ids=lambda value: value.name.replace(" ", "_") if isinstance(value, Leaky) else "",
)
async def test_a_fence_with_a_hole_is_found_out(leaky: Leaky, told: str) -> None:
    if not (await probe((leaky.inner,))).backend:
        pytest.skip(f"{leaky.inner.name} cannot be used on this machine")

    found = await probe((leaky,))

    assert found.backend is None
    assert told in found.text


@linux
async def test_the_first_backend_that_holds_is_taken() -> None:
    good = (await probe()).backend
    if good is None:
        pytest.skip("no backend can be used on this machine")
    found = await probe((Absent(), Broken(), *BACKENDS))

    assert found.backend == good
    assert (await Sandbox(packages=False, backends=(Broken(), *BACKENDS)).run("result = 1")).backend == good


@linux
def test_the_machine_says_which_backends_it_has() -> None:
    for backend in BACKENDS:
        assert usable(backend) is backend
