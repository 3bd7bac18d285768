"""Notes in languages that small models hardly write are drafts as they were typed."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.as_typed import as_typed
from engine.direct_speech.speaking import direct_speech


@pytest.mark.parametrize(
    ("instruction", "recipient", "said"),
    [
        (
            "heizung wieder kaputt, seit dienstag 15 grad. wann kommt jemand? bin ab 16 uhr da",
            "Hausverwaltung Krause",
            "Heizung wieder kaputt, seit dienstag 15 grad. Wann kommt jemand? Bin ab 16 uhr da.",
        ),
        (
            "rdv mardi 10h ok. faut-il apporter les anciennes radios ?",
            "Dr Lenoir",
            "Rdv mardi 10h ok. Faut-il apporter les anciennes radios ?",
        ),
        (
            "coche listo? cuánto cuesta al final? paso después de las 6",
            "Taller Norte",
            "Coche listo? Cuánto cuesta al final? Paso después de las 6.",
        ),
        (
            "nina: nej till lördag, jobbar. söndag efter tio går bra, tar med bullar",
            "Nina",
            "Nej till lördag, jobbar. Söndag efter tio går bra, tar med bullar.",
        ),
        (
            "marek: nie mogę w piątek, dyżur. sobota po 15 pasuje, biorę namiot",
            "Marek",
            "Nie mogę w piątek, dyżur. Sobota po 15 pasuje, biorę namiot.",
        ),
    ],
)
def test_notes_to_the_reader_are_said_as_they_are(
    instruction: str, recipient: str, said: str
) -> None:
    assert direct_speech(Brief(instruction, recipient, "Kim Roth")) == said


@pytest.mark.parametrize(
    ("instruction", "recipient"),
    [
        # Somebody who may be the reader, the reader's name, or its inflected form.
        ("camille: c'est elle qui porte les chaises, moi les tables", "Camille"),
        ("femke mag mijn fiets lenen tot zondag, slot zit erop", "Femke"),
        ("przeproś oliwię, pomyliłem numer i dzwoniłem nie tam", "Oliwia"),
        # Something to do for an assistant.
        ("sag ab für freitag, keine zeit, und frag nach montag", "Jo Kern"),
        ("pregunta cuándo abren y si hay sitio para diez", "Casa Lola"),
        # English, for which there are other rules.
        ("boiler broken again, 15 degrees since tuesday", "Krause Lettings"),
        ("non", "Luc"),
    ],
)
def test_what_may_not_be_meant_for_the_reader_is_not_said(instruction: str, recipient: str) -> None:
    assert as_typed(Brief(instruction, recipient, "Kim Roth")) == ""
