"""Training examples: labels, hostile text, and context."""

from __future__ import annotations

import copy
import dataclasses
import re

import numpy as np
import pytest
from made_mails import stored_mail

from engine.database import database
from engine.events import Warn, silent
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from engine.mail.types import Mail, Received
from engine.models.packaged import embedded_base_gguf
from engine.prompt.chat_template import render
from engine.prompt.prompt import Message, build_prompt
from engine.prompt.tokens import prompt_token_ids
from engine.settings import load_settings
from training.bases.from_gguf.tokenizer import tokenizer_from_gguf
from training.examples.make_examples import Learnt, find_sources, make_examples, training_epochs
from training.examples.tokens import build_conversation, build_example
from training.examples.training_pairs import TrainingPair

CHAT = [Message("system", "Write as the user."), Message("user", "Instruction: say yes.")]
LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
    "{{ raise_exception('only user and assistant') }}{% elif m.role == 'user' %}"
    "[INST] {{ m.content }} [/INST]{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home")).prepare()


@pytest.fixture(scope="module")
def gguf(home):
    return embedded_base_gguf(home)


@pytest.fixture(scope="module")
def tokenizer(gguf):
    """Return the tokenizer of the embedded base model."""
    return tokenizer_from_gguf(gguf)


def labelled(tokenizer, example) -> str:
    return tokenizer.decode(example.token_ids[example.prompt_tokens :])


def special_tokens(tokenizer, ids) -> int:
    return sum(token in tokenizer.all_special_ids for token in ids)


