"""The sandbox in normal use: programs print, return values, read their inputs, fail, and solve models."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.errors import ToolInputError
from agentkit.tools.sandbox import Sandbox, SandboxLimits
from agentkit.tools.sandbox_backends import SandboxBackend
from tests.tools.sandboxed import FENCES, SMALL, sandbox, usable

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox is for Linux")


@pytest.fixture(params=FENCES, ids=lambda fence: fence.name)
def fence(request: pytest.FixtureRequest) -> SandboxBackend:
    return usable(request.param)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


async def test_what_is_printed_and_returned_comes_back(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run(
        "import sys\nprint('grüß dich')\nprint('careful', file=sys.stderr)\n"
        "result = {'plan': [1, 2.5, None, 'ü']}"
    )

    assert found.ok
    assert found.value == {"plan": [1, 2.5, None, "ü"]}
    assert (found.stdout, found.stderr, found.error) == ("grüß dich\n", "careful\n", "")
    assert found.backend == fence.name
    assert 0 < found.seconds < 5
    assert 0 < found.cpu_seconds < 5
    assert found.memory_bytes > 2**20


async def test_a_program_without_a_result_is_fine(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run("print(1)")

    assert (found.status, found.value, found.stdout) == ("ok", None, "1\n")


async def test_what_it_prints_is_never_taken_for_its_result(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run("print('{\"value\": 13}', flush=True)\nresult = 7")

    assert (found.value, found.stdout) == (7, '{"value": 13}\n')


async def test_copies_of_the_process_have_no_say_in_the_result(fence: SandboxBackend) -> None:
    code = "import os\nresult = 1\nif os.fork() == 0:\n    result = 2\n    1/0\nos.wait()"

    found = await sandbox(fence).run(code)

    assert (found.status, found.value) == ("ok", 1)
    assert found.stderr.endswith("ZeroDivisionError: division by zero\n")


async def test_a_traceback_comes_back_as_python_writes_it(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run("def half(x):\n    return x / 0\n\nprint('first')\nhalf(3)\n")

    assert found.status == "error"
    assert found.error == (
        "Traceback (most recent call last):\n"
        '  File "program.py", line 5, in <module>\n'
        "    half(3)\n"
        '  File "program.py", line 2, in half\n'
        "    return x / 0\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )
    assert found.stdout == "first\n"


async def test_mistakes_in_the_syntax_come_back_too(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run("x = (1,\ny = 2")

    assert found.status == "error"
    assert found.error.startswith('  File "program.py", line 1\n    x = (1,\n')
    assert found.error.endswith("SyntaxError: '(' was never closed\n")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("raise SystemExit", "ok", ""),
        ("exit(0)", "ok", ""),
        ("exit(3)", "error", "the program exited with 3"),
        ("import sys; sys.exit('no data')", "error", "the program exited with 'no data'"),
        ("import os; os._exit(0)", "error", "the program ended its process with exit code 0, before its end"),
        ("result = {(1, 2): 3}", "error", "`result` cannot be written as JSON: keys must be str"),
        ("result = float('nan')", "error", "`result` cannot be written as JSON: Out of range float"),
        ("result = object()", "error", "`result` cannot be written as JSON: a object has no form in JSON"),
        ("result = []\nresult.append(result)", "error", "`result` cannot be written as JSON: Circular"),
        (
            "result = []\nfor _ in range(10**5): result = [result]",
            "error",
            "`result` cannot be written as JSON: ",
        ),
        ("result = '\\ud800'", "error", "what came as the result is not one JSON value: 'utf-8'"),
        ("result = 10**5000", "error", "`result` cannot be written as JSON: Exceeds the limit"),
    ],
)
async def test_ways_to_end(fence: SandboxBackend, code: str, status: str, error: str) -> None:
    found = await sandbox(fence).run(code)

    assert found.status == status
    assert found.error.startswith(error)
    assert bool(found.error) == bool(error)


@pytest.mark.parametrize(
    "written",
    [
        b"{",
        b"17",
        b'{"value": 1}{"value": 2}',
        b'{"value": NaN}',
        b'{"value": 1, "status": "ok"}',
        b'{"value": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"value": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b"\0" * 100,
    ],
)
async def test_rubbish_in_the_channel_of_the_result_is_an_error(
    fence: SandboxBackend, written: bytes
) -> None:
    found = await sandbox(fence).run(f"import os\nos.write(3, {written!r})\nos._exit(0)")

    assert found.status == "error"
    assert found.error.startswith("what came as the result is not one JSON value: ")
    assert found.value is None


async def test_a_program_cannot_make_up_how_it_ended(fence: SandboxBackend) -> None:
    """It writes a verdict into every file that it can find open, and then takes too long."""
    code = """
