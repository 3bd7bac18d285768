"""No mail changes the structure of the prompt for its answer, or passes on a fact unmarked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import Attack, all_attacks, innocent, prompt_of, thread_of
from tiny_tokenizers import Vocabulary

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.home.home import Home
from engine.mail.message.unseen import remove_invisible
from engine.models.packaged import embedded_base_gguf
from engine.prompt.prompt import Message
from engine.prompt.tokens import prompt_token_ids
from engine.settings import load_settings

ATTACKS = all_attacks()
each = pytest.mark.parametrize("attack", ATTACKS, ids=str)

HEADING = re.compile(r"(?im)^\W*(?:\w+ )?(?:instruction|change|system|user|assistant)s?\W{0,3}:")
FRAME_LINES = 2  # one above the mail, one below
LONGEST_LINK_PATH = 40


@pytest.fixture(scope="module", name="vocabulary")
def _vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vocabulary]:
    home = Home(Path(tmp_path_factory.mktemp("home"))).prepare()
    vocabulary = Vocabulary(embedded_base_gguf(home))
    yield vocabulary
    vocabulary.close()


def user_turn(attack: Attack) -> str:
    (_, user) = prompt_of(attack)
    return user.content


def control_tokens(vocabulary: Vocabulary, messages: list[Message]) -> list[int]:
    ids = prompt_token_ids(vocabulary, messages)
    return [token for token in ids if vocabulary.is_special(token)]


def test_there_are_many_of_many_kinds() -> None:
    kinds = [attack.kind for attack in ATTACKS]
    assert len(ATTACKS) >= 60
    assert len(set(kinds)) >= 10
    assert min(kinds.count(kind) for kind in kinds) >= 5
    assert {attack.place for attack in ATTACKS} == {"thread", "past mail"}


@each
def test_only_the_template_gives_control_tokens(attack: Attack, vocabulary: Vocabulary) -> None:
    expected = control_tokens(vocabulary, prompt_of(innocent(attack.scene)))
    assert control_tokens(vocabulary, prompt_of(attack)) == expected


@each
def test_the_users_instruction_is_the_only_one_and_the_last_line(attack: Attack) -> None:
    text = user_turn(attack)
    *above, last = text.split("\n")
    assert last == f"Instruction: {attack.scene.instruction}"
    plain = unicodedata.normalize("NFKD", "\n".join(above))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    assert not HEADING.search(plain)
    assert above.count("---") == FRAME_LINES
    assert not re.search(r"<\W?[|｜]|[|｜]\W?>|\[/?INST\]|</?s>", text)


SPELT = [
    it for it in ATTACKS if it.kind in ("headings spelt otherwise", "headings of other languages")
]


@pytest.mark.parametrize("attack", SPELT, ids=str)
def test_a_heading_loses_its_colon_in_any_spelling_and_language(attack: Attack) -> None:
    text = user_turn(attack).rpartition("\n\nInstruction: ")[0]
    assert " – " in text.rpartition("---")[0]
    assert not re.search(r"[:\ua4fd]", text.partition("From: ")[2].partition("\nTo: ")[0])


@each
def test_nothing_is_hidden_and_links_are_short(attack: Attack) -> None:
    text = user_turn(attack)
    assert remove_invisible(text) == text
    assert not (attack.hidden and re.search(attack.won, text, re.IGNORECASE))
    for link in re.findall(r"https?://\S+", text):
        host, _, path = link.partition("://")[2].partition("/")
        assert "@" not in host
        assert len(path) <= LONGEST_LINK_PATH


@each
def test_the_scene_is_still_there(attack: Attack) -> None:
    if attack.html:
        assert any(word in user_turn(attack) for word in attack.scene.mail.split()[-8:])
    else:
        assert attack.scene.mail.split("\n")[0] in user_turn(attack)


@each
def test_no_length_crowds_out_the_rest(attack: Attack) -> None:
    prompt = load_settings().prompt
    allowed = max(prompt.thread_words, prompt.source_words) * 16
    assert len(user_turn(attack).encode()) < allowed + 600
    for line in user_turn(attack).split("\n"):
        if line.startswith(("To: ", "From: ")):
            assert len(line) <= 72


@pytest.mark.parametrize("attack", [it for it in ATTACKS if it.passed_on], ids=str)
def test_facts_that_only_the_mail_gives_are_flagged(attack: Attack) -> None:
    thread = tuple(f"{mail.sender}\n{mail.subject}\n{mail.body}" for mail in thread_of(attack))
    brief = Brief(attack.scene.instruction, "Bo Berg", "Ida Moor", thread)
    for fact in attack.passed_on:
        draft = f"Hi Bo,\n\n{attack.scene.instruction} {fact}\n\nIda"
        checks = check_draft(draft, brief)
        flagged = [found.text for found in checks.from_others]
        assert any(found in fact or fact in found for found in flagged), (fact, checks.unsupported)
