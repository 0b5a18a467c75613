"""Settings come from the environment and from agentkit.toml; a wrong one is named."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from agentkit.errors import SettingsError
from agentkit.settings import ProviderLimits, Settings, TokenPrice, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("AGENTKIT_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.model is None
    assert settings.home == Path(".agentkit")
    assert (settings.parallel, settings.timeout) == (32, 600.0)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_MODEL", "openai/gpt-4.1-mini")
    monkeypatch.setenv("AGENTKIT_FALLBACKS", '["local", "openai/gpt-4.1"]')
    monkeypatch.setenv("AGENTKIT_PARALLEL", "4")
    monkeypatch.setenv("AGENTKIT_NATIVE_TOOLS", "false")
    settings = load_settings()
    assert settings.model == "openai/gpt-4.1-mini"
    assert settings.fallbacks == ("local", "openai/gpt-4.1")
    assert settings.parallel == 4
    assert settings.native_tools is False


def test_the_file_in_the_working_folder_is_read(folder: Path) -> None:
    (folder / "agentkit.toml").write_text("""
model = "acme/large"
home = "runs"

[prices."acme/large"]
prompt = 0.25
completion = 2

[limits.acme]
concurrent = 8
per_minute = 60
""")
    settings = load_settings()
    assert settings.model == "acme/large"
    assert settings.home == Path("runs")
    assert settings.prices == {"acme/large": TokenPrice(prompt=0.25, completion=2)}
    assert settings.limits == {"acme": ProviderLimits(concurrent=8, per_minute=60)}


def test_the_environment_goes_before_the_file_and_arguments_before_both(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "agentkit.toml").write_text('model = "file"\nparallel = 3\n')
    monkeypatch.setenv("AGENTKIT_MODEL", "environment")
    assert (load_settings().model, load_settings().parallel) == ("environment", 3)
    assert Settings(model="argument").model == "argument"


def test_the_working_folder_of_the_moment_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "agentkit.toml").write_text("parallel = 5\n")
    assert load_settings().parallel == 32
    monkeypatch.chdir(inner)
    assert load_settings().parallel == 5


@pytest.mark.parametrize(
    ("variable", "value", "setting"),
    [
        ("AGENTKIT_PARALLEL", "many", "setting parallel"),
        ("AGENTKIT_PARALLEL", "0", "setting parallel"),
        ("AGENTKIT_TIMEOUT", "-1", "setting timeout"),
        ("AGENTKIT_NATIVE_TOOLS", "perhaps", "setting native_tools"),
        ("AGENTKIT_FALLBACKS", "local, openai/gpt-4.1", "setting fallbacks"),
        ("AGENTKIT_PRICES", '{"acme": {"prompt": 1}}', "setting prices.acme.completion"),
    ],
)
def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, setting: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.where == setting
    assert variable in caught.value.mend.replace(",", "").split()


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("parallel = 0\n", "setting parallel"),
        ('colour = "red"\n', "setting colour"),
        ('[prices."acme/large"]\nprompt = -1\ncompletion = 1\n', "setting prices.acme/large.prompt"),
        ("[limits.acme]\nconcurrent = 8\nper_hour = 60\n", "setting limits.acme.per_hour"),
    ],
)
def test_a_wrong_line_in_the_file_is_named(folder: Path, text: str, setting: str) -> None:
    (folder / "agentkit.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.where == setting
    assert "agentkit.toml" in caught.value.mend


@pytest.mark.parametrize("content", [b"model = \n", b'model = "\xff"\n'])
def test_a_file_that_is_no_toml_is_named(folder: Path, content: bytes) -> None:
    (folder / "agentkit.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.where == "agentkit.toml"


def test_a_folder_of_that_name_is_no_file_of_settings(folder: Path) -> None:
    (folder / "agentkit.toml").mkdir()
    assert load_settings().parallel == 32


def test_a_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_API_KEY", "sk-secret")
    settings = load_settings()
    assert "sk-secret" not in repr(settings)
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "sk-secret"


def test_a_wrong_setting_does_not_give_away_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTKIT_API_KEY", "sk-secret")
    monkeypatch.setenv("AGENTKIT_PARALLEL", "many")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "sk-secret" not in f"{caught.value}{caught.value.__cause__}"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(load_settings(), "parallel", 1)  # noqa: B010 - a type checker refuses the plain form
