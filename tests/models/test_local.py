"""`LocalModel` with a real small model: litellm, llama.cpp and a server on loopback."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from agentkit.errors import ContextLengthError, ModelNotFoundError
from agentkit.messages import ChatRequest, Message
from agentkit.models.local import LocalModel
from agentkit.models.structured import structured
from agentkit.models.tokens import token_bound
from agentkit.protocols import Delta, Price

GGUF = Path(
    os.environ.get("AGENTKIT_TEST_GGUF")
    or Path(__file__).parents[2] / ".models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
)


class Weather(BaseModel):
    sky: Literal["clear", "cloudy", "rain"]
    degrees: int = Field(ge=-60, le=60)


def ask(text: str, max_tokens: int = 24) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content=text),), max_tokens=max_tokens, temperature=0)


class TestRealModel:
    @pytest.fixture
    def model(self) -> LocalModel:
        pytest.importorskip("xllamacpp", reason="the extra agentkit[local] is not installed")
        if not GGUF.is_file():
            pytest.skip("there is no small model: make model, or set AGENTKIT_TEST_GGUF")
        return LocalModel(GGUF, threads=1, context=2048)

    async def test_it_says_something_and_it_is_free(self, model: LocalModel) -> None:
        request = ask("What is the capital of France?")
        answer = await model.complete(request)
        assert answer.text.strip()
        assert answer.model == model.info.name
        assert 0 < answer.usage.completion_tokens <= 24
        assert 0 < answer.usage.prompt_tokens <= token_bound(request)
        assert (answer.usage.usd, answer.usage.unpriced_calls) == (0, 0)

    async def test_it_says_it_piece_by_piece(self, model: LocalModel) -> None:
        pieces: list[Delta] = []
        answer = await model.complete(ask("Count to five."), pieces.append)
        assert len(pieces) > 3
        assert "".join(piece.text for piece in pieces) == answer.text
        assert answer.usage.prompt_tokens > 0

    async def test_it_keeps_to_a_schema(self, model: LocalModel) -> None:
        got = await structured(model, ask("It rains and it is 7 degrees.", 100), Weather, repairs=0)
        assert isinstance(got.value, Weather)
        assert got.calls == 1

    async def test_a_request_beyond_its_context_is_named(self, model: LocalModel) -> None:
        with pytest.raises(ContextLengthError) as caught:
            await model.complete(ask("word " * 3000))
        assert caught.value.model == model.info.name

    def test_it_serves_several_event_loops_from_one_server(self, model: LocalModel) -> None:
        for _ in range(2):
            assert asyncio.run(LocalModel(GGUF, context=2048).complete(ask("Hi", 4))).usage.calls == 1

    @pytest.mark.parametrize(
        "text", ["x = {'a': 1}\n" * 20, "1234567890 " * 20, "我们在北京。" * 20, "aGVsbG8gd29ybGQ" * 9]
    )
    async def test_the_token_bound_holds_for_its_tokenizer(self, model: LocalModel, text: str) -> None:
        request = ask(text, 1)
        assert (await model.complete(request)).usage.prompt_tokens <= token_bound(request)


class TestWithoutAModel:
    def test_it_is_known_before_anything_is_loaded(self) -> None:
        info = LocalModel(Path("models/tiny.Q4.gguf"), context=512).info
        assert (info.name, info.context_tokens) == ("local/tiny.Q4", 512)
        assert info.price == Price(prompt=0, completion=0)
        assert (info.native_tools, info.json_schema) == (False, True)

    async def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ModelNotFoundError, match="no such file"):
            await LocalModel(tmp_path / "gone.gguf").complete(ask("Hi"))

    async def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ModelNotFoundError, match="cannot be read"):
            await LocalModel(tmp_path).complete(ask("Hi"))

    async def test_a_file_of_another_kind(self, tmp_path: Path) -> None:
        (tmp_path / "note.gguf").write_text("not a model")
        with pytest.raises(ModelNotFoundError, match="not a GGUF file"):
            await LocalModel(tmp_path / "note.gguf").complete(ask("Hi"))

    async def test_a_damaged_file(self, tmp_path: Path) -> None:
        pytest.importorskip("xllamacpp")
        (tmp_path / "half.gguf").write_bytes(b"GGUF" + bytes(200))
        with pytest.raises(ModelNotFoundError, match="cannot load"):
            await LocalModel(tmp_path / "half.gguf").complete(ask("Hi"))

    def test_without_the_extra_it_says_how_to_install_it(self, tmp_path: Path) -> None:
        """In a process of its own, in which xllamacpp cannot be imported."""
        (tmp_path / "m.gguf").write_bytes(b"GGUF")
        file = str(tmp_path / "m.gguf")
        program = (
            "import asyncio, sys; sys.modules['xllamacpp'] = None\n"
            "from pathlib import Path\n"
            "from agentkit.errors import SettingsError\n"
            "from agentkit.messages import ChatRequest\n"
            "from agentkit.models.local import LocalModel\n"
            "try:\n"
            f"    asyncio.run(LocalModel(Path({file!r})).complete(ChatRequest(messages=())))\n"
            "except SettingsError as error:\n"
            "    print(error.mend)\n"
        )
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.strip() == 'pip install "agentkit[local]"'
