"""Runs one program: the innermost part of the sandbox, next to the program itself.

It is sent into the sandbox as text, so it stands alone: the standard library and nothing of agentkit. It
shares its process with the program, so nothing relies on it: a program can make it say anything, and
what it says is the program's word. The limits are kept by `agentkit.tools.sandbox_guard`, out of reach.
"""

from __future__ import annotations

import builtins
import json
import linecache
import os
import sys
import traceback
from types import ModuleType
from typing import Any

__all__ = ["PROGRAM", "RESULT", "RESULT_FD", "TASK_FD", "main"]

RESULT_FD = 3
"""Where the result is written to, once, as JSON."""
TASK_FD = 4
"""Where the program is read from."""
PROGRAM = "program.py"
"""The program's name in tracebacks."""
RESULT = "result"
"""The program's variable that holds its result."""


def main() -> None:
    """Read the task, run the program, hand over what became of it, and end the process."""
    with open(TASK_FD, "rb") as file:
        task = json.load(file)
    os.set_inheritable(RESULT_FD, False)
    sys.path.extend(task["path"])
    sys.argv = [PROGRAM, *task["args"]]
    # Without `site` these two are missing, and short programs like to use them.
    vars(builtins).update(exit=sys.exit, quit=sys.exit)
    for stream in (sys.stdout, sys.stderr):
        # So that what was printed is seen even if the program is ended.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # text files, as begun
    own = os.getpid()
    message = _outcome(task["code"])
    if os.getpid() != own:
        # A copy of the process, which the program has made, has come to the program's end too.
        sys.stderr.write(message.get("error", ""))
        _flush()
        os._exit(1 if "error" in message else 0)
    failed = _flush()
    _write(message if failed is None or "error" in message else {"error": failed})
    # Not by way of exit handlers and threads that are still running: the program is over.
    os._exit(0)


def _outcome(code: str) -> dict[str, Any]:
    """Run the program: `{"value": …}`, or `{"error": text, "kind": name of the exception}`."""
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    linecache.cache[PROGRAM] = (len(code), None, code.splitlines(keepends=True), PROGRAM)
    try:
        exec(compile(code, PROGRAM, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as stop:
        if stop.code not in (None, 0):
            return {"error": f"the program exited with {stop.code!r}", "kind": "SystemExit"}
    except MemoryError as error:
        module.__dict__.clear()  # Or there would be no room for the words below.
        return _failure(error)
    except BaseException as error:
        # Whatever a program raises, its author is to read it.
        return _failure(error)
    return {"value": module.__dict__.get(RESULT)}


def _failure(error: BaseException) -> dict[str, Any]:
    """The traceback as the program's author would see it: without the frames of this file."""
    inner = error.__traceback__.tb_next if error.__traceback__ else None
    lines = traceback.format_exception(type(error), error, inner)
    return {"error": "".join(lines), "kind": type(error).__name__}


def _flush() -> str | None:
    """Push out what was printed; the words of what went wrong, such as a closed stream."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError) as error:
            if not getattr(stream, "closed", True):
                return f"what it printed is lost: {error}"
    return None


def _write(message: dict[str, Any]) -> None:
    try:
        text = json.dumps(message, default=_plain, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        text = json.dumps({"error": f"`{RESULT}` cannot be written as JSON: {error}", "kind": "Result"})
    data = memoryview(text.encode())
    try:
        while data:
            data = data[os.write(RESULT_FD, data) :]
    except OSError:
        os._exit(1)  # The program has closed the channel; without a result, it counts as failed.


def _plain(value: Any) -> Any:
    """Arrays and numbers of numpy as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


if __name__ == "__main__":
    main()