import os, time
for fd in range(3, 1024):
    for text in (b'{"end": "exit", "code": 0, "seconds": 0, "cpu": 0, "memory": 0}\\n', b'{"value": 1}'):
        try:
            os.write(fd, text)
        except OSError:
            pass
    try:
        os.read(fd, 10)
    except OSError:
        pass
time.sleep(300)
"""
    found = await sandbox(fence, SMALL.model_copy(update={"wall_seconds": 0.7})).run(code)

    assert (found.status, found.value) == ("timeout", None)
    assert found.seconds >= 0.7


async def test_files_of_the_caller_stay_out_even_if_they_could_be_inherited(
    fence: SandboxBackend, folder: Path
) -> None:
    (folder / "log").write_text("private")
    with open(folder / "log", "r+b") as file:
        os.set_inheritable(file.fileno(), True)
        found = await sandbox(fence).run(
            "import os\nresult = {}\n"
            "for fd in range(3, 4096):\n"
            "    try: result[fd] = os.readlink(f'/proc/self/fd/{fd}')\n"
            "    except OSError: pass\n"
        )
    # The channel of the result; the one of the task is read and closed.
    assert list(found.value) == ["3"]
    assert found.value["3"].startswith("pipe:")
    assert (folder / "log").read_text() == "private"


async def test_inputs_and_arguments(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run(
        "import sys\nresult = [open('a.txt').read(), list(open('b.bin', 'rb').read()), sys.argv, __name__]",
        inputs={"a.txt": "Grüße", "b.bin": b"\x00\xff"},
        args=["--fast", "x y"],
    )

    assert found.value == ["Grüße", [0, 255], ["program.py", "--fast", "x y"], "__main__"]


async def test_files_are_shown_but_cannot_be_changed(fence: SandboxBackend, folder: Path) -> None:
    path = folder / "data, with ümläuts\nand lines.csv"
    path.write_text("a,b\n1,2\n")
    code = """
result = [open("data.csv").read()]
for mode in ("w", "a", "r+"):
    try:
        open("data.csv", mode)
    except OSError as error:
        result.append(error.strerror)
"""
    found = await sandbox(fence).run(code, files={"data.csv": path})

    assert found.value[0] == "a,b\n1,2\n"
    assert set(found.value[1:]) <= {"Read-only file system", "Permission denied"}
    assert len(found.value) == 4
    assert path.read_text() == "a,b\n1,2\n"


async def test_files_that_only_their_owner_may_read_can_be_given(fence: SandboxBackend, folder: Path) -> None:
    path = folder / "private.csv"
    path.write_text("mine")
    path.chmod(0o600)

    found = await sandbox(fence).run("result = open('p').read()", files={"p": path})

    assert found.value == "mine"


async def test_further_paths_are_read_where_they_are(fence: SandboxBackend) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "rates.txt").write_text("1.1")
        fenced = Sandbox(SMALL, packages=False, read=(folder,), backends=(fence,))
        found = await fenced.run(
            "import os, sys\nplace = sys.argv[1]\nresult = [open(place + '/rates.txt').read()]\n"
            "try: open(place + '/new', 'w')\nexcept OSError as error: result.append(error.strerror)\n"
            "result.append(os.listdir('/var/tmp'))",
            args=[str(folder)],
        )
        assert found.value == ["1.1", "Read-only file system", [folder.name]]
        assert [path.name for path in folder.iterdir()] == ["rates.txt"]


@pytest.mark.parametrize("name", ["../a", "/etc/x", "a/b", "", ".", "..", "-x\n", "x" * 200])
async def test_inputs_need_plain_names(fence: SandboxBackend, name: str) -> None:
    with pytest.raises(ToolInputError, match="cannot name a file"):
        await sandbox(fence).run("1", inputs={name: "x"})


async def test_inputs_that_cannot_be_given_are_refused(fence: SandboxBackend, folder: Path) -> None:
    with pytest.raises(ToolInputError, match="the inputs have 9 MiB, and the sandbox room for 8 MiB"):
        await sandbox(fence).run("1", inputs={"a": bytes(9 * 2**20)})
    with pytest.raises(ToolInputError, match="cannot be read: No such file"):
        await sandbox(fence).run("1", files={"a": folder / "none"})
    with pytest.raises(ToolInputError, match="is not a file"):
        await sandbox(fence).run("1", files={"a": folder})
    with pytest.raises(ToolInputError, match="given twice"):
        await sandbox(fence).run("1", inputs={"a": "x"}, files={"a": folder / "none"})
    with pytest.raises(ToolInputError, match="'no-such-thing' is not installed"):
        await Sandbox(packages=["no-such-thing"], backends=(fence,)).run("1")
    with pytest.raises(ToolInputError, match="cannot be shown"):
        await Sandbox(read=[folder / "none"], backends=(fence,)).run("1")


async def test_nothing_lasts_from_one_run_to_the_next(fence: SandboxBackend) -> None:
    fenced = sandbox(fence)
    planted = """