def test_the_labels_are_the_mail_and_its_end_of_turn(tokenizer):
    example = build_example(tokenizer, CHAT, " Ahoy Kim,\nyes!\n", max_tokens=512, mail_id=4)
    assert labelled(tokenizer, example) == "Ahoy Kim,\nyes!<|im_end|>"
    assert example.token_ids[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert example.mail_id == 4
    assert example.labelled_tokens == len(example.token_ids) - example.prompt_tokens


def test_the_prompt_is_the_one_that_drafting_gives_the_model(tokenizer):
    example = build_example(tokenizer, CHAT, "Yes.", max_tokens=512)
    prompt = tokenizer.decode(example.token_ids[: example.prompt_tokens])
    assert prompt == (
        "<|im_start|>system\nWrite as the user.<|im_end|>\n"
        "<|im_start|>user\nInstruction: say yes.<|im_end|>\n<|im_start|>assistant\n"
    )
    drafting = prompt_token_ids(HuggingFaceTokenizer(tokenizer), CHAT)
    assert drafting == list(example.token_ids[: example.prompt_tokens])


@pytest.mark.parametrize("marker", ["<|im_end|>", "<|im_start|>system\n", "<|endoftext|>"])
def test_a_marker_in_a_mail_or_instruction_is_text(tokenizer, marker):
    plain = build_example(tokenizer, CHAT, "Yes.", max_tokens=512)
    in_mail = build_example(tokenizer, CHAT, f"Yes {marker} no.", max_tokens=512)
    assert special_tokens(tokenizer, in_mail.token_ids) == special_tokens(
        tokenizer, plain.token_ids
    )
    assert labelled(tokenizer, in_mail) == f"Yes {marker} no.<|im_end|>"
    asked = [CHAT[0], Message("user", f"say {marker} yes")]
    in_prompt = build_example(tokenizer, asked, "Yes.", max_tokens=512)
    assert special_tokens(tokenizer, in_prompt.token_ids) == special_tokens(
        tokenizer, plain.token_ids
    )


def test_a_mail_beyond_the_limit_loses_its_end_and_its_end_of_turn(tokenizer):
    whole = build_example(tokenizer, CHAT, "one two three four five", max_tokens=512)
    cut = build_example(
        tokenizer, CHAT, "one two three four five", max_tokens=len(whole.token_ids) - 2
    )
    assert cut.token_ids == whole.token_ids[:-2]
    assert special_tokens(tokenizer, cut.token_ids[cut.prompt_tokens :]) == 0


def test_a_prompt_that_leaves_no_room_gives_no_example(tokenizer):
    prompt = build_example(tokenizer, CHAT, "Yes.", max_tokens=512).prompt_tokens
    assert build_example(tokenizer, CHAT, "Yes.", max_tokens=prompt) is None
    assert build_example(tokenizer, CHAT, "Yes.", max_tokens=prompt + 1).labelled_tokens == 1


def test_an_empty_mail_gives_no_example(tokenizer):
    assert build_example(tokenizer, CHAT, " \n", max_tokens=512) is None


@pytest.mark.parametrize(
    ("template", "tokens", "end"),
    [
        (LLAMA3, ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "<|eot_id|>"),
        (MISTRAL, [], "</s>"),
    ],
    ids=["llama-3", "mistral"],
)
def test_other_templates_end_the_turn_in_their_own_way(tokenizer, template, tokens, end):
    other = copy.deepcopy(tokenizer)
    other.add_special_tokens({"additional_special_tokens": [*tokens, "<s>", "</s>"]})
    other.bos_token, other.eos_token, other.chat_template = "<s>", "</s>", template
    example = build_example(other, CHAT, "Ahoy </s> <|eot_id|>", max_tokens=512)
    assert labelled(other, example) == f"Ahoy </s> <|eot_id|>{end}"
    assert example.token_ids[0] == other.bos_token_id
    answer = example.token_ids[example.prompt_tokens :]
    assert special_tokens(other, answer) == 1
    assert "Write as the user." in other.decode(example.token_ids[: example.prompt_tokens])


# --- which context


def played(number: int, **changes) -> TrainingPair:
    mail = stored_mail(
        number,
        date=number,
        recipients=(("Kim Lee", "kim@example.org"),),
        subject="",
        body=f"Mail number {number}.",
    )
    return TrainingPair(dataclasses.replace(mail, **changes), f"say number {number}.")


@pytest.fixture
def connection(tmp_path):
    return database.connect(tmp_path / "panza.db")


@pytest.fixture
def make(connection, home, tokenizer, monkeypatch, tmp_path):
    """Mails and settings -> (texts of the examples' prompts, warnings)."""
    monkeypatch.setattr("engine.settings.loading.user_config", lambda: tmp_path / "none.toml")

    def run(mails, epoch=None, **changes):
        overrides = {"training.retrieval_share": 0.0}
        overrides |= {key.replace("__", "."): value for key, value in changes.items()}
        settings = load_settings(overrides=overrides, environment={})
        warnings = []
        sources = find_sources(mails, {m.mail.id for m in mails}, connection, home, settings)
        examples = make_examples(
            mails, sources, connection, settings, tokenizer, warnings.append, epoch=epoch
        )
        return [tokenizer.decode(e.token_ids[: e.prompt_tokens]) for e in examples], warnings

    return run


def test_each_mail_is_an_example_in_order_with_its_instruction(make, home, tokenizer):
    prompts, warnings = make([played(n) for n in range(1, 5)], training__recipient_share=0.0)
    assert [f"Instruction: say number {n}." in p for n, p in enumerate(prompts, 1)] == [True] * 4
    assert warnings == []
    settings = load_settings(environment={})
    messages = build_prompt("say number 1.", prompt=settings.prompt)
    pieces = render(tokenizer.chat_template, messages, bos_token=tokenizer.bos_token)
    assert prompts[0] == "".join(piece.text for piece in pieces)


def test_a_share_of_the_examples_names_the_recipient_the_same_each_time(make):
    mails = [played(n) for n in range(1, 61)]
    prompts, _ = make(mails, training__recipient_share=0.5)
    named = ["To: Kim Lee" in prompt for prompt in prompts]
    assert 15 < sum(named) < 45
    assert make(mails, training__recipient_share=0.5)[0] == prompts
    other, _ = make(mails, training__recipient_share=0.5, training__seed=1)
    assert other != prompts
    all_named, _ = make(mails[:3], training__recipient_share=1.0)
    assert all("To: Kim Lee" in prompt for prompt in all_named)


def test_the_forms_of_an_instruction_take_turns_over_the_epochs(make):
    mails = [
        dataclasses.replace(played(n), others=(f"number {n}!", f"say nr {n} pls"))
        for n in range(1, 31)
    ]
    seen = [make(mails, epoch=epoch)[0] for epoch in range(6)]
    assert seen[0] == make(mails, epoch=0)[0] != seen[1]
    forms = [
        {
            asked
            for prompts in seen
            if not (asked := prompts[number].rpartition("Instruction: ")[2]).startswith("Write")
        }
        for number in range(len(mails))
    ]
    assert max(map(len, forms)) == 3
    assert sum(len(asked) > 1 for asked in forms) > 20
    assert all("say number" in prompt for prompt in make(mails)[0])


def test_a_share_of_the_mails_is_written_out_from_what_they_say_without_the_mail_to_answer(make):
    mails = [dataclasses.replace(played(n), others=()) for n in range(1, 31)]
    shares = []
    for epoch in range(4):
        prompts = [p.partition("Instruction: ") for p in make(mails, epoch=epoch)[0]]
        written_out = [(above, asked) for above, _, asked in prompts if asked.startswith("Write ")]
        shares.append(len(written_out) / len(mails))
        for above, asked in written_out:
            assert "mail to answer" not in above
            assert re.search("number|nr|no", asked.lower())
    assert 0.2 < sum(shares) / len(shares) < 0.6
    assert not any("Write this" in prompt for prompt in make(mails)[0])


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_each_epoch_has_every_mail_and_others_of_the_corpus(connection, home, tokenizer, share):
    overrides = {"training.replay_share": share, "training.retrieval_share": 0.0}
    settings = load_settings(overrides=overrides, environment={})
    mails = [played(n) for n in range(1, 21)]
    epochs = training_epochs(Learnt(mails), [], connection, home, settings, tokenizer, silent)
    seen = []
    for epoch in range(settings.training.epochs):
        epochs.epoch = epoch
        examples = list(epochs)
        assert len(examples) == len(epochs)
        assert [e.mail_id for e in examples[-20:]] == list(range(1, 21))
        assert sum(e.mail_id == -1 for e in examples) >= (15 if share else 0)
        seen.append({e.token_ids for e in examples[:-20]})
        assert examples[0] == epochs[0]
    if share:
        assert seen[0] != seen[1]


def test_the_answered_mail_and_the_users_name_are_in_the_prompt(make, connection):
    database.write_fact(connection, "user.name", "Ro Vane")
    answered = Received("Kim", 5, "", "Are you coming?", "archive")
    ((prompt,), _) = make([played(1, answered=answered)])
    assert "From: Kim\nAre you coming?" in prompt
    assert "The user is Ro Vane." in prompt


def test_a_mail_whose_context_leaves_no_room_is_left_out_with_a_warning(make):
    answered = Received("Kim", 5, "", "very long words " * 60, "archive")
    prompts, warnings = make([played(1), played(2, answered=answered)], training__max_tokens=150)
    assert len(prompts) == 1
    assert warnings == [
        Warn("1 of 2 mails were left out: the context alone fills training.max_tokens (150).")
    ]


def test_only_training_mails_are_shown_as_past_mails(make, connection, monkeypatch, tokenizer):
    texts = ("the kettle is on", "Ann rows to Hull", "three lamps are broken", "we sold it all")
    mails = [played(n, body=f"Past mail {n}, {text}.") for n, text in enumerate(texts, 1)]
    database.write_fact(connection, "embedder", "all-minilm-l6-v2")
    vectors = np.eye(384, dtype="<f4")
    for number, one in enumerate(mails):
        stored = dataclasses.asdict(one.mail)
        stored.pop("id")
        insert_mail(connection, Mail(**stored))
        near = vectors[0] + 0.5 * vectors[number + 1]
        connection.execute(
            "INSERT INTO vectors VALUES (?, ?)",
            (one.mail.id, (near / np.linalg.norm(near)).astype("<f4").tobytes()),
        )
    monkeypatch.setattr("engine.retrieval.embedder.embed_query", lambda text, home: vectors[0])
    prompts, _ = make(mails[:3], training__retrieval_share=1.0, retrieval__sources=3)
    assert ["Mails the user wrote before:" in prompt for prompt in prompts] == [True] * 3
    for number, prompt in enumerate(prompts, 1):
        assert f"Past mail {number}," not in prompt
        assert "Past mail 4," not in prompt
    without, _ = make(mails[:3], training__retrieval_share=0.0)
    assert not any("Mails the user wrote before" in prompt for prompt in without)


def test_each_answer_of_a_conversation_is_labelled(tokenizer):
    chat = [*CHAT, Message("assistant", "Yes."), Message("user", "Change: shorter")]
    example = build_conversation(tokenizer, [*chat, Message("assistant", "Y ")], mail_id=3)
    spans = [tokenizer.decode(example.token_ids[a:b]) for a, b in example.labelled_spans]
    assert spans == ["Yes.<|im_end|>", "Y<|im_end|>"]
    assert example.labelled_tokens == sum(b - a for a, b in example.labelled_spans)
    first = build_example(tokenizer, CHAT, "Yes.", max_tokens=512)
    second = build_example(tokenizer, chat, "Y", max_tokens=512)
    assert example.token_ids == second.token_ids
    assert example.token_ids[: len(first.token_ids)] == first.token_ids


def test_a_template_that_changes_earlier_turns_ends_the_conversation_before(tokenizer, monkeypatch):
    changing = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
        "{% if m.role == 'assistant' and not loop.last %} (earlier){% endif %}<|im_end|>\n"
        "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    monkeypatch.setattr(tokenizer, "chat_template", changing)
    chat = [*CHAT, Message("assistant", "Yes."), Message("user", "Change: shorter")]
    example = build_conversation(tokenizer, [*chat, Message("assistant", "Y")])
    assert example == build_example(tokenizer, CHAT, "Yes.", max_tokens=512)
