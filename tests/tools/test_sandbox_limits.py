"""Programs that want too much are ended, the result says of what, and nothing of them is left."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.tools.sandbox import SandboxLimits, SandboxResult
from agentkit.tools.sandbox_backends import SandboxBackend
from tests.tools.sandboxed import FENCES, MIB, SMALL, family, processes_left, sandbox, usable

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox is for Linux")

HASTE = SMALL.model_copy(update={"wall_seconds": 0.7})


@pytest.fixture(params=FENCES, ids=lambda fence: fence.name)
def fence(request: pytest.FixtureRequest) -> Iterator[SandboxBackend]:
    yield usable(request.param)
    assert processes_left() == []


async def run(fence: SandboxBackend, code: str, limits: SandboxLimits = SMALL) -> SandboxResult:
    return await sandbox(fence, limits).run(code)


# Time


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(300)",
        "import threading; threading.Event().wait()",
        "import signal, time\nfor n in (1, 2, 3, 10, 12, 13, 14, 15, 24): signal.signal(n, signal.SIG_IGN)\n"
        "time.sleep(300)",
        "import time\nwhile True:\n    try: time.sleep(300)\n    except BaseException: pass",
        # Stopping, slowing or limiting the one who keeps the time does not help.
        """
import os, resource, signal, time
for attempt in (
    lambda: os.kill(1, signal.SIGSTOP),
    lambda: os.kill(os.getppid(), signal.SIGSTOP),
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
    lambda: resource.prlimit(1, resource.RLIMIT_CPU, (0, 0)),
    lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0)),
):
    try:
        attempt()
    except OSError:
        pass
time.sleep(300)
""",
        # Nor does stopping oneself.
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    ],
    ids=["sleep", "wait", "deaf to signals", "catches all", "hampers the guard", "stops itself"],
)
async def test_waiting_for_ever(fence: SandboxBackend, code: str) -> None:
    began = time.monotonic()

    found = await run(fence, code, HASTE)

    assert (found.status, found.error) == ("timeout", "it took longer than 0.7 s")
    assert 0.7 <= found.seconds < 5
    assert time.monotonic() - began < 15


async def test_computing_for_ever(fence: SandboxBackend) -> None:
    found = await run(fence, "while True: pass", SMALL.model_copy(update={"cpu_seconds": 0.5}))

    assert (found.status, found.error) == ("cpu", "it used more than 0.5 s of processor time")
    assert 0.5 <= found.cpu_seconds < 2.5


async def test_computing_in_several_processes_counts_together(fence: SandboxBackend) -> None:
    code = "import os\nfor _ in range(3): os.fork()\nwhile True: pass"

    found = await run(fence, code, SMALL.model_copy(update={"cpu_seconds": 0.8}))

    assert found.status == "cpu"
    assert 0.8 <= found.cpu_seconds < 4


async def test_computing_in_children_that_have_ended_counts_too(fence: SandboxBackend) -> None:
    code = """
import os, time
while True:
    reading, writing = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:  # an orphan, whose time its parent never sees
            began = time.process_time()
            while time.process_time() < began + 0.1: pass
            os.write(writing, b"x")
        os._exit(0)
    os.wait()
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
"""
    found = await run(fence, code, SMALL.model_copy(update={"cpu_seconds": 0.5}))

    assert found.status == "cpu"


# Processes


@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "import os\nos.fork()\nwhile True:\n    os.fork()",
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(300,)).start()",
        "import subprocess, sys\nwhile True:\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])",
        "import os\nwhile True:\n    try:\n        if os.fork() == 0: os.setsid()\n    except OSError: pass",
    ],
    ids=["forks", "forks until it fails", "threads", "programs", "sessions"],
)
async def test_ever_more_processes(fence: SandboxBackend, code: str) -> None:
    counts = []

    async def count() -> None:
        while True:
            counts.append(len(family()))
            await asyncio.sleep(0.01)

    counting = asyncio.create_task(count())
    found = await run(fence, code)
    counting.cancel()

    # Whoever is quicker: the kernel, which makes no more, or the watch, which ends it all.
    assert found.status in ("processes", "error")
    assert found.error == "it had more than 12 processes and threads at a time" or (
        found.error.strip().endswith(("Resource temporarily unavailable", "can't start new thread"))
    )
    # Four more before the kernel makes no more, the guard, and what started it.
    assert max(counts) <= SMALL.processes + 6
    assert family() == []


async def test_what_runs_on_in_the_background_ends_with_the_program(fence: SandboxBackend) -> None:
    code = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (1, 2, 15):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(300)
    os._exit(0)
os.wait()
result = os.readlink("/proc/self/ns/pid")
"""
    began = time.monotonic()

    found = await run(fence, code)

    assert found.ok
    assert time.monotonic() - began < 15
    namespaces = {
        os.readlink(path) for path in Path("/proc").glob("[0-9]*/ns/pid") if os.access(path, os.R_OK)
    }
    assert found.value not in namespaces


