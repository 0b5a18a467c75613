"""What can be set from outside: environment variables (`AGENTKIT_…`) and the file `agentkit.toml`."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSetting

from agentkit.errors import SettingsError

__all__ = ["ProviderLimits", "Settings", "TokenPrice", "load_settings"]


class TokenPrice(BaseModel):
    """A model's price, in US dollars a million tokens, as providers list them."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    prompt: float = Field(ge=0)
    """A million tokens sent."""
    completion: float = Field(ge=0)
    """A million tokens received."""


class ProviderLimits(BaseModel):
    """How hard a provider may be pressed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    concurrent: int = Field(default=64, gt=0)
    """Most requests at a time."""
    per_minute: int | None = Field(default=None, gt=0)
    """Most requests begun within a minute."""


class Settings(BaseSettings):
    """Everything that can be set; each field is `AGENTKIT_<NAME>` in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="AGENTKIT_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    model: str | None = None
    """Which model, as litellm names it (`openai/gpt-4.1-mini`), `local`, or `local:FILE.gguf`."""
    fallbacks: tuple[str, ...] = ()
    """Models to ask, in this order, when the first cannot be reached."""
    api_base: str | None = None
    """Address of an OpenAI-compatible server."""
    api_key: SecretStr | None = None
    """Key for it, where the provider's own variable is not set."""
    local_model: Path | None = None
    """A GGUF file for the embedded model."""
    native_tools: bool | None = None
    """Whether the model calls tools natively; None goes by what is known of it."""
    prices: dict[str, TokenPrice] = Field(default_factory=dict)
    """Prices of models that the built-in list does not know."""
    limits: dict[str, ProviderLimits] = Field(default_factory=dict)
    """How hard each provider (the part before the slash) may be pressed."""
    home: Path = Path(".agentkit")
    """The folder of runs, journal and artifacts."""
    parallel: int = Field(default=32, gt=0)
    """Most subtasks at a time."""
    timeout: float = Field(default=600.0, gt=0)
    """Seconds to wait for a model's answer."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, toml_file=Path("agentkit.toml"))
        return init_settings, env_settings, file


def load_settings() -> Settings:
    """The settings as environment and file give them now. Raises `SettingsError` naming the wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        mend = f"see AGENTKIT_{name.partition('.')[0].upper()} or agentkit.toml"
        raise SettingsError(first["msg"], where=f"setting {name}", mend=mend) from error
    except UnreadableSetting as error:  # a variable that should hold JSON and does not
        name = match[1] if (match := re.search(r'field "(\w+)"', str(error))) else ""
        mend = f'write JSON in AGENTKIT_{name.upper()}, a list as ["a", "b"]'
        raise SettingsError("this is not JSON", where=f"setting {name}", mend=mend) from error
    except ValueError as error:  # a TOML file that does not parse
        raise SettingsError(str(error), where="agentkit.toml", mend="mend the file's syntax") from error
