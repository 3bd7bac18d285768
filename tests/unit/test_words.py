"""The word lists of each language, which can be extended without reading the code."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import tomli

import engine.words
from engine.words import by_language, months, pairs_by_language, pattern_of, words

FILES = sorted(Path(engine.words.__file__).parent.glob("*.toml"))
TABLES = {path.stem: tomli.loads(path.read_text(encoding="utf-8")) for path in FILES}
LISTS = {
    "attachments": {"marks"},
    "folders": {"sent", "spam", "trash", "drafts", "scheduled", "chats"},
    "subjects": {"reply", "forward", "away"},
    "headers": {"at", "from", "date", "to", "cc", "subject", "other", "not_mail"},
    "quotes": {
        "wrote",
        "wrote_unspaced",
        "original",
        "forwarded",
        "forward_start",
        "opening",
        "said",
        "speaker",
    },
    "closings": {"phrases", "nouns"},
    "prompts": {"headings"},
    "disclaimers": {
        "about",
        "secrecy",
        "meant_for",
        "mistake",
        "to_do",
        "spreading",
        "only_for",
        "forbidding",
    },
    "references": {"below"},
    "banners": {"outside", "outside_unspaced", "advice", "advice_unspaced"},
    "notes": {
        "hours",
        "answering",
        "no_need",
        "land",
        "respect",
        "data",
        "processing",
        "liability",
        "contract",
        "printing",
        "nature",
        "needed",
    },
    "adverts": {"schedulers", "hosts", "free", "trackers", "scanners"},
    "device_lines": {
        "patterns",
        "sent",
        "hints",
        "excuses",
        "my",
        "my_unspaced",
        "products",
        "brands",
    },
    "organisations": {"before", "after", "unspaced"},
    "facts": {
        "mine",
        "phone",
        "postal",
        "link",
        "email",
        "my_phone",
        "my_postal",
        "my_link",
        "my_email",
        "sent_mail",
    },
    "purposes": {
        "thank",
        "thanks",
        "apologise",
        "apologies",
        "congratulate",
        "congratulations",
        "cancel",
        "cancellations",
        "complain",
        "complaints",
    },
    "instructions": {
        "negations",
        "verbs",
        "to",
        "reader",
        "no_reader",
        "to_person",
        "form",
        "instead",
        "asking",
        "requests",
        "interrogatives",
        "asked",
    },
    "numbers": {"values", "loose", "joiners", "ordinal_endings", "currencies"},
    "clock": {
        "morning",
        "evening",
        "hour",
        "before_hour",
        "half_past",
        "half_to",
        "quarter_past",
        "quarter_to",
        "noon",
        "midnight",
    },
    "calendar": {"weekdays", "short_weekdays", "months", "loose_months", "between", "relative"},
    "names": {
        "also_words",
        "greetings",
        "never",
        "titles",
    },
    "function_words": {"list"},
    "answers": {"yes", "denials", "no", "refusals", "neither"},
    "roles": {
        "first",
        "second",
        "third",
        "first_possessive",
        "second_possessive",
        "third_possessive",
        "male",
        "female",
        "people",
    },
    "reported": {
        "fillers",
        "greetings",
        "requests",
        "orders",
        "denials",
        "imperatives",
        "telling",
        "before_objects",
        "behind_objects",
        "before_subjects",
        "auxiliaries",
        "helpers",
        "subjects",
        "swaps",
        "thanks",
        "thanked_for",
        "congratulations",
        "proposals",
        "apologies",
        "agreement",
        "apologised_for",
        "beginnings",
        "cheers",
        "conditional",
        "contracted",
        "first_objects",
        "he",
        "modals",
        "past_helpers",
        "phrases",
        "she",
        "verbs",
        "wishes",
        "without_i",
        "sayings",
        "told_beginnings",
        "articles",
    },
    "follow_ups": {
        "adding",
        "asking",
        "beginnings",
        "behind",
        "clauses",
        "corrections",
        "exchanged",
        "exchanging",
        "facts",
        "interjections",
        "joiners",
        "lacking",
        "lead_ins",
        "leave_out",
        "left_out",
        "objects",
        "opposites",
        "wording",
        "degrees",
        "shorter",
        "longer",
        "tones",
        "parts_of_day",
        "people",
        "prepositions",
        "remarks",
        "told",
    },
    "direct": {
        "about_mail",
        "accusative",
        "accusative_genders",
        "acts",
        "answers",
        "apologise",
        "articles",
        "ask",
        "asking",
        "because",
        "before_clauses",
        "before_est_ce_que",
        "before_nouns",
        "before_of",
        "before_pronouns",
        "beginnings",
        "behind_her",
        "behind_its",
        "behind_stressed",
        "behind_thanks",
        "being",
        "between",
        "but",
        "calling",
        "clauses",
        "conditions",
        "congratulate",
        "contractions",
        "dative",
        "datives",
        "days",
        "did",
        "endings",
        "female",
        "finite",
        "first_endings",
        "first_person_endings",
        "first_verbs",
        "for_reader",
        "formal",
        "formal_endings",
        "formal_stressed",
        "formal_verbs",
        "forms",
        "genders",
        "give",
        "groups",
        "he",
        "helping",
        "his",
        "i",
        "if",
        "imperative_endings",
        "imperatives",
        "impersonal",
        "in_general",
        "infinitive",
        "infinitives",
        "informal",
        "ing_nouns",
        "invite",
        "joined",
        "joined_pronouns",
        "joins",
        "joints",
        "left_out_i",
        "little",
        "male",
        "me",
        "more_infinitives",
        "must",
        "need_reason",
        "no_statement",
        "no_verbs",
        "nobody",
        "not",
        "nouns",
        "object_beginnings",
        "object_pronouns",
        "objects",
        "of",
        "of_it",
        "of_pronouns",
        "offer",
        "openers",
        "opens",
        "or_if",
        "order_endings",
        "order_verbs",
        "orders_behind",
        "other_endings",
        "own",
        "people_do",
        "plural_pronouns",
        "possessives",
        "prepositions",
        "questions",
        "reasons",
        "reflexive",
        "remind",
        "saying",
        "says",
        "says_formal",
        "several",
        "shared_endings",
        "shared_verbs",
        "she",
        "shorthand",
        "spelling",
        "stressed",
        "subject_follows",
        "subject_openings",
        "subjects",
        "subjects_of_things",
        "suggest",
        "tell",
        "thank",
        "that",
        "they",
        "things",
        "things_do",
        "third",
        "times",
        "titles",
        "to",
        "to_people",
        "to_the",
        "verbs",
        "whens",
        "whole",
        "wish",
        "yes_no",
    },
    "forms": {"irregular"},
    "dates": {"months"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_known_lists_of_lower_case_words_each_with_its_caption(path: Path) -> None:
    for section, table in TABLES[path.stem].items():
        assert set(table) <= LISTS[section], section
        for name, group in table.items():
            if (section, name) == ("dates", "months"):
                assert all(1 <= number <= 12 for number in group.values())
                continue
            assert group, (section, name)
            assert len(group) == len(set(group)), (section, name)
            assert all(word and word == word.strip() for word in group)
            known = [word.partition(" = ")[0] for word in group if "\\" not in word]
            assert all(word == word.lower() for word in known)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.match(r"# \w", lines[0])
    for above, line in pairwise(lines):
        if re.match(r"\w+ = ", line):
            assert above.startswith("# "), line


@pytest.mark.parametrize(
    "key",
    ["closings.phrases", "subjects.away"]
    + [
        f"{section}.{name}"
        for section in ("adverts", "device_lines", "facts", "clock", "references")
        for name in sorted(LISTS[section])
    ],
)
def test_lists_of_expressions_are_expressions(key: str) -> None:
    for code, group in by_language(key).items():
        for expression in group:
            assert re.compile(expression), (code, expression)
    assert re.compile(pattern_of(key))


def test_every_list_is_used_and_holds_all_languages() -> None:
    for section, names in LISTS.items():
        for name in names - ({"months"} if section == "dates" else set()):
            groups = by_language(f"{section}.{name}").values()
            assert words(f"{section}.{name}"), (section, name)
            assert set(words(f"{section}.{name}")) == {word for group in groups for word in group}
    assert months()["dez"] == months()["déc"] == months()["dec"] == 12


@pytest.mark.parametrize(
    "key",
    [
        "numbers.values",
        "numbers.currencies",
        "calendar.weekdays",
        "calendar.short_weekdays",
        "calendar.months",
        "calendar.relative",
        "forms.irregular",
        "follow_ups.facts",
        "follow_ups.opposites",
        "follow_ups.shorter",
        "follow_ups.longer",
        "follow_ups.tones",
        "direct.acts",
        "direct.contractions",
        "direct.he",
        "direct.says",
        "direct.she",
        "direct.spelling",
        "direct.they",
        "reported.agreement",
        "reported.he",
        "reported.phrases",
        "reported.she",
        "reported.swaps",
        "reported.wishes",
        "reported.without_i",
    ],
)
def test_lists_of_pairs_are_pairs(key: str) -> None:
    for code, pairs in pairs_by_language(key).items():
        assert all(word and value for word, value in pairs.items()), code
        if not key.startswith(("follow_ups", "direct", "reported")) and not key.endswith(
            ("currencies", "irregular")
        ):
            assert all(int(value) >= -7 for value in pairs.values()), code


def test_loose_numbers_are_numbers() -> None:
    for code, loose in by_language("numbers.loose").items():
        assert set(loose) <= set(pairs_by_language("numbers.values")[code]), code


def test_device_lines_are_found_by_their_hints() -> None:
    """A pattern whose line contains no hint would never be tried."""
    for code, patterns in by_language("device_lines.patterns").items():
        found = by_language("device_lines.hints")[code] + by_language("device_lines.hints")["en"]
        for pattern in patterns:
            text = re.sub(r"\(\?:|\)\??", "", pattern)
            assert any(hint in text for hint in found), (code, pattern)
