"""`structured`: typed answers out of any model, and what happens when they do not fit."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from agentkit.budget import Usage
from agentkit.errors import ContextLengthError, ModelRefusedError, ModelRequestError, OutputError
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.models.structured import structured
from agentkit.plan import Plan
from agentkit.protocols import ModelInfo, OnDelta
from agentkit.testing.models import FunctionModel, ScriptedModel

ASK = ChatRequest(
    messages=(Message(role="system", content="Be brief."), Message(role="user", content="Which city?"))
)


class City(BaseModel):
    name: str
    people: int = Field(gt=0)


@dataclass
class Pair:
    left: int
    right: int


class Tree(BaseModel):
    label: str
    branches: list["Tree"] = []


def city(people: int = 5) -> str:
    return City(name="Ulm", people=people).model_dump_json() if people > 0 else '{"name": "Ulm", "people": 0}'


class TestTypes:
    @pytest.mark.parametrize(
        ("kind", "text", "value"),
        [
            (City, '{"name": "Ulm", "people": 5}', City(name="Ulm", people=5)),
            (list[int], '{"value": [1, 2]}', [1, 2]),
            (Literal["yes", "no"], '{"value": "no"}', "no"),
            (int, '{"value": 7}', 7),
            (str, '{"value": "words"}', "words"),
            (Pair, '{"left": 1, "right": 2}', Pair(1, 2)),
            (dict[str, int], '{"a": 1}', {"a": 1}),
            (tuple[int, str], '{"value": [1, "a"]}', (1, "a")),
            (City | None, '{"value": null}', None),
            (Tree, '{"value": {"label": "x", "branches": []}}', Tree(label="x")),
            (Tree, '{"label": "x"}', Tree(label="x")),
            (list[int], "[3]", [3]),
        ],
    )
    @pytest.mark.parametrize("native", [True, False])
    async def test_anything_that_pydantic_knows_can_be_asked_for(
        self, kind: Any, text: str, value: object, native: bool
    ) -> None:
        got = await structured(ScriptedModel([text], json_schema=native), ASK, kind)
        assert got.value == value
        assert (got.calls, got.text) == (1, text)

    async def test_type_checkers_know_what_comes_back(self) -> None:
        got = await structured(ScriptedModel([city()]), ASK, City)
        name: str = got.value.name
        assert name == "Ulm"


class TestSchemas:
    async def test_a_server_that_enforces_schemas_gets_one_and_the_prompt_stays_as_it_is(self) -> None:
        model = ScriptedModel([city()])
        await structured(model, ASK, City)
        (request,) = model.requests
        assert request.messages == ASK.messages
        assert request.output is not None
        assert request.output.name == "City"
        assert request.output.json_schema["additionalProperties"] is False

    @pytest.mark.parametrize("kind", [list[City], int, Literal["a"], Tree, City | Pair])
    async def test_servers_are_always_asked_for_an_object(self, kind: Any) -> None:
        model = FunctionModel(lambda _: "{}")
        with pytest.raises(OutputError):
            await structured(model, ASK, kind, repairs=0)
        form = model.requests[0].output
        assert form is not None
        assert form.json_schema["type"] == "object"
        assert form.json_schema["required"] == ["value"]
        assert form.name.isidentifier()

    async def test_definitions_stay_where_references_look_for_them(self) -> None:
        model = ScriptedModel(['{"value": []}'])
        await structured(model, ASK, list[Tree], name="forest")
        form = model.requests[0].output
        assert form is not None and form.name == "forest"
        assert form.json_schema["$defs"]["Tree"]["additionalProperties"] is False
        assert "title" not in json.dumps(form.json_schema)

    async def test_a_model_without_schemas_has_it_at_the_end_of_the_prompt(self) -> None:
        model = ScriptedModel([city()], json_schema=False)
        await structured(model, ASK, City)
        (request,) = model.requests
        assert request.output is None
        assert request.messages[0] == ASK.messages[0]
        assert request.messages[1].content.startswith("Which city?")
        assert '"people"' in request.messages[1].content


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            '```json\n{"name": "Ulm", "people": 5}\n```',
            'Sure! Here it is:\n```\n{"name": "Ulm", "people": 5}\n```\nAnything else?',
            'The answer is {"name": "Ulm", "people": 5}, I think.',
            'Not {"name": "Bonn", "people": 0} but {"name": "Ulm", "people": 5}.',
            'An example: {"a": [1}\n{"name": "Ulm", "people": 5}',
            '\n  {"name": "Ulm", "people": 5}  \n',
        ],
    )
    async def test_words_and_fences_round_the_json_do_no_harm(self, text: str) -> None:
        got = await structured(ScriptedModel([text], json_schema=False), ASK, City, repairs=0)
        assert got.value == City(name="Ulm", people=5)

    @pytest.mark.parametrize("text", ["{" * 5000, "[" * 50_000, '{"a":' * 5000, "no json", '{"name": NaN}'])
    async def test_a_hostile_text_is_only_a_bad_answer(self, text: str) -> None:
        with pytest.raises(OutputError) as caught:
            await structured(ScriptedModel([text]), ASK, City, repairs=0)
        assert caught.value.text == text


class TestRepairs:
    async def test_the_model_sees_its_answer_and_what_is_wrong(self) -> None:
        model = ScriptedModel([city(0), city(5)])
        got = await structured(model, ASK, City)
        assert (got.value.people, got.calls) == (5, 2)
        again = model.requests[1].messages
        assert again[:2] == ASK.messages, "the front of the prompt stays as it was"
        assert [message.role for message in again[2:]] == ["assistant", "user"]
        assert again[2].content == city(0)
        assert "people: Input should be greater than 0" in again[3].content

    async def test_the_front_stays_as_it_was_in_the_prompted_way_too(self) -> None:
        model = ScriptedModel([city(0), city(0), city(5)], json_schema=False)
        await structured(model, ASK, City)
        first, second, third = (request.messages for request in model.requests)
        assert second[:2] == first == third[:2]
        assert len(third) == len(second) == 4

    async def test_the_usage_of_all_calls_is_added_up(self) -> None:
        usage = Usage(calls=1, prompt_tokens=10, completion_tokens=2)
        answers = [Completion(text=text, usage=usage) for text in ("?", city())]
        got = await structured(ScriptedModel(answers), ASK, City)
        assert (got.usage.calls, got.usage.tokens) == (2, 24)

    async def test_it_is_given_up_in_the_end(self) -> None:
        model = ScriptedModel([city(0), city(0), city(0), city(5)], name="m")
        with pytest.raises(OutputError, match=r"no City in 3 answers.*greater than 0") as caught:
            await structured(model, ASK, City)
        assert (caught.value.text, caught.value.model, model.left) == (city(0), "m", 1)

    async def test_no_repairs_means_one_call(self) -> None:
        model = ScriptedModel(["?", city()])
        with pytest.raises(OutputError):
            await structured(model, ASK, City, repairs=0)
        assert model.left == 1

    async def test_an_empty_answer_counts_and_is_called_empty(self) -> None:
        model = ScriptedModel(["", " \n", city()])
        assert (await structured(model, ASK, City)).calls == 3
        assert "was empty" in model.requests[1].messages[-1].content
        with pytest.raises(OutputError, match="was empty"):
            await structured(ScriptedModel([""]), ASK, City, repairs=0)

    async def test_an_answer_that_was_cut_off_is_called_so(self) -> None:
        cut = Completion(text='{"name": "Ul', finish="length")
        model = ScriptedModel([cut, city()])
        await structured(model, ASK, City)
        assert "cut off after 4096 tokens" in model.requests[1].messages[-1].content
        with pytest.raises(OutputError, match="cut off") as caught:
            await structured(ScriptedModel([cut]), ASK, City, repairs=0)
        assert "max_tokens" in caught.value.mend

    async def test_half_a_number_is_no_number(self) -> None:
        cut = Completion(text="12", finish="length")
        with pytest.raises(OutputError):
            await structured(ScriptedModel([cut]), ASK, int, repairs=0)

    async def test_a_whole_object_counts_though_the_model_rambled_on_after_it(self) -> None:
        cut = Completion(text=city() + " And by the", finish="length")
        assert (await structured(ScriptedModel([cut]), ASK, City)).calls == 1

    async def test_what_our_own_types_object_to_is_repaired_too(self) -> None:
        circle = '{"subtasks": [{"id": "a", "goal": "x", "needs": ["a"]}]}'
        line = '{"subtasks": [{"id": "a", "goal": "x"}]}'
        model = ScriptedModel([circle, line])
        plan = (await structured(model, ASK, Plan)).value
        assert plan.terminals == ("a",)
        assert "circle" in model.requests[1].messages[-1].content


async def test_a_refusal_is_not_repaired() -> None:
    model = ScriptedModel([Completion(text="I must not.", finish="refused"), city()])
    with pytest.raises(ModelRefusedError, match="I must not"):
        await structured(model, ASK, City)
    assert model.left == 1


class Stubborn:
    """A model whose server refuses every schema."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.refused = 0
        self.answered = 0

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(name=self.name)

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        if request.output is not None:
            self.refused += 1
            raise ModelRequestError("response_format is not supported")
        self.answered += 1
        return Completion(text=city())


