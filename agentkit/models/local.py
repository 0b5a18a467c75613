"""`LocalModel`: a GGUF file served by llama.cpp from inside this process, over loopback."""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

from agentkit.errors import ModelNotFoundError, SettingsError
from agentkit.messages import ChatRequest, Completion
from agentkit.models.litellm import LiteLLMModel
from agentkit.protocols import ModelInfo, OnDelta, Price

__all__ = ["LocalModel"]

_FREE = Price(prompt=0, completion=0)
_QUIET = -1

_servers: dict[tuple[Path, int, int], Any] = {}
"""The servers of this process. They live as long as it does: loading a model takes seconds."""
_starting = threading.Lock()


class LocalModel:
    """A model from a GGUF file, with nothing installed but `agentkit[local]`.

    The server starts at the first question, once a process for each file and setting; it listens on
    127.0.0.1 only, on a port that the system picks. `threads` beyond 1 pay only on an idle machine:
    llama.cpp's threads wait for each other by spinning. `context` is in tokens, prompt and answer
    together. Answers are free, and tools are offered through a JSON schema, which the server enforces.

    The first question raises `SettingsError` where the extra is not installed, and
    `ModelNotFoundError` where the file is missing or is no model.
    """

    def __init__(self, path: Path, *, threads: int = 1, context: int = 4096, timeout: float = 600.0) -> None:
        self._path = Path(path).expanduser()
        self._threads = threads
        self._context = context
        self._timeout = timeout

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return ModelInfo(
            name=f"local/{self._path.stem}",
            price=_FREE,
            context_tokens=self._context,
            native_tools=False,
            json_schema=True,
        )

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """Answer; waits for the server to start where it is not up yet."""
        if "_model" not in self.__dict__:
            await asyncio.to_thread(lambda: self._model)
        completion = await self._model.complete(request, on_delta)
        return completion.model_copy(update={"model": self.info.name})  # the server says the file's path

    @cached_property
    def _model(self) -> LiteLLMModel:
        address = _address(self._path.resolve(), self._threads, self._context)
        return LiteLLMModel(
            "openai/local",
            api_base=f"{address}/v1",
            native_tools=False,
            price=_FREE,
            context_tokens=self._context,
            timeout=self._timeout,
            label=self.info.name,
        )


def _address(path: Path, threads: int, context: int) -> str:
    """Where the server of this file listens; starts it where it is not up."""
    with _starting:
        key = (path, threads, context)
        if key not in _servers:
            _servers[key] = _start(path, threads, context)
        address: str = _servers[key].listening_address
        return address


def _start(path: Path, threads: int, context: int) -> Any:
    _check_file(path)
    try:
        xllamacpp: Any = importlib.import_module("xllamacpp")
    except ModuleNotFoundError as error:
        if error.name != "xllamacpp":
            raise
        mend = 'pip install "agentkit[local]"'
        raise SettingsError("the embedded model needs xllamacpp", where=str(path), mend=mend) from None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.offline = True
    parameters.ui = False
    parameters.n_ctx = context
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.verbosity = _QUIET
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        logging.getLogger(__name__).debug("llama.cpp gave no reason", exc_info=True)
        mend = "fetch the file again, or take one that this llama.cpp knows; is there memory enough?"
        raise ModelNotFoundError("llama.cpp cannot load this file", where=str(path), mend=mend) from error


def _check_file(path: Path) -> None:
    mend = "check the path, or set AGENTKIT_LOCAL_MODEL to a GGUF file"
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        raise ModelNotFoundError("there is no such file", where=str(path), mend=mend) from None
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        raise ModelNotFoundError(what, where=str(path), mend=mend) from error
    if magic != b"GGUF":
        raise ModelNotFoundError("this is not a GGUF file", where=str(path), mend=mend)
