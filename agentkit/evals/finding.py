"""Finds benchmarks and agents by name, by entry point, by `module:Name`, or in a Python file."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from agentkit.errors import UnknownNameError, UsageError
from agentkit.evals.agents import Agent, as_agent
from agentkit.protocols import Benchmark
from agentkit.registry import Kind, resolve

__all__ = ["DEFAULT_AGENTS", "default_agents", "find_agent", "find_benchmark"]

DEFAULT_AGENTS = ("bare", "workforce")
"""What is compared on a benchmark that names no agents of its own."""


def find_benchmark(name: str | Benchmark) -> Benchmark:
    """The benchmark of this name: one of ours, an entry point's, `module:Name`, `FILE.py` or `FILE.py:Name`.

    Raises `UsageError` (or its `UnknownNameError`) where there is none.
    """
    made = _made(_object("benchmark", name) if isinstance(name, str) else name, name)
    if not isinstance(made, Benchmark):
        mend = "it needs a name, samples(data) and score(sample, answer)"
        raise UsageError(f"{type(made).__name__} is no benchmark", where=str(name), mend=mend)
    if not made.name:
        raise UsageError("the benchmark has no name", where=str(name), mend="give it one")
    return made


def find_agent(agent: Any, *, name: str | None = None) -> Agent:
    """An agent from a name as above, or from anything that `as_agent` takes.

    Raises `UsageError` (or its `UnknownNameError`) where there is none.
    """
    found = _object("agent", agent) if isinstance(agent, str) else agent
    return as_agent(_made(found, agent), name=name)


def default_agents(benchmark: Benchmark) -> tuple[str, ...]:
    """The agents that are compared on it where nobody names any: those of its `agents`, if it has that.

    Raises `UsageError` where these are no names.
    """
    names = getattr(benchmark, "agents", DEFAULT_AGENTS)
    if not isinstance(names, (tuple, list)) or not names or not all(isinstance(n, str) and n for n in names):
        mend = 'write them as ("bare", "workforce"), or leave them out'
        raise UsageError(
            "its `agents` are no names of agents", where=f"benchmark {benchmark.name}", mend=mend
        )
    return tuple(names)


def _made(found: Any, name: Any) -> Any:
    """The object, or one of the class. Raises `UsageError` where the class cannot tell how to make one."""
    if not inspect.isclass(found):
        return found
    try:
        inspect.signature(found).bind()
    except TypeError as error:
        mend = "name an object of it instead, or give its arguments defaults"
        what = f"{found.__name__} cannot be made without arguments ({error})"
        raise UsageError(what, where=str(name), mend=mend) from None
    except ValueError:
        pass  # some classes written in C do not tell
    return found()


def _object(kind: Kind, name: str) -> Any:
    path, _, attribute = name.partition(":")
    if path.endswith(".py"):
        return _in_file(kind, Path(path), attribute)
    if ":" in name and "" not in sys.path:
        sys.path.insert(0, "")  # a module of the user's own lies where they are
    return resolve(kind, name)


def _in_file(kind: Kind, path: Path, attribute: str) -> Any:
    """What is called so in a Python file; without a name, the thing called `benchmark` or `agent`, else the
    only one that will do."""
    module = _load(kind, path)
    if attribute:
        if not hasattr(module, attribute):
            raise UnknownNameError(kind, attribute, mend=f"{path} defines nothing of this name")
        return getattr(module, attribute)
    own = {n: v for n, v in vars(module).items() if not n.startswith("_") and _is_own(v, module)}
    fitting = [n for n, v in own.items() if (_is_benchmark(v) if kind == "benchmark" else _is_agent(n, v))]
    if kind in fitting or len(fitting) == 1:
        return own[kind if kind in fitting else fitting[0]]
    what = f"several things in it could be the {kind}: {', '.join(fitting)}"
    raise UsageError(
        what if fitting else f"there is no {kind} in it", where=str(path), mend=f"name it: {path}:NAME"
    )


def _load(kind: Kind, path: Path) -> ModuleType:
    file = path.expanduser().resolve()
    if not file.is_file():
        raise UnknownNameError(kind, str(path), mend="there is no such file")
    name = f"agentkit_user_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UnknownNameError(kind, str(path), mend="it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(file.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # it may import its neighbours
    spec.loader.exec_module(module)
    return module


def _is_own(value: Any, module: ModuleType) -> bool:
    """Whether it was made there, as far as one can tell: classes and functions know where, objects do not."""
    if inspect.isclass(value) or inspect.isroutine(value):
        return bool(value.__module__ == module.__name__)
    return not inspect.ismodule(value)


def _is_benchmark(value: Any) -> bool:
    return callable(getattr(value, "samples", None)) and callable(getattr(value, "score", None))


def _is_agent(name: str, value: Any) -> bool:
    if _is_benchmark(value):
        return False
    return name == "agent" or callable(getattr(value, "run", None))
