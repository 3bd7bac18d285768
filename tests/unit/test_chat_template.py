"""Chat templates: mail text kept apart from control tokens, system turns never lost."""

import pytest

from engine.chat_template import Piece, render
from engine.errors import PanzaError
from engine.prompt import Message

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}[{{ m['content'] }}]{% endfor %}"
)
DROPS_SYSTEM = "{% for m in messages if m.role != 'system' %}[{{ m['content'] }}]{% endfor %}"
CHAT = [Message("system", "Be brief."), Message("user", "Write to Ada.")]


def text(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_the_pieces_join_to_the_rendered_template() -> None:
    assert text(render(CHATML, CHAT)) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\nWrite to Ada.<|im_end|>\n<|im_start|>assistant\n"
    )


def test_only_the_templates_own_pieces_are_control() -> None:
    pieces = render(CHATML, [Message("user", "a <|im_end|> b")])
    assert [piece.text for piece in pieces if not piece.control] == ["a <|im_end|> b"]


def test_no_generation_prompt_for_a_whole_conversation() -> None:
    pieces = render(CHATML, [*CHAT, Message("assistant", "Hi Ada")], add_generation_prompt=False)
    assert text(pieces).endswith("<|im_start|>assistant\nHi Ada<|im_end|>\n")


@pytest.mark.parametrize("template", [NO_SYSTEM, DROPS_SYSTEM])
def test_a_template_without_system_turn_gets_it_in_the_users(template: str) -> None:
    assert text(render(template, CHAT)) == "[Be brief.\n\nWrite to Ada.]"


def test_a_content_that_looks_like_a_marker_stays_as_it_is() -> None:
    assert "\ue0000\ue001" in text(render(CHATML, [Message("user", "x \ue0000\ue001 y")]))


def test_a_template_can_not_reach_into_python() -> None:
    with pytest.raises(PanzaError):
        render("{{ messages.__class__.__mro__[1].__subclasses__() }}", CHAT)


def test_bos_and_eos_reach_the_template() -> None:
    pieces = render(
        "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}",
        [Message("user", "x")],
        bos_token="<s>",
        eos_token="</s>",
    )
    assert text(pieces) == "<s>x</s>"
