"""The mail base: the conversations it learns from, and its adapter."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

import gguf
import numpy as np
import pytest
import torch

from engine.errors import PanzaError
from engine.gguf_files import patching
from engine.gguf_files.stored import StoredGguf, StoredTensor
from engine.home.home import Home
from engine.mail_base import MAIL_BASE, merging
from engine.mail_base.merging import ADAPTER, ADAPTER_SHA256, read_changes
from engine.prompt.prompt import INSTRUCTION_KINDS, ask_for_instruction
from engine.settings import Prompt
from training.bases.from_gguf.row_order import to_half_split
from training.corpus import CorpusMail, JudgedDrafts, Revision
from training.corpus.contrast_sets import ContrastSet
from training.corpus.conversations import (
    by_writer,
    change_playback,
    contrasts_of,
    drafting,
    epoch_of,
    playback,
)
from training.corpus.foreign_orders import FOREIGN_ORDERS
from training.mail_base import train
from training.mail_base.shipping import pack_adapter, unpack_adapter


def a_mail(number: int, **fields: object) -> CorpusMail:
    known = {
        "writer": "w-1",
        "name": "Ada Lund",
        "voice": "",
        "language": "en",
        "to": "Bo",
        "kind": "ask",
        "thread": "",
        "plain": f"Ask Bo for crate {number}.",
        "terse": f"bo: crate {number}?",
        "spoken": f"ask bo if i can have crate {number}",
        "mail": f"Bo, may I have crate {number}?\n\nAda",
        "changes": (),
    }
    return CorpusMail(**known | fields)  # type: ignore[arg-type]


MAILS = [a_mail(number) for number in range(6)]


@pytest.mark.parametrize("kind", INSTRUCTION_KINDS)
def test_a_draft_is_learnt_with_other_mails_of_its_writer_but_never_with_itself(kind):
    for seed in range(60):
        system, user, answer = drafting(MAILS[0], kind, MAILS[1:], Prompt(), random.Random(seed))
        assert "Ada Lund" in system.content
        assert answer.content == MAILS[0].mail
        assert "crate 0" in user.content.rpartition("Instruction:")[2]
        assert MAILS[0].mail not in user.content


def test_what_the_prompt_shows_varies():
    prompts = [
        drafting(a_mail(0, thread="Need one?"), "plain", MAILS[1:], Prompt(), random.Random(seed))[
            1
        ]
        for seed in range(60)
    ]
    shown = [prompt.content for prompt in prompts]
    for part in ("Mails the user wrote before", "The mail to answer", "To: Bo"):
        assert 0 < sum(part in text for text in shown) < 60
    assert {text.count("Bo, may I have crate") for text in shown} == {0, 1, 2, 3}


def test_orders_in_the_mails_of_others_change_nothing_that_is_learnt():
    orders = {order.partition("{")[0].strip() for order in FOREIGN_ORDERS} - {"Instruction:"}
    seen = 0
    for seed in range(300):
        mail = a_mail(0, thread="Need one?")
        _, user, answer = drafting(mail, "plain", MAILS[1:], Prompt(), random.Random(seed))
        assert answer.content == mail.mail
        assert (
            user.content.rpartition("\n")[2].lower().startswith("instruction: ask bo for crate 0")
        )
        seen += any(order and order in user.content for order in orders)
    assert seen > 5


def test_a_change_is_a_further_turn():
    mail = a_mail(0, changes=(Revision("shorter", "Crate 0?\n\nAda"),))
    *_, change, answer = drafting(mail, "terse", (), Prompt(), random.Random(1))
    assert (change.role, change.content) == ("user", "Change: shorter")
    assert answer.content == "Crate 0?\n\nAda"


def test_playback_asks_for_each_kind_once():
    messages = playback(MAILS[0], Prompt(), random.Random(2))
    assert [message.role for message in messages[1:]] == ["user", "assistant"] * 3
    for kind in INSTRUCTION_KINDS:
        asked = next(
            index
            for index, m in enumerate(messages)
            if m.content.endswith(ask_for_instruction(kind))
        )
        assert messages[asked + 1].content == getattr(MAILS[0], kind)


def test_an_epoch_has_every_mail_drafted_written_out_and_played_back_and_is_the_same_each_time():
    writers = by_writer(MAILS)
    first = epoch_of(writers, Prompt(), "1/0")
    assert first == epoch_of(writers, Prompt(), "1/0") != epoch_of(writers, Prompt(), "1/1")
    answers = [messages[2].content for messages in first]
    assert len(answers) == 3 * len(MAILS)
    assert {mail.mail for mail in MAILS} < set(answers)


def test_a_change_is_played_back_from_both_drafts():
    mail = a_mail(0, changes=(Revision("shorter", "Crate 0?\n\nAda"),))
    _, user, answer = change_playback(mail, random.Random(1))
    assert user.content.index(mail.mail) < user.content.index("Crate 0?\n\nAda")
    assert answer.content == "shorter"


def test_contrasts_are_drafted_from_each_kind_with_each_change_among_ordinary_mails():
    changes = tuple(Revision(f"make it {n}", f"May I have {n}?\n\nAda") for n in range(5))
    mails = [a_mail(0, changes=changes), a_mail(1)]
    ordinary = epoch_of(by_writer(MAILS), Prompt(), "1/0")
    conversations = contrasts_of(by_writer(mails), ordinary, Prompt(), "1")
    assert conversations == contrasts_of(by_writer(mails), ordinary, Prompt(), "1")
    asked = Counter(c[-2].content for c in conversations if c[-2].content.startswith("Change: "))
    assert asked.keys() >= {f"Change: {change.ask}" for change in changes}
    drafts = Counter(c[2].content for c in conversations)
    assert drafts[mails[0].mail] >= 5
    assert drafts[mails[1].mail] >= 3
    played_back = [c for c in conversations if "The changed mail:" in c[1].content]
    assert {c[-1].content for c in played_back} <= {change.ask for change in changes}
    assert len(conversations) == 10 + len(played_back) + round((10 + len(played_back)) / 2)


def test_the_course_goes_from_ordinary_mails_over_contrasts_and_sets_to_drafts(monkeypatch):
    judged = JudgedDrafts("Ada Lund", "en", "", "", (), (), "Say no.", ("No.",), ("Yes.", "Now."))
    contrasts = by_writer([a_mail(7), a_mail(8)])
    monkeypatch.setattr(train, "learnt_writers", lambda: by_writer(MAILS))
    monkeypatch.setattr(train, "learnt_contrasts", lambda: contrasts)
    monkeypatch.setattr(train, "judged_drafts", lambda: [judged])
    items = train.course(train.Recipe(epochs=1))
    sets = [isinstance(item, ContrastSet) for item in items]
    conversations = 3 * len(MAILS) + 8 + 4  # None has changes.
    assert not any(sets[:conversations])
    of_judged = [isinstance(i, ContrastSet) and "No." in str(i) for i in items]
    first = of_judged.index(True)
    assert 1 <= sum(sets[conversations:first]) <= 2
    assert 1 <= sum(sets[first:]) <= 3
    of_contrasts = [a_mail(7).mail in [m.content for m in c] for c in items[:conversations]]
    assert not any(of_contrasts[: 3 * len(MAILS)])
    assert sum(of_contrasts) >= 3


# --- the adapter that is part of the package


def test_a_packed_adapter_changes_a_weight_as_the_trained_one_does(tmp_path):
    torch.manual_seed(0)
    rank, heads, inputs, outputs = 4, 2, 24, 16
    factors = {
        f"base_model.model.model.layers.3.self_attn.{module}.rosa_{factor}.default": torch.randn(
            (rank, inputs) if factor == "A" else (outputs, rank)
        )
        for module in ("q_proj", "v_proj")
        for factor in "AB"
    }
    pack_adapter(factors, 2.0, {"attn_q": heads}, tmp_path / "adapter.safetensors")
    weight = StoredTensor(
        "", gguf.GGMLQuantizationType.F32, (outputs, inputs), tmp_path / "zero", 0
    )
    weight.path.write_bytes(bytes(weight.nbytes))
    names = ["blk.3.attn_q.weight", "blk.3.attn_v.weight"]
    base = StoredGguf(weight.path, {}, dict.fromkeys(names, weight))
    changes = read_changes(tmp_path / "adapter.safetensors", base)
    assert changes.keys() == {"blk.3.attn_q.weight", "blk.3.attn_v.weight"}
    for module, name in (("q_proj", "attn_q"), ("v_proj", "attn_v")):
        prefix = f"base_model.model.model.layers.3.self_attn.{module}"
        a, b = (factors[f"{prefix}.rosa_{factor}.default"] for factor in "AB")
        expected = (2.0 * b @ a).numpy()
        change = changes[f"blk.3.{name}.weight"]
        changed = np.concatenate([change(0, 6), change(6, outputs)])
        if name == "attn_q":  # The file has llama.cpp's order of rows.
            changed = to_half_split(changed, heads)
        assert np.abs(changed - expected).max() < 0.05 * np.abs(expected).max()


def test_a_packed_adapter_is_where_another_training_begins(tmp_path):
    torch.manual_seed(0)
    heads = {"attn_q": 2, "attn_k": 1}
    factors = {
        f"base_model.model.model.layers.3.{module}.rosa_{factor}.default": torch.randn(
            (4, 24) if factor == "A" else (16, 4)
        )
        for module in ("self_attn.q_proj", "self_attn.k_proj", "mlp.up_proj")
        for factor in "AB"
    }
    pack_adapter(factors, 2.0, heads, tmp_path / "adapter.safetensors")
    begun = {name: torch.zeros_like(weight) for name, weight in factors.items()}
    unpack_adapter(tmp_path / "adapter.safetensors", begun, 2.0, heads)
    for name, weight in factors.items():
        assert torch.allclose(begun[name], weight, atol=0.02 * weight.abs().max().item())


def test_the_packaged_adapter_is_the_expected_one_and_small():
    assert hashlib.sha256(ADAPTER.read_bytes()).hexdigest() == ADAPTER_SHA256
    assert ADAPTER.stat().st_size < 25_000_000


def test_the_mail_base_is_merged_once_and_a_killed_merge_begins_again(tmp_path, monkeypatch):
    home = Home(tmp_path).prepare()
    (home.cache).mkdir(exist_ok=True)
    (home.cache / f"{MAIL_BASE}.partial").write_bytes(b"half")
    calls = []

    def patch(source, target, changes, kinds, **options):
        calls.append(len(changes))
        target.write_bytes(b"merged")

    monkeypatch.setattr(patching, "patch_gguf", patch)
    assert merging.mail_base_gguf(home).read_bytes() == b"merged"
    assert merging.mail_base_gguf(home).read_bytes() == b"merged"
    assert calls == [210]  # Seven linear layers in each of 30 blocks.
    assert not (home.cache / f"{MAIL_BASE}.partial").exists()


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, monkeypatch):
    def full(source, target, changes, kinds, **options):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    home = Home(tmp_path).prepare()
    monkeypatch.setattr(patching, "patch_gguf", full)
    with pytest.raises(PanzaError, match="No space left on device") as raised:
        merging.mail_base_gguf(home)
    assert "\n" not in str(raised.value)
    assert not list(home.cache.glob(f"{MAIL_BASE}*"))


def test_another_adapter_is_refused(tmp_path, monkeypatch):
    other = tmp_path / "adapter.safetensors"
    other.write_bytes(ADAPTER.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(merging, "ADAPTER", other)
    with pytest.raises(PanzaError, match="sha256"):
        merging.mail_base_gguf(Home(tmp_path / "home").prepare())
