"""A Modelfile for Ollama: its template writes the prompts that the model's own writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.packaged import embedded_base_gguf
from engine.prompt.prompt import Message
from engine.prompt.tokens import render_chat
from engine.settings import load_settings
from training.export.ollama import ollama_template, write_modelfile

TEMPLATES = {
    "chatml": (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    ),
    "default system text": (
        "{% if messages[0].role != 'system' %}<|im_start|>system\nHelp.<|im_end|>\n{% endif %}"
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    ),
    "llama 3": (
        "{{ bos_token }}{% for m in messages %}<|start|>{{ m.role }}<|end|>\n\n"
        "{{ m.content | trim }}<|eot|>{% endfor %}"
        "{% if add_generation_prompt %}<|start|>assistant<|end|>\n\n{% endif %}"
    ),
    "llama 2": (
        "{% for m in messages %}{% if m.role == 'system' %}{% elif m.role == 'user' %}"
        "{{ bos_token }}[INST] {% if loop.index0 == 1 and messages[0].role == 'system' %}<<SYS>>\n"
        "{{ messages[0].content }}\n<</SYS>>\n\n{% endif %}{{ m.content }} [/INST]"
        "{% else %} {{ m.content }} {{ eos_token }}{% endif %}{% endfor %}"
    ),
    "gemma": (
        "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
        "{{ raise_exception('no system') }}{% endif %}<turn>"
        "{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}</turn>\n"
        "{% endfor %}{% if add_generation_prompt %}<turn>model\n{% endif %}"
    ),
    "braces": (
        "{% for m in messages %}{{ '{{' }}{{ m.role }}}} {{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}{{ '{{' }}assistant}} {% endif %}"
    ),
}
CHAT = [
    Message("system", "Write as Lo."),
    Message("user", "Say no"),
    Message("assistant", "No."),
    Message("user", "Kinder"),
    Message("assistant", "Sadly no."),
    Message("user", "Shorter"),
]


@dataclass
class Tokenizer:
    """The part of a ModelTokenizer that renders."""

    chat_template: str | None
    adds_bos: bool = True
    bos_token: str = "<s>"
    eos_token: str = "</s>"
    bos_id: int | None = 1

    def encode(self, text: str, *, parse_special: bool) -> list[int]:
        raise AssertionError

    def is_special(self, token: int) -> bool:
        raise AssertionError


def executed(template: str, **values: str) -> str:
    """Execute a Go template of the form that is written."""
    choice = re.compile(
        r"\{\{ if \.(\w+) \}\}(.*?)(?:\{\{ else \}\}(.*?))?\{\{ end \}\}", re.DOTALL
    )
    text = choice.sub(lambda found: found[2] if values.get(found[1]) else found[3] or "", template)

    def value(found: re.Match[str]) -> str:
        return "{{" if found[1].startswith('"') else values.get(found[1][1:], "")

    return re.sub(r'\{\{ (\.\w+|"\{\{") \}\}', value, text)


def ollama_prompt(template: str, messages: list[Message]) -> str:
    """What Ollama writes for a chat: the template once for each round, the last up to .Response."""
    system, *rest = [message.content for message in messages]
    written = ""
    while len(rest) > 1:
        written += executed(template, System=system, Prompt=rest[0], Response=rest[1])
        system, rest = "", rest[2:]
    return written + executed(
        template.partition("{{ .Response }}")[0], System=system, Prompt=rest[0]
    )


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES.keys())
@pytest.mark.parametrize("adds_bos", [True, False])
@pytest.mark.parametrize("length", [2, 4, 6])
def test_prompts_are_the_models_own(template: str, adds_bos: bool, length: int) -> None:
    tokenizer = Tokenizer(template, adds_bos)
    written, _ = ollama_template(tokenizer)
    expected = "".join(piece.text for piece in render_chat(tokenizer, CHAT[:length]))
    if adds_bos:
        expected = expected.removeprefix("<s>")
    assert ollama_prompt(written, CHAT[:length]) == expected


def test_an_answer_ends_where_the_model_ends_it() -> None:
    ends = {name: ollama_template(Tokenizer(text))[1] for name, text in TEMPLATES.items()}
    assert ends == {
        "chatml": "<|im_end|>",
        "default system text": "<|im_end|>",
        "llama 3": "<|eot|>",
        "llama 2": "</s>",
        "gemma": "</turn>",
        "braces": "",
    }


@pytest.mark.parametrize(
    "template",
    [
        None,
        "{% for m in messages %}{{ m.content }}\n{% endfor %}{{ messages | length }}:",
        '{% for m in messages %}{{ \'"""\' }}{{ m.content }}\n{% endfor %}',
    ],
)
def test_other_templates_are_refused(template: str | None) -> None:
    with pytest.raises(PanzaError):
        ollama_template(Tokenizer(template))


def test_the_modelfile_of_the_embedded_model(tmp_path: Path) -> None:
    gguf = tmp_path / "lo-Q8_0.gguf"
    gguf.symlink_to(embedded_base_gguf(Home(tmp_path / "home").prepare()))
    drafting = load_settings(environment={}).drafting
    path = write_modelfile(gguf, name="lo", system="Write as Lo.", drafting=drafting)
    assert path == tmp_path / "Modelfile"
    text = path.read_text()
    assert "FROM ./lo-Q8_0.gguf\n" in text
    assert 'SYSTEM """Write as Lo."""\n' in text
    assert 'PARAMETER stop "<|im_end|>"\n' in text
    assert "PARAMETER num_ctx 2048\n" in text
    assert (
        'TEMPLATE """{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n'
        "<|im_start|>user\n{{ else }}<|im_start|>user\n{{ end }}{{ .Prompt }}<|im_end|>\n"
        "<|im_start|>assistant\n"
        '{{ .Response }}<|im_end|>\n"""\n' in text
    )
