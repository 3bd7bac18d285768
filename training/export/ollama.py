"""A Modelfile, with which Ollama drafts with an exported GGUF as llama.cpp does here.

Ollama writes prompts by a Go template, which it finds in a GGUF only for some well-known chat
templates; so it is derived from the model's own. It uses .System, .Prompt and .Response, for which
Ollama executes it once for each round of a chat, with .System in the first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.disk import durable
from engine.errors import PanzaError
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.llama_library import open_vocabulary
from engine.prompt.chat_template import Piece
from engine.prompt.prompt import Message
from engine.prompt.tokens import ModelTokenizer, render_chat
from engine.settings import Drafting

MODELFILE = "Modelfile"

_SYSTEM, _ASKED, _ANSWER, _CHANGE = (
    Message("system", "S"),
    Message("user", "U"),
    Message("assistant", "A"),
    Message("user", "V"),
)
_JOINED = f"{_SYSTEM.content}\n\n{_ASKED.content}"
"""The first user's text for a template without a system role (engine.prompt.chat_template)."""

_NOT_POSSIBLE = (
    "The model's chat template can't be written in Ollama's form, so no Modelfile was written; the "
    "GGUF was. Draft with panza-tui, or through panza-tui serve."
)
_TRIPLE = '"""'


def write_modelfile(gguf: Path, *, name: str, system: str, drafting: Drafting) -> Path:
    """Write a Modelfile beside a GGUF, and return its path.

    system: the system text of the model's prompts. Raises PanzaError for a chat template that can't
    be written in Ollama's form.
    """
    with open_vocabulary(gguf) as model:
        template, end = ollama_template(GgufTokenizer(model))
    if _TRIPLE in system:
        raise PanzaError(f"Ollama allows no {_TRIPLE} in prompt.preamble; change the setting.")
    lines = [
        f"# ollama create {name} -f {MODELFILE}",
        "# Ask for a mail as in training: Instruction: what the mail should say",
        f"FROM ./{gguf.name}",
        f"TEMPLATE {_TRIPLE}{template}{_TRIPLE}",
        f"SYSTEM {_TRIPLE}{system}{_TRIPLE}",
        *([f'PARAMETER stop "{end}"'] if end else []),
        f"PARAMETER num_ctx {drafting.context_tokens}",
        f"PARAMETER num_predict {drafting.max_tokens}",
        f"PARAMETER temperature {drafting.temperature:g}",
        f"PARAMETER top_p {drafting.top_p:g}",
        f"PARAMETER repeat_penalty {drafting.repeat_penalty:g}",
        f"PARAMETER seed {drafting.seed}",
    ]
    path = gguf.with_name(MODELFILE)
    durable.write_file(path, ("\n".join(lines) + "\n").encode())
    return path


def ollama_template(tokenizer: ModelTokenizer) -> tuple[str, str]:
    """Return a model's chat template in Ollama's form, and the text that ends an answer.

    Raises PanzaError if the template can't be written in this form.
    """
    chat = (_SYSTEM, _ASKED, _ANSWER, _CHANGE)
    pieces = render_chat(tokenizer, chat)
    texts = [piece.text for piece in pieces if not piece.control]
    between = _between(pieces)
    if texts == [_JOINED, _ANSWER.content, _CHANGE.content]:
        between.insert(1, "\n\n")
    elif texts != [message.content for message in chat]:
        raise PanzaError(_NOT_POSSIBLE)
    first, after_system, before_old_answer, after_answer, before_answer = between
    closed = render_chat(tokenizer, chat[:3], add_generation_prompt=False)
    end = _between(closed)[-1]
    is_regular = before_old_answer.startswith(before_answer) and after_answer.startswith(end)
    if tokenizer.adds_bos and tokenizer.bos_token:
        first = first.removeprefix(tokenizer.bos_token)  # Ollama adds it.
    old, later = before_old_answer.removeprefix(before_answer), after_answer.removeprefix(end)
    constants = (first, after_system, later, before_answer, old, end)
    if not is_regular or any(_TRIPLE in text for text in constants):
        raise PanzaError(_NOT_POSSIBLE)
    first, after_system, later, before_answer, old, after = map(_escaped, constants)
    # Llama 2 has a space before an answer that the model did not write.
    before_old = f"{{{{ if .Response }}}}{old}{{{{ end }}}}" if old else ""
    template = (
        f"{{{{ if .System }}}}{first}{{{{ .System }}}}{after_system}{{{{ else }}}}{later}"
        f"{{{{ end }}}}{{{{ .Prompt }}}}{before_answer}{before_old}{{{{ .Response }}}}{after}"
    )
    return template, end.strip()


def _between(pieces: Sequence[Piece]) -> list[str]:
    """Return the template's own text before, between and behind the messages."""
    between = [""]
    for piece in pieces:
        if piece.control:
            between[-1] += piece.text
        else:
            between.append("")
    return between


def _escaped(text: str) -> str:
    """Return constant text of a Go template."""
    return text.replace("{{", '{{ "{{" }}')