import os
for name in ("sitecustomize.py", "usercustomize.py", "json.py", "os.py", "x.pth", ".pythonrc"):
    with open("/tmp/" + name, "w") as file:
        file.write("print('planted')")
os.environ["PYTHONSTARTUP"] = "/tmp/.pythonrc"
os.environ["PYTHONPATH"] = "/tmp"
"""
    assert (await fenced.run(planted)).ok

    found = await fenced.run("import json, os\nresult = os.listdir('/tmp')")

    assert (found.value, found.stdout) == ([], "")


async def test_inputs_do_not_stand_in_for_modules(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run(
        "import json, csv\nresult = json.__file__.startswith('/tmp')",
        inputs={"json.py": "print('planted')", "sitecustomize.py": "print('planted')", "csv.py": "1/0"},
    )

    assert (found.value, found.stdout) == (False, "")


async def test_the_environment_is_empty_but_for_what_python_needs(
    fence: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PYTHONSTARTUP", "/tmp/evil.py")
    monkeypatch.setenv("LD_PRELOAD", "")

    found = await sandbox(fence).run("import os\nresult = dict(os.environ)")

    assert set(found.value) <= {
        "HOME", "LANG", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "MKL_NUM_THREADS", "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS", "PATH", "PWD", "TMPDIR", "LC_CTYPE",
    }  # fmt: skip
    assert "sk-secret" not in str(found.value)


async def test_usual_tools_of_python_work(fence: SandboxBackend) -> None:
    code = """
import asyncio, concurrent.futures, dataclasses, datetime, decimal, multiprocessing, pickle, sqlite3
import tempfile, zoneinfo

@dataclasses.dataclass
class Point:
    x: int

def square(x):
    return x * x

with concurrent.futures.ThreadPoolExecutor(2) as pool:
    threads = list(pool.map(square, range(3)))
with multiprocessing.get_context("fork").Pool(2) as pool:
    processes = pool.map(square, range(3))
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("kept")
    file.seek(0)
    kept = file.read()
result = {
    "threads": threads, "processes": processes, "kept": kept,
    "pickle": pickle.loads(pickle.dumps(Point(3))).x,
    "sql": sqlite3.connect(":memory:").execute("SELECT 6 * 7").fetchone()[0],
    "async": asyncio.run(asyncio.sleep(0, "slept")),
}
"""
    found = await sandbox(fence).run(code)

    assert found.error == ""
    assert found.value == {
        "threads": [0, 1, 4], "processes": [0, 1, 4], "kept": "kept", "pickle": 3, "sql": 42,
        "async": "slept",
    }  # fmt: skip


MODEL = """
import json
import pyomo.environ as pyo

data = json.load(open("data.json"))
model = pyo.ConcreteModel()
model.x = pyo.Var(data["profit"].keys(), domain=pyo.NonNegativeIntegers)
model.hours = pyo.Constraint(expr=sum(data["hours"][i] * model.x[i] for i in model.x) <= data["available"])
model.profit = pyo.Objective(expr=sum(data["profit"][i] * model.x[i] for i in model.x), sense=pyo.maximize)
solved = pyo.SolverFactory("appsi_highs").solve(model)
result = {
    "status": str(solved.solver.termination_condition),
    "objective": pyo.value(model.profit),
    "plan": {i: round(model.x[i].value) for i in model.x},
}
"""


async def test_a_model_is_solved_inside(fence: SandboxBackend) -> None:
    fenced = Sandbox(SandboxLimits(wall_seconds=60), backends=(fence,))
    data = '{"profit": {"chair": 5, "table": 9}, "hours": {"chair": 2, "table": 4}, "available": 11}'

    began = time.monotonic()
    found = await fenced.run(MODEL, inputs={"data.json": data})

    assert found.error == ""
    assert found.value == {"status": "optimal", "objective": 25, "plan": {"chair": 5, "table": 0}}
    assert time.monotonic() - began < 30


async def test_numbers_of_numpy_come_back_as_numbers(fence: SandboxBackend) -> None:
    fenced = Sandbox(SMALL, packages=["numpy"], backends=(fence,))

    found = await fenced.run(
        "import numpy as np\nresult = [np.arange(3), np.float64(0.5), np.ones((20, 20)) @ np.ones(20)]"
    )

    assert found.value == [[0, 1, 2], 0.5, [20.0] * 20]


async def test_packages_that_were_not_chosen_are_not_there(fence: SandboxBackend) -> None:
    found = await sandbox(fence).run("import pydantic")

    assert found.error.endswith("ModuleNotFoundError: No module named 'pydantic'\n")
