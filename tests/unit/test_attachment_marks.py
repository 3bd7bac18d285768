"""What programs write where files are attached goes; files that the writer names stay."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

REPLY = "Friday suits me well.\n\nSam"
MARKS = [
    "Attachment: plan.pdf (12 kB)",
    "Attachments: plan.pdf (12 kB), map.png (3 MB)",
    "Anhang: Plan der Mühle.pdf (1,2 MB)",
    "Pièce jointe : plan.pdf (12 Ko)",
    "[plan.pdf (12 KB)]",
    "<plan.pdf (120K)>",
    "Attached: plan.pdf 120K",
    "[signature_123456]",
    "[A picture containing text Description automatically generated]",
    "[Ein Bild, das Text enthält. Automatisch generierte Beschreibung, automatisch generiert]",
    "(See attached file: plan.pdf)",
    "(See attached file: Plan (new).pdf)(See attached file: map)",
    "(See attached\nfile: plan.pdf)",
    "(Siehe angehängte Datei: Plan der Mühle.pdf)",
    "(Embedded image moved to file: pic12345.pcx)",
    "{#HS:123456789-1234#}",
    "ref:_00D12AbCd._50034XyZaB:ref",
]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_with_the_size_goes_wherever_it_stands(mark):
    assert own_words(f"{REPLY}\n\n{mark}") == REPLY
    assert own_words(f"Look at this:\n\n{mark}\n\n{REPLY}") == f"Look at this:\n\n{REPLY}"


@pytest.mark.parametrize(
    "listed",
    [
        "* plan.pdf (1.2 MB)",
        "plan.pdf (120 KB)",
        "2 Attachments\n\nplan.pdf (12 KB)\nmap.png (3 MB)",
    ],
)
def test_a_programs_list_at_the_end_goes(listed):
    assert own_words(f"{REPLY}\n\n{listed}") == REPLY


@pytest.mark.parametrize(
    "text",
    [
        "I send you plan.pdf (120 KB) and the map.",
        "The files are these:\n\nplan.pdf (12 KB)\nmap.png (3 MB)",
        "plan.pdf (the new one)\nplan2.pdf (the old one)\n\nSam",
        "Look at this:\n\nplan.pdf (12 KB)\n\nIt is the mill.\n\nSam",
        "2 attachments are missing.\n\nSam",
    ],
)
def test_files_that_the_writer_names_stay(text):
    assert own_words(f"Dear Ann,\n\n{text}") == f"Dear Ann,\n\n{text}"


def test_many_files_on_a_line_take_linear_time():
    line = "Attachment: " + "a.bb (1k) " * 200_000
    assert own_words(f"{line}\n" * 3 + REPLY)


def test_notes_mark_goes_from_the_line_of_the_words():
    assert own_words(f"Here is it. (See attached file: plan.pdf)\n\n{REPLY}") == (
        f"Here is it.\n\n{REPLY}"
    )


@pytest.mark.parametrize("own", ["(see the attached file: plan.pdf)", "(See attached.)"])
def test_what_people_write_in_brackets_stays(own):
    assert own_words(f"Look at this:\n\n{own}\n\n{REPLY}") == (f"Look at this:\n\n{own}\n\n{REPLY}")
