"""A loopback server that speaks OpenAI's protocol and says what a test wrote down for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

__all__ = ["FakeServer", "Reply", "failure", "speech", "tool_wish"]

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer: `body` as JSON or raw text, or `stream` as server-sent events."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Sequence[Any] | None = None
    hang: threading.Event | None = None
    """The answer is held back until this is set."""
    delay: float = 0.0
    """Seconds before the answer."""
    cut: bool = False
    """The connection breaks after the last chunk."""


def speech(text: str | None, finish: str = "stop", usage: Mapping[str, Any] | None = USAGE) -> Reply:
    """A plain answer; streamed in three pieces to those who ask for a stream."""
    message = {"role": "assistant", "content": text}
    third = max(1, len(text or "") // 3)
    pieces = [(text or "")[n : n + third] for n in range(0, len(text or ""), third)]
    chunks = [_chunk({"role": "assistant", "content": ""})]
    chunks += [_chunk({"content": piece}) for piece in pieces]
    chunks += [_chunk({}, finish), {**_chunk({}), "choices": [], "usage": usage}]
    return Reply(body=_answer(message, finish, usage), stream=chunks)


def tool_wish(name: str, arguments: str) -> Reply:
    """An answer that wants a tool; `arguments` is raw JSON text, streamed in halves."""
    half = len(arguments) // 2
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}
    first = {"index": 0, **call, "function": {"name": name, "arguments": arguments[:half]}}
    second = {"index": 0, "function": {"arguments": arguments[half:]}}
    chunks = [_chunk({"role": "assistant", "content": None, "tool_calls": [first]})]
    chunks += [_chunk({"tool_calls": [second]}), _chunk({}, "tool_calls")]
    chunks.append({**_chunk({}), "choices": [], "usage": USAGE})
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return Reply(body=_answer(message, "tool_calls", USAGE), stream=chunks)


def failure(status: int, message: str, code: str | None = None, **headers: str) -> Reply:
    """An error as OpenAI words it; header names are written with underscores."""
    body = {"error": {"message": message, "type": "error", "code": code}}
    return Reply(status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def _answer(message: Mapping[str, Any], finish: str, usage: Mapping[str, Any] | None) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    answer = {"id": "c1", "object": "chat.completion", "created": 1, "model": "fake-1", "choices": [choice]}
    return {**answer, "usage": usage} if usage else answer


def _chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    kind = "chat.completion.chunk"
    return {"id": "c1", "object": kind, "created": 1, "model": "fake-1", "choices": [choice]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The usual 5 turns clients away when many come at once.
    request_queue_size = 128


class FakeServer:
    """Gives the replies of `script` in turn, the last one for ever; `requests` holds what it was sent."""

    def __init__(self, *script: Reply, models: Sequence[str] = ("fake-1",), port: int = 0) -> None:
        self.script = list(script) or [speech("hello")]
        self.models = list(models)
        self.requests: list[dict[str, Any]] = []
        self.busiest = 0
        self._busy = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                if self.path != "/v1/models":
                    outer._send(self, failure(404, "there is nothing here"))
                    return
                data = [{"id": name, "object": "model"} for name in outer.models]
                outer._send(self, Reply(body={"object": "list", "data": data}))

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer._reply(self, json.loads(self.rfile.read(length)))

        self._server = _Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, handler: BaseHTTPRequestHandler, request: dict[str, Any]) -> None:
        with self._lock:
            self.requests.append(request)
            reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        time.sleep(reply.delay)
        if reply.hang:
            reply.hang.wait(10)
        try:
            if request.get("stream") and reply.stream is not None:
                self._send_stream(handler, reply)
            else:
                self._send(handler, reply)
        except ConnectionError:  # the client went away, as cancelled clients do
            handler.close_connection = True
        finally:
            with self._lock:
                self._busy -= 1

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        raw = text.encode()
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    @staticmethod
    def _send_stream(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(reply.status)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        events = [f"data: {json.dumps(chunk)}\n\n" for chunk in reply.stream or ()]
        for event in events if reply.cut else [*events, "data: [DONE]\n\n"]:
            raw = event.encode()
            handler.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
            handler.wfile.flush()
        if reply.cut:
            handler.close_connection = True
        else:
            handler.wfile.write(b"0\r\n\r\n")