class Wrapped:
    """What each scope of a run puts round the same model."""

    def __init__(self, inner: Stubborn) -> None:
        self._inner = inner

    @property
    def info(self) -> ModelInfo:
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        return await self._inner.complete(request, on_delta)


class TestRefusedSchemas:
    async def test_a_server_that_refuses_a_schema_gets_it_in_words_and_is_not_asked_again(self) -> None:
        model = Stubborn("stubborn")
        for _ in range(3):
            assert (await structured(model, ASK, City)).value.name == "Ulm"
        assert (model.refused, model.answered) == (1, 3)

    async def test_it_is_remembered_under_another_wrapper_too(self) -> None:
        model = Stubborn("stubborn, wrapped")
        for _ in range(2):
            assert (await structured(Wrapped(model), ASK, City)).calls == 1
        assert model.refused == 1

    async def test_a_request_that_is_refused_either_way_is_an_error_and_teaches_nothing(self) -> None:
        no = ModelRequestError("bad parameter")
        model = ScriptedModel([no, no, city()])
        with pytest.raises(ModelRequestError, match="bad parameter"):
            await structured(model, ASK, City)
        await structured(model, ASK, City)
        assert model.requests[-1].output is not None

    async def test_a_request_that_is_too_long_is_not_made_longer(self) -> None:
        model = ScriptedModel([ContextLengthError("too long"), city()])
        with pytest.raises(ContextLengthError):
            await structured(model, ASK, City)
        assert model.left == 1
