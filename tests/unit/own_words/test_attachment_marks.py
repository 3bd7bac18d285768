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


NOTES_MARKS = [
    "(See attached file: plan.pdf)",
    "(See attached file: plan.pdf)(See attached file: map.doc)",
    "(See attached file: plan.pdf)\n(See attached file: map.pdf)",
    "(Siehe angehängte Datei: Plan der Mühle.pdf)",
    "(Embedded image moved to file: pic12345.pcx)",
]


@pytest.mark.parametrize("mark", NOTES_MARKS)
def test_notes_marks_go_at_the_end(mark):
    assert own_words(f"{REPLY}\n\n{mark}") == REPLY
    assert own_words(f"Here is the plan:\n\n{mark}") == f"Here is the plan:\n\n{mark}"


@pytest.mark.parametrize(
    "mark", ["(See attached file: plan (new).pdf)", "(See attached\nfile: plan)"]
)
def test_a_notes_mark_goes_from_the_line_of_the_words(mark):
    assert own_words(f"Here it is. {mark}\n\n{REPLY}") == f"Here it is.\n\n{REPLY}"


@pytest.mark.parametrize(
    "own",
    ["(See attached file: plan.pdf)", "(see the attached file: plan.pdf)", "(See attached.)"],
)
def test_brackets_in_the_middle_stay(own):
    body = f"Look at this:\n\n{own}\n\n{REPLY}"
    assert own_words(body) == body
