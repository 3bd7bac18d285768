"""Agreement with the writer: greeting, closing, length, punctuation; attribution; copied runs."""

from __future__ import annotations

import pytest

from training.corpus import read_corpus
from training.evaluation import attribution
from training.evaluation.voice import closing_form, greeting_form, voice
from training.memorisation.copied_runs import TrainingRuns, longest_shared_run

MAIL = "Dear Ann,\n\nThe boat is ready. Come at nine!\n\nBest wishes,\nRo"


@pytest.mark.parametrize(
    ("greeting", "same"),
    [
        ("Dear Bo,", True),
        ("Dear Mr Bell,", True),
        ("dear Ann,", True),
        ("Hi Ann,", False),
        ("Dear Ann!", False),
        ("Ann,", False),
        ("Dear all,", False),
    ],
)
def test_a_greeting_is_alike_whoever_is_greeted(greeting, same):
    other = MAIL.replace("Dear Ann,", greeting)
    assert (greeting_form(other) == greeting_form(MAIL)) is same


def test_without_greeting_or_closing_there_is_no_form():
    assert greeting_form("The boat is ready.") == closing_form("The boat is ready.") == ()
    assert greeting_form("") == closing_form("") == ()


@pytest.mark.parametrize(
    ("closing", "same"),
    [
        ("Best wishes\nRo", True),
        ("best wishes,\n\nRo.", True),
        ("Best,\nRo", False),
        ("Best wishes,\nFlo", False),
        ("", False),
    ],
)
def test_a_closing_is_alike_whatever_its_marks(closing, same):
    other = MAIL.replace("Best wishes,\nRo", closing)
    assert (closing_form(other) == closing_form(MAIL)) is same


def test_length_is_the_share_of_the_shorter_in_the_longer():
    figures = voice(["one two", "a b c d"], ["one two three four", "a b"])
    assert figures["length"].value == 0.5
    assert voice([""], [""])["length"].value == 1


def test_punctuation_compares_rates_per_word():
    def shared(draft: str, mail: str) -> float:
        return voice([draft], [mail])["punctuation"].value

    assert shared("Yes! No! ", "Well! Fine! Good! Bad!") == 1
    assert shared("it’s", "it's") == 1
    assert shared("Yes! No!", "Yes. No.") == 0
    assert shared("Yes! No.", "Yes. No.") == pytest.approx(1 / 3)
    assert shared("yes", "no") == 1


def test_the_interval_holds_the_figure_and_is_the_same_each_time():
    mails = [MAIL, "Hi Bo,\n\nNo!\n\nRo", "Dear Cy,\n\nIt rains; stay.\n\nRo"] * 4
    drafts = [MAIL] * 12
    figures = voice(drafts, mails)
    assert figures == voice(drafts, mails)
    for figure in figures.values():
        assert figure.low <= figure.value <= figure.high
        assert figure.low < figure.high


# --- attribution


def test_the_classifier_knows_a_writer_from_others_by_mails_it_never_saw():
    rows = [row for row in read_corpus() if row.language == "en"]
    writer = rows[0].writer
    own = [row.mail for row in rows if row.writer == writer]
    others = [row.mail for row in rows if row.writer != writer]
    known, unknown = attribution.hold_out(others)
    is_writers = attribution.train_classifier(own[:10], known)
    assert sum(is_writers(own[10:])) >= 3
    assert sum(is_writers(unknown)) / len(unknown) < 0.04
    assert is_writers([]) == []


def test_a_fifth_of_the_others_is_kept_for_the_test():
    known, unknown = attribution.hold_out([str(number) for number in range(10)])
    assert unknown == ["0", "5"]
    assert len(known) == 8


# --- copied runs of words

LEARNT = (
    "Dear Ann,\n\nThe harbour office is open from nine to noon on every day but the last Sunday of "
    "the month.\n\nWith many kind regards from all of us here at the old harbour,\nRo"
)
COPIED = "the HARBOUR office, is open from nine to noon on every day but the last"


def test_a_run_of_twelve_words_is_copied_whatever_case_and_marks():
    runs = TrainingRuns([LEARNT])
    assert runs.longest_in(f"Hi Bo,\n\nI hear that {COPIED} one. Ro") == 15
    assert runs.longest_in(" ".join(COPIED.split()[:12])) == 12
    assert runs.longest_in(" ".join(COPIED.split()[:11])) == 0
    assert runs.longest_in(COPIED.replace("noon", "ten")) == 0
    assert runs.longest_in("") == 0


def test_what_the_instruction_or_the_answered_mail_says_may_be_repeated():
    runs = TrainingRuns([LEARNT])
    assert runs.longest_in(COPIED, ["Say that the office opens.", COPIED]) == 0
    assert runs.longest_in(COPIED, ["Say that the office opens."]) == 15


@pytest.mark.parametrize(
    ("draft", "given", "length"),
    [
        (f"Hi Bo,\n\nI hear that {COPIED} one. Ro", (), 15),
        (COPIED.replace("noon", "ten"), (), 8),
        (COPIED, ["Say that the office opens.", COPIED], 0),
        (COPIED, ["Tell him that the harbour office is open"], 15),
        ("Nothing in common", (), 0),
        ("", (), 0),
    ],
)
def test_the_longest_run_shared_with_a_past_mail(draft, given, length):
    assert longest_shared_run(draft, ["No.", LEARNT], given) == length
    assert longest_shared_run(draft, [], given) == 0


def test_greeting_and_closing_do_not_count():
    signature = "\n".join(
        ["Ro Bell", "12 Old Quay", "Fowey", "call 01726", "or write", "or come by"]
    )
    runs = TrainingRuns([f"Dear Ann,\n\nThe boat is ready.\n\n{signature}"])
    assert runs.longest_in(f"Dear Bo,\n\nNo.\n\n{signature}") == 0
