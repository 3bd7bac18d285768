"""English rules speak where a text is English, not wherever no other language was found."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.as_typed import as_typed
from engine.direct_speech.speaking import direct_speech

_OTHERS = [
    # Portuguese, Swedish and Polish, of which only little words are known.
    ("Rita", "rita: forno ok, massa ok, fermento acabou"),
    ("Duarte", "duarte: palco ok. ensaio quarta 18h ok"),
    ("Rui", "rui: sábado ok, no bar do zé às 9"),
    ("Vera", "vera: chave = vaso azul"),
    ("Olle", "olle: pumpen ok, slangen ok, ny packning onsdag"),
    ("Ebba", "ebba: nyckel = grannen"),
    ("Kasia", "kasia: zamek ok, nowy klucz ok"),
    ("Marek", "marek: spotkanie = piątek, biuro ok"),
    # Languages without a list of little words.
    ("Mads", "mads: varmen ok, ny pumpe fredag"),
    ("Jirka", "jirka: kotel ok, sraz = nádraží"),
    ("Kati", "kati: kulcs ok, holnap 9 = piac"),
    # Behind an English order, too.
    ("Olle", "Tell Olle att pumpen är trasig, ny packning kommer onsdag."),
]


@pytest.mark.parametrize(("recipient", "instruction"), _OTHERS)
def test_nothing_is_put_into_english_words(recipient: str, instruction: str) -> None:
    brief = Brief(instruction, recipient, "Tom Berry")
    assert direct_speech(brief) == as_typed(brief)
    assert direct_speech(brief).lower() in ("", f"{instruction.partition(': ')[2]}.")


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        # Few words, or such as other languages have, too.
        ("Rita", "rita: oven fixed, dough ready", "Oven is fixed. Dough is ready."),
        ("Kasia", "kasia: lock done", "Lock is done."),
        ("Jo", "no, 4", "No, 4."),
        ("Mads", "MADS: BOILER FIXED", "BOILER is FIXED."),
        # Names and words that English has from elsewhere.
        ("Renée", "Tell Renée that the café is closed.", "The café is closed."),
        ("Sam", "sam: café closed, soufflé cancelled", "Café is closed. Soufflé is cancelled."),
        ("João", "tell joão i'll be late for the jantar", "I'll be late for the jantar."),
    ],
)
def test_english_is_understood_by_little(recipient: str, instruction: str, text: str) -> None:
    assert direct_speech(Brief(instruction, recipient, "Tom Berry")) == text
