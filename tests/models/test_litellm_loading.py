"""litellm comes in late and quietly. Each time in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.fake_openai import FakeServer

ROOT = Path(__file__).parents[2]

BARE = """
import sys
from agentkit.models.find import Found, build_model
from agentkit.models.litellm import LiteLLMModel
from agentkit.settings import Settings
LiteLLMModel("openai/x", api_base="http://127.0.0.1:9/v1").info
build_model(Found("openai/gpt-4.1-mini", None, ""), Settings())
print("litellm" in sys.modules, "openai" in sys.modules)
"""

CALLS = """
import asyncio, gc, os, sys
from agentkit.messages import ChatRequest, Message
from agentkit.models.litellm import LiteLLMModel
from agentkit.models.litellm_loading import _tidying
model = LiteLLMModel("fake", api_base=sys.argv[1])
request = ChatRequest(messages=(Message(role="user", content="Hello?"),))
for _ in range(3):
    asyncio.run(model.complete(request))
    asyncio.run(model.complete(request, lambda delta: None))
gc.collect()
import litellm
clients = litellm.in_memory_llm_clients_cache.cache_dict
print(os.environ.get("SECRET_OF_THE_FOLDER"), len(_tidying), len(clients))
"""


def run(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-W", "default::ResourceWarning", "-c", program, *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def test_what_is_known_of_a_servers_model_needs_no_litellm(tmp_path: Path) -> None:
    done = run(BARE, tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("False False", "")


@pytest.mark.slow
def test_it_says_nothing_reads_no_env_file_and_leaves_no_connection_open(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET_OF_THE_FOLDER=1\n")
    with FakeServer() as server:
        done = run(CALLS, tmp_path, server.url)
    assert done.stderr == ""
    assert done.stdout.strip() == "None 0 0"
