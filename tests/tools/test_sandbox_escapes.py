"""Programs that try to get out of the sandbox reach nothing: seen from outside, whatever they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.tools.sandbox_backends import SandboxBackend
from tests.tools.sandbox_attempts import MOUNTING, READING, WRITING, Attempt
from tests.tools.sandbox_attempts_kernel import NETWORK, PROCESSES
from tests.tools.sandboxed import FENCES, Host, outside, sandbox, usable

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox is for Linux")

ATTEMPTS = (*READING, *WRITING, *MOUNTING, *NETWORK, *PROCESSES)

by_name = pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name.replace(" ", "_"))


@pytest.fixture(params=FENCES, ids=lambda fence: fence.name)
def fence(request: pytest.FixtureRequest) -> SandboxBackend:
    return usable(request.param)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    folder = Path(tempfile.mkdtemp(prefix="host-"))
    found = Host(folder)
    monkeypatch.setenv("AGENTKIT_TEST_SECRET", found.secret)
    yield found
    found.close()
    shutil.rmtree(folder)
    for place in (Path("/tmp"), Path("/dev/shm"), Path(tempfile.gettempdir())):
        for path in place.glob(f"{found.name}*"):
            path.unlink()


@by_name
async def test_it_is_stopped(attempt: Attempt, fence: SandboxBackend, host: Host) -> None:
    found = await sandbox(fence).run(host.prelude + attempt.code, inputs={"input.txt": "harmless"})

    seen = "\n".join((found.stdout, found.stderr, found.error, repr(found.value)))
    assert host.damage(seen) == []
    # The program came to its end, or was ended; it did not fail for a slip of its own.
    assert found.status in ("ok", "killed"), found.error


@pytest.mark.parametrize(
    "attempt",
    [attempt for attempt in ATTEMPTS if attempt.works_outside],
    ids=lambda attempt: attempt.name.replace(" ", "_"),
)
def test_it_would_succeed_without_a_sandbox(attempt: Attempt, host: Host) -> None:
    """So the tests above would tell."""
    assert host.damage(outside(host, attempt.code)) != []


def test_there_are_many_of_them() -> None:
    assert len(ATTEMPTS) >= 30
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)


TERMINAL = """
import asyncio, fcntl, os, select, sys, termios
os.login_tty(0)
typing = '''
import fcntl, os
fds = list(range(16))
try:
    fds.append(os.open("/dev/tty", os.O_RDWR))
except OSError:
    pass
for fd in fds:
    for letter in (b"l", b"s", bytes([10])):
        try:
            fcntl.ioctl(fd, 0x5412, letter)
        except OSError:
            pass
'''
if sys.argv[1] == "outside":
    exec(typing)
else:
    from agentkit.tools.sandbox import Sandbox
    from tests.tools.sandboxed import FENCES
    fence = next(fence for fence in FENCES if fence.name == sys.argv[1])
    assert asyncio.run(Sandbox(packages=False, backends=(fence,)).run(typing)).ok
print("typed into" if select.select([0], [], [], 0.1)[0] else "untouched", flush=True)
"""


def at_a_terminal(how: str) -> str:
    """What a program says that has a terminal, and runs the one above outside or by a backend."""
    ours, theirs = os.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", TERMINAL, how],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        ) as process:
            os.close(theirs)
            said = b""
            while chunk := _read(ours):
                said += chunk
            process.wait(30)
    finally:
        os.close(ours)
    return said.decode()


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 1000)
    except OSError:
        return b""  # The other end is closed.


def test_nothing_is_typed_into_the_terminal(fence: SandboxBackend) -> None:
    assert "untouched" in at_a_terminal(fence.name)


def test_without_a_sandbox_it_would_be() -> None:
    setting = Path("/proc/sys/dev/tty/legacy_tiocsti")
    if setting.exists() and setting.read_text().strip() == "0" and os.geteuid() != 0:
        pytest.skip("this kernel lets nobody type into a terminal")
    assert "typed into" in at_a_terminal("outside")
