"""The bound on tokens is never below the truth, and not far above it where it matters."""

import base64
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit.messages import ChatRequest, Message, OutputSchema, ToolCall, ToolSpec
from agentkit.models.litellm_loading import load_litellm
from agentkit.models.tokens import text_bound, token_bound

SOME = random.Random(7)

PROSE = (
    "The committee decided, after considerable deliberation, that the proposal should be postponed until "
    "the following spring, when the necessary funds would become available. Nobody objected; several "
    "members had already left the room, and it was getting dark. "
) * 8


def random_words(letters: str) -> str:
    return " ".join("".join(SOME.choices(letters, k=SOME.randint(3, 12))) for _ in range(400))


def table() -> str:
    rows = (
        f"{n},{SOME.choice(['Widget', 'Gadget XL'])},{SOME.random() * 1000:.4f},2024-12-{n % 20 + 10}"
        for n in range(300)
    )
    return "\n".join(rows)


TEXTS = {
    "prose": PROSE,
    "capitals": PROSE.upper(),
    "code": Path(__file__).read_text(encoding="utf-8"),
    "csv": table(),
    "json": json.dumps(
        [{"id": n, "userName": f"alice{n}", "nested": {"aB": None}} for n in range(80)], indent=2
    ),
    "base64": base64.b64encode(SOME.randbytes(3000)).decode(),
    "hex": SOME.randbytes(2000).hex(),
    "random letters": random_words("abcdefghijklmnopqrstuvwxyz"),
    "random capitals": random_words("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "random signs": "".join(SOME.choices("!@#$%^&*()_+-=[]{}|;':\",./<>?`~", k=2000)),
    "any ascii": "".join(chr(SOME.randint(0, 127)) for _ in range(2000)),
    "genes": "".join(SOME.choices("acgt", k=2000)),
    "url": "https://example.org/a/b?q=foo%20bar&utm_source=xyz&id=8f3Kd9QzR " * 30,
    "chinese": "我们在北京的会议上讨论了这个问题，大家都同意推迟到明年春天。" * 10,  # noqa: RUF001
    "japanese and korean": "日本語のテキストも含まれています。한국어 문장도 있습니다." * 10,
    "russian": "Комиссия решила отложить рассмотрение предложения до следующей весны. " * 10,
    "arabic": "قررت اللجنة تأجيل النظر في الاقتراح حتى الربيع القادم. " * 10,
    "german": "Die Donaudampfschifffahrtsgesellschaft überarbeitet ihre Geschäftsbedingungen. " * 10,
    "emoji": "😀🎉👩‍👩‍👧‍👦🏳️‍🌈 hello 👍🏽 " * 20,
    "blanks": "\n\n   \t\t  \n      x\r\n" * 80,
    "many spaces": "a" + " " * 1000 + "b",
    "nothing": "",
}


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Callable[[str], int]]:
    """Those that travel with litellm; nothing is fetched."""
    load_litellm()
    folder = Path(load_litellm().__file__).parent / "litellm_core_utils" / "tokenizers"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    import tiktoken
    from tokenizers import Tokenizer

    def tik(name: str) -> Callable[[str], int]:
        encoding = tiktoken.get_encoding(name)
        return lambda text: len(encoding.encode(text, disallowed_special=()))

    claude = Tokenizer.from_file(str(folder / "anthropic_tokenizer.json"))
    return {
        "cl100k": tik("cl100k_base"),
        "o200k": tik("o200k_base"),
        "p50k": tik("p50k_base"),
        "claude": lambda text: len(claude.encode(text).ids),
    }


@pytest.mark.parametrize("name", TEXTS)
def test_the_bound_is_never_below_the_truth(name: str, tokenizers: dict[str, Callable[[str], int]]) -> None:
    text = TEXTS[name]
    counts = {tokenizer: count(text) for tokenizer, count in tokenizers.items()}
    assert max(counts.values()) <= text_bound(text), counts


@pytest.mark.parametrize("name", ["prose", "capitals", "code", "csv", "json"])
def test_the_bound_is_not_far_off_for_ordinary_text(
    name: str, tokenizers: dict[str, Callable[[str], int]]
) -> None:
    assert text_bound(TEXTS[name]) <= 3 * min(count(TEXTS[name]) for count in tokenizers.values())


def test_every_digit_counts_since_some_tokenizers_join_none() -> None:
    assert text_bound("1234567890") == 10


def test_no_text_is_too_odd() -> None:
    assert text_bound("half a pair: \ud83d") > 0


def test_it_is_cheap() -> None:
    text = (PROSE * 40)[:20_000]
    best = min(_seconds(text) for _ in range(20))
    assert best < 0.005  # 0.001 on a quiet machine


def _seconds(text: str) -> float:
    began = time.perf_counter()
    text_bound(text)
    return time.perf_counter() - began


class TestRequests:
    BARE = ChatRequest(messages=(Message(role="user", content="Hi"),))

    def test_every_message_costs_more_than_its_text(self) -> None:
        two = self.BARE.model_copy(update={"messages": self.BARE.messages * 2})
        assert token_bound(two) > token_bound(self.BARE) + text_bound("Hi")

    def test_tools_and_the_output_form_count(self) -> None:
        schema = {"type": "object", "properties": {"city": {"type": "string"}}}
        tool = ToolSpec(name="look", description="Looks something up.", parameters=schema)
        with_tool = self.BARE.model_copy(update={"tools": (tool,)})
        with_form = self.BARE.model_copy(update={"output": OutputSchema(name="x", json_schema=schema)})
        words = text_bound(json.dumps(schema))
        assert token_bound(with_tool) > token_bound(self.BARE) + words
        assert token_bound(with_form) >= token_bound(self.BARE) + words

    def test_tool_calls_in_the_conversation_count(self) -> None:
        call = ToolCall(id="1", name="look", arguments={"text": "a long text " * 50})
        message = Message(role="assistant", tool_calls=(call,))
        request = self.BARE.model_copy(update={"messages": (*self.BARE.messages, message)})
        assert token_bound(request) > token_bound(self.BARE) + text_bound("a long text " * 50)
