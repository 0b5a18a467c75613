"""CAMEL's Workforce with a scripted model, shared by the benchmarks of CAMEL."""

# mypy: disable-error-code="import-not-found,misc"
# (CAMEL is installed only in its own environment.)

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from camel.agents import ChatAgent
from camel.models.stub_model import StubModel
from camel.societies.workforce import Workforce
from camel.tasks import Task
from camel.types import ModelType
from dags import Node
from openai.types.chat.chat_completion import ChatCompletion

__all__ = ["Script", "Team"]


@dataclass
class Script:
    """What the model says to each of the Workforce's prompts, told apart by their wording."""

    nodes: list[Node]
    """The plan; a worker's answer takes the node's seconds."""
    latency: float = 0.0
    """Seconds that every call takes besides."""
    workers: list[str] = field(default_factory=list)
    """Ids of the workers, given in turn."""

    def answer(self, prompt: str) -> str:
        """The words that the prompt asks for."""
        if "process one given task" in prompt:
            return json.dumps({"content": "The value is 42.", "failed": False})
        if "evaluate its quality and determine recovery" in prompt:
            fine = {"quality_score": 95, "reasoning": "fine", "issues": []}
            return json.dumps({**fine, "recovery_strategy": None, "modified_task_content": None})
        if "assign multiple tasks to worker nodes" in prompt:
            return self.assign(re.findall(r"^Task ID: (\S+)$", prompt, re.MULTILINE))
        if "decompose a complex task or enhance" in prompt:
            tasks = (f"<task>Compute item number {n} as text.</task>" for n in range(len(self.nodes)))
            return "<tasks>\n" + "\n".join(tasks) + "\n</tasks>"
        raise SystemExit(f"the script has no answer to: {prompt[:300]}")

    def assign(self, ids: list[str]) -> str:
        """The workers take turns; needs are the nodes'."""
        position = {node.id: n for n, node in enumerate(self.nodes)}
        return json.dumps(
            {
                "assignments": [
                    {
                        "task_id": ids[n],
                        "assignee_id": self.workers[n % len(self.workers)],
                        "dependencies": [ids[position[need]] for need in node.needs],
                    }
                    for n, node in enumerate(self.nodes)
                ]
            }
        )

    def seconds(self, prompt: str) -> float:
        """How long the answer takes."""
        if "process one given task" not in prompt:
            return self.latency
        item = re.search(r"item number (\d+)", prompt)
        return self.latency + (self.nodes[int(item[1])].seconds if item else 0.0)


class ScriptedModel(StubModel):
    """CAMEL's stub model, reading from a script."""

    script: Script

    def _run(self, messages: Any, response_format: Any = None, tools: Any = None) -> ChatCompletion:
        prompt = _text(messages)
        time.sleep(self.script.seconds(prompt))  # a synchronous call holds up its thread, as over HTTP
        return _completion(self.script.answer(prompt))

    async def _arun(self, messages: Any, response_format: Any = None, tools: Any = None) -> ChatCompletion:
        prompt = _text(messages)
        await asyncio.sleep(self.script.seconds(prompt))
        return _completion(self.script.answer(prompt))


class Team:
    """A Workforce over a script, good for one run."""

    def __init__(self, script: Script, workers: int, checks: bool) -> None:
        self.script = script
        options: dict[str, Any] = {} if checks else {"failure_handling_config": {"enabled_strategies": []}}
        with contextlib.redirect_stdout(io.StringIO()):
            self.force = Workforce(
                "bench",
                coordinator_agent=self.agent("You coordinate."),
                task_agent=self.agent("You plan."),
                new_worker_agent=self.agent("You help."),
                graceful_shutdown_timeout=0.0,
                **options,
            )
            for number in range(workers):
                agent = self.agent(f"You are worker {number}.")
                script.workers.append(agent.agent_id)
                self.force.add_single_agent_worker(f"worker {number}", worker=agent)

    def agent(self, prompt: str) -> Any:
        """An agent that speaks by the script."""
        model = ScriptedModel(ModelType.STUB)
        model.script = self.script
        return ChatAgent(prompt, model=model)

    async def run(self) -> float:
        """Carry the task out and return its seconds; fails unless every subtask was done."""
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            task = await self.force.process_task_async(Task(content="Compute all of them.", id="0"))
        seconds = time.perf_counter() - began
        done = sum(subtask.state.value == "DONE" for subtask in task.subtasks)
        if done != len(self.script.nodes):
            raise SystemExit(f"{done} of {len(self.script.nodes)} subtasks were done")
        return seconds


def _text(messages: Any) -> str:
    content = messages[-1]["content"]
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def _completion(text: str) -> ChatCompletion:
    choice = {"finish_reason": "stop", "index": 0, "message": {"content": text, "role": "assistant"}}
    usage = {"completion_tokens": 10, "prompt_tokens": 10, "total_tokens": 20}
    return ChatCompletion.model_validate(
        {
            "id": "scripted",
            "model": "stub",
            "object": "chat.completion",
            "created": 0,
            "choices": [choice],
            "usage": usage,
        }
    )