# Memory


@pytest.mark.parametrize(
    "code",
    [
        "x = bytearray(600 * 2**20)",
        "x = []\nwhile True: x.append(bytearray(2**20))",
        "x = 'a'\nwhile True: x += x",
        "import numbers\nx = [[]]\nwhile True: x.append([x[-1]] * 1000)",
        "import mmap\nx = mmap.mmap(-1, 2**40)",
        # Each of them stays under the limit of one process.
        """
import os, time
for _ in range(6):
    if os.fork() == 0:
        held = bytearray(os.urandom(2**20)) * 150
        time.sleep(300)
time.sleep(300)
""",
        # Nor do names for memory get around it.
        """
import mmap, os, time
for number in range(6):
    if os.fork() == 0:
        held = mmap.mmap(-1, 150 * 2**20)
        for page in range(0, len(held), 4096): held[page] = 1
        time.sleep(300)
time.sleep(300)
""",
    ],
    ids=[
        "at once",
        "in pieces",
        "doubling",
        "lists",
        "address space",
        "by children",
        "by mappings of children",
    ],
)
async def test_ever_more_memory(fence: SandboxBackend, code: str) -> None:
    found = await run(fence, code)

    if "mmap.mmap(-1, 2**40)" in code:
        assert found.status == "error"
        assert "Cannot allocate memory" in found.error
    else:
        assert found.status == "memory"
        assert "more than 512 MiB of memory" in found.error
    assert found.memory_bytes < 1000 * MIB


async def test_pages_shared_after_a_fork_count_once(fence: SandboxBackend) -> None:
    code = """
import os, time
held = bytearray(2**20) * 150
for _ in range(6):
    if os.fork() == 0:
        time.sleep(0.3)
        os._exit(0)
time.sleep(0.3)
"""
    assert (await run(fence, code)).ok


# Output


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_printing_without_end(fence: SandboxBackend, stream: str) -> None:
    found = await run(fence, f"import sys\nwhile True: print('y' * 10000, file=sys.{stream})")

    also = " to standard error" if stream == "stderr" else ""
    assert (found.status, found.error) == ("output_limit", f"it printed{also} more than 1 MiB")
    assert len(getattr(found, stream)) == MIB
    assert found.value is None


async def test_a_result_that_is_too_large(fence: SandboxBackend) -> None:
    limits = SMALL.model_copy(update={"result_bytes": 1000})

    found = await run(fence, "result = 'x' * 1000", limits)

    assert (found.status, found.error) == ("output_limit", "its result has more than 1000 bytes")
    assert (await run(fence, "result = 'x' * 900", limits)).value == "x" * 900


# Files


async def test_filling_the_disk(fence: SandboxBackend, tmp_path: Path) -> None:
    before = shutil.disk_usage("/tmp").free
    code = """
import os
number = 0
try:
    while True:
        number += 1
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(2**20))
except OSError as error:
    result = [number, error.strerror]
"""
    found = await run(fence, code)

    assert found.value[1] == "No space left on device"
    assert found.value[0] <= 9
    assert shutil.disk_usage("/tmp").free > before - 100 * MIB


async def test_one_file_without_end(fence: SandboxBackend) -> None:
    found = await run(fence, "with open('/tmp/x', 'wb') as file:\n    while True: file.write(bytes(2**16))")

    assert found.status == "error"
    assert found.error.strip().endswith(("File too large", "No space left on device"))


async def test_files_without_end(fence: SandboxBackend) -> None:
    code = "number = 0\nwhile True:\n    open(f'/tmp/{number}', 'x').close()\n    number += 1"

    found = await run(fence, code, SMALL.model_copy(update={"scratch_files": 500}))

    assert (found.status in ("error", "memory")) and (
        "No space left" in found.error or "500 files" in found.error
    )


async def test_open_files_without_end(fence: SandboxBackend) -> None:
    code = "import os\nheld = []\nwhile True: held += os.pipe()"

    found = await run(fence, code)

    assert found.status == "error"
    assert "Too many open files" in found.error


# Crashes


async def test_a_crash_leaves_no_dump(fence: SandboxBackend) -> None:
    code = """
import ctypes, os, resource
os.chdir("/tmp")
before = set(os.listdir("/tmp"))
if os.fork() == 0:
    ctypes.string_at(0)
pid, status = os.wait()
result = [os.WTERMSIG(status), os.WCOREDUMP(status), sorted(set(os.listdir("/tmp")) - before)]
"""
    assert (await run(fence, code)).value == [signal.SIGSEGV, False, []]


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("import ctypes; ctypes.string_at(0)", signal.SIGSEGV),
        ("import os; os.abort()", signal.SIGABRT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", signal.SIGKILL),
    ],
)
async def test_a_crash_is_told(fence: SandboxBackend, code: str, number: signal.Signals) -> None:
    found = await run(fence, code)

    assert found.status == "killed"
    assert found.error == f"it was ended by signal {number.value} ({signal.strsignal(number)})"
