"""The sandbox and its caller: many at once, cancelled at any moment, killed; and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.tools.sandbox import SandboxLimits, SandboxResult
from agentkit.tools.sandbox_backends import SandboxBackend
from tests.tools.sandboxed import FENCES, SMALL, TOKEN, family, processes_left, sandbox, usable

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox is for Linux")


@pytest.fixture(params=FENCES, ids=lambda fence: fence.name)
def fence(request: pytest.FixtureRequest) -> Iterator[SandboxBackend]:
    yield usable(request.param)
    assert processes_left() == []


async def run(fence: SandboxBackend, code: str, limits: SandboxLimits = SMALL) -> SandboxResult:
    return await sandbox(fence, limits).run(code)


async def test_many_run_at_once(fence: SandboxBackend) -> None:
    fenced = sandbox(fence, SMALL.model_copy(update={"wall_seconds": 30}))
    code = """
import sys, time
open("/tmp/x", "w").write(sys.argv[1])
time.sleep(0.2)
result = open("/tmp/x").read()
"""

    found = await asyncio.gather(*(fenced.run(code, args=[str(number)]) for number in range(12)))

    assert [one.value for one in found] == [str(number) for number in range(12)]


def test_it_runs_in_one_event_loop_after_another(fence: SandboxBackend) -> None:
    fenced = sandbox(fence)

    assert [asyncio.run(fenced.run(f"result = {number}")).value for number in range(3)] == [0, 1, 2]


async def test_cancelling_ends_everything(fence: SandboxBackend) -> None:
    code = "import os, time\nfor _ in range(3): os.fork()\nprint('running')\ntime.sleep(300)"
    running = asyncio.create_task(run(fence, code, SMALL.model_copy(update={"wall_seconds": 60})))
    for _ in range(200):
        await asyncio.sleep(0.02)
        if len(family()) >= 9:
            break
    assert len(family()) >= 9

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert family() == []


async def test_cancelling_at_any_moment_of_the_start(fence: SandboxBackend) -> None:
    for wait in (0, 0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08):
        running = asyncio.create_task(run(fence, "import time; time.sleep(300)"))
        await asyncio.sleep(wait)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert processes_left() == []


async def test_cancelling_in_the_middle_of_much_output(fence: SandboxBackend) -> None:
    limits = SMALL.model_copy(update={"output_bytes": 2**30})
    running = asyncio.create_task(run(fence, "while True: print('y' * 10000)", limits))
    await asyncio.sleep(0.4)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 20)

    assert family() == []


async def test_when_the_caller_is_killed_everything_ends(fence: SandboxBackend) -> None:
    code = f"""
import asyncio
from agentkit.tools import sandbox_backends
from agentkit.tools.sandbox import Sandbox
from tests.tools import sandboxed
sandboxed.TOKEN = {TOKEN!r}
fence = next(fence for fence in sandboxed.FENCES if fence.name == {fence.name!r})
asyncio.run(Sandbox(backends=(fence,)).run("import time; time.sleep(300)"))
"""
    root = Path(__file__).resolve().parents[2]
    caller = subprocess.Popen([sys.executable, "-c", code], cwd=root)
    try:
        # The guest has Python's own start behind it when it uses no processor time any more.
        for _ in range(500):
            await asyncio.sleep(0.02)
            if len(family()) >= 3:
                break
        await asyncio.sleep(1.0)
        assert len(family()) >= 3
    finally:
        caller.kill()
        caller.wait()
    for _ in range(100):
        if not processes_left():
            break
        await asyncio.sleep(0.05)
    assert processes_left() == []


async def test_no_zombies_are_left(fence: SandboxBackend) -> None:
    await run(fence, "import os\nfor _ in range(5):\n    if os.fork() == 0: os._exit(0)")

    children = Path(f"/proc/self/task/{os.getpid()}/children")
    states = [
        Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        for pid in children.read_text().split()
    ]
    assert "Z" not in states
