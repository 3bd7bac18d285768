"""Direct speech of which the same is said to one reader, to several and to a firm."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.speaking import direct_speech


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        (
            "Nachbarn",
            "Sag den Nachbarn, dass wir am Samstag feiern und dass es laut wird.",
            "Ich wollte Bescheid geben, dass wir am Samstag feiern und dass es laut wird.",
        ),
        (
            "Eltern 2a",
            "Sag den Eltern von der 2a, dass der Ausflug ausfällt und dass er im Mai stattfindet.",
            "Ich wollte Bescheid geben, dass der Ausflug ausfällt und dass er im Mai stattfindet.",
        ),
        ("Eltern 2a", "Sag den Eltern, dass sie Brot mitgeben sollen.", ""),
        ("Mieter", "Sag den Mietern, dass jeder seinen Keller räumen muss.", ""),
        # What is asked behind what is told is a question of its own.
        (
            "Hausverwaltung Meier",
            "Schreib der Hausverwaltung, dass der Aufzug steht und ob jemand kommt.",
            "Ich wollte Ihnen sagen, dass der Aufzug steht. Können Sie mir sagen, ob jemand kommt?",
        ),
        (
            "Buren",
            "Zeg tegen de buren dat we zaterdag een feestje geven.",
            "Ik wilde even laten weten dat we zaterdag een feestje geven.",
        ),
        (
            "Bouwmarkt Jansen",
            "Zeg ze dat er een doos ontbrak.",
            "Ik wilde even laten weten dat er een doos ontbrak.",
        ),
        ("Groep", "Zeg tegen de groep dat iedereen zijn fiets meeneemt.", ""),
        (
            "Ana y Pedro",
            "Diles que llegamos a las seis y que ya hemos cenado.",
            "Llegamos a las seis. Ya hemos cenado.",
        ),
        ("Padres", "Informa a los padres de que deben traer pan.", ""),
        (
            "Voisins",
            "Préviens les voisins que les travaux commencent lundi.",
            "Les travaux commencent lundi.",
        ),
        ("Voisins", "Dis aux voisins qu'ils peuvent entrer par la cour.", ""),
        (
            "Squadra",
            "Avvisa la squadra che l'allenamento di giovedì è annullato.",
            "L'allenamento di giovedì è annullato.",
        ),
        ("Ditta Rossi", "Scrivi alla ditta che mandino qualcuno.", ""),
        # What is taken back.
        ("Herr Lang", "Ja zum Termin am Dienstag, nee quatsch, am Mittwoch.", ""),
        ("Genitori", "Avvisa i genitori che portino il pranzo.", ""),
    ],
)
def test_nothing_of_the_reader_is_said_to_anybody(
    recipient: str, instruction: str, text: str
) -> None:
    assert direct_speech(Brief(instruction, recipient, "Tom Berry")) == text
