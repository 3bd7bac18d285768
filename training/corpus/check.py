"""Check the corpus: `python -m training.corpus.check [PART ...]` prints what is wrong or doubtful.

An error is certain (an empty field, a sentence of two writers, a fact of the instruction that is
missing from an English mail as a number). A doubt is worth a look: names are told by their capital
letters only, and people write "second" for "2nd".
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.corpus import KINDS, CorpusMail, read_contrasts, read_corpus

FEWEST_WORDS, MOST_WORDS = 3, 300
"""Words of a mail."""

_OWN_SENTENCE = 7  # words from which on a sentence must be its writer's alone
_SHARED_RUN = 5  # words; runs that several writers share are clichés
_MOST_SHARING = 4  # writers
_NUMBER_LIST = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty
"""
_NUMBER_WORDS = {word: str(n) for n, word in enumerate(_NUMBER_LIST.split(), start=2)}
_NO_NAMES = frozenset(("I", "Mr", "Mrs", "Ms", "Dr", "Miss", "OK", "Ok"))
_FOREIGN_ADDRESS = re.compile(r"\S+@(?!example\.(?:org|com)\b)\w")


@dataclass(frozen=True)
class Finding:
    """writer and instruction: where. certain: an error, not a doubt."""

    writer: str
    instruction: str
    what: str
    certain: bool

    def __str__(self) -> str:
        word = "error" if self.certain else "look"
        return f"{word}: {self.writer}: {self.instruction[:60]!r}: {self.what}"


def check_corpus(mails: Sequence[CorpusMail]) -> list[Finding]:
    """Return all findings on the mails, each by itself and against each other."""
    found = [finding for mail in mails for finding in check_mail(mail)]
    return found + list(_shared_sentences(mails)) + list(_shared_runs(mails))


def check_mail(mail: CorpusMail) -> Iterator[Finding]:
    """Yield what is wrong or doubtful with one mail."""

    def finding(what: str, certain: bool = True) -> Finding:
        return Finding(mail.writer, mail.plain, what, certain)

    for name in ("writer", "name", "voice", "language", "plain", "terse", "spoken", "mail"):
        if not getattr(mail, name).strip():
            yield finding(f"{name} is empty")
    if mail.kind not in KINDS:
        yield finding(f"kind {mail.kind!r}")
    if not FEWEST_WORDS <= len(_words(mail.mail)) <= MOST_WORDS:
        yield finding(f"{len(_words(mail.mail))} words")
    if _FOREIGN_ADDRESS.search(f"{mail.mail} {mail.thread} {mail.plain}"):
        yield finding("an address that is not at example.org or example.com")
    for change in mail.changes:
        if not change.ask.strip() or not change.mail.strip():
            yield finding("an empty follow-up")
        if change.mail.strip() == mail.mail.strip():
            yield finding("a follow-up that changes nothing")
    if mail.language == "en":
        yield from (finding(what, False) for what in _doubtful_facts(mail))


def _doubtful_facts(mail: CorpusMail) -> Iterator[str]:
    """Numbers and names that only one side of an English pair has."""
    given = f"{mail.plain} {mail.thread} {mail.to} {mail.name}"
    if missing := _numbers(mail.plain) - _numbers(mail.mail):
        yield f"numbers that the mail lacks: {sorted(missing)}"
    if added := _numbers(mail.mail) - _numbers(given) - {"1"}:
        yield f"numbers that nothing gives: {sorted(added)}"
    for name in ("terse", "spoken"):
        if added := _numbers(getattr(mail, name)) - _numbers(given):
            yield f"numbers that only {name} has: {sorted(added)}"
    lowered = mail.mail.lower()
    if missing := {n for n in _names(mail.plain) if n.lower() not in lowered and n not in mail.to}:
        yield f"names that the mail lacks: {sorted(missing)}"
    if added := {n for n in _names(mail.mail) if n.lower() not in given.lower()}:
        yield f"names that nothing gives: {sorted(added)}"


def _shared_sentences(mails: Sequence[CorpusMail]) -> Iterator[Finding]:
    """Sentences that stand in mails of two writers."""
    first: dict[str, CorpusMail] = {}
    for mail in mails:
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", mail.mail):
            words = _words(sentence)
            if len(words) >= _OWN_SENTENCE:
                other = first.setdefault(" ".join(words), mail)
                if other.writer != mail.writer:
                    what = f"a sentence of {other.writer}, too: {sentence!r}"
                    yield Finding(mail.writer, mail.plain, what, True)


def _shared_runs(mails: Sequence[CorpusMail]) -> Iterator[Finding]:
    """Runs of words that many writers use: the corpus is to sound like many people."""
    writers: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for mail in mails:
        words = _words(mail.mail)
        for start in range(len(words) - _SHARED_RUN + 1):
            writers[tuple(words[start : start + _SHARED_RUN])].add(mail.writer)
    for run, sharing in writers.items():
        if len(sharing) > _MOST_SHARING:
            yield Finding("", "", f"{len(sharing)} writers write {' '.join(run)!r}", False)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'’]+", text.lower())


def _numbers(text: str) -> set[str]:
    spelled = {_NUMBER_WORDS[word] for word in _words(text) if word in _NUMBER_WORDS}
    return set(re.findall(r"\d+", text)) | spelled


def _names(text: str) -> set[str]:
    """Words with a capital that do not begin a sentence or a line."""
    found = set()
    for sentence in re.split(r"[.!?:\n]+\s*|^[-*] ", text):
        for word in re.findall(r"(?<=[\s(\"/-])[A-ZÄÖÜÉÅŁŚ][\w'’]+", sentence):
            word = re.sub(r"['’](?:s|m|d|ll|ve|re)?$", "", word)
            if len(word) > 1 and word not in _NO_NAMES:
                found.add(word)
    return found


def _summary(mails: Sequence[CorpusMail]) -> str:
    count = len(mails)
    lengths = sorted(len(_words(mail.mail)) for mail in mails)
    languages = Counter(mail.language for mail in mails)
    answers = sum(bool(mail.thread) for mail in mails) / count
    followed = sum(bool(mail.changes) for mail in mails) / count
    return (
        f"{count} mails of {len({mail.writer for mail in mails})} writers; {answers:.0%} answer a"
        f" mail, {followed:.0%} have a follow-up; median {lengths[count // 2]} words,"
        f" {sum(length > 60 for length in lengths) / count:.0%} over 60,"
        f" {sum(length > 100 for length in lengths) / count:.0%} over 100; languages"
        f" {dict(languages.most_common())}; kinds"
        f" {dict(Counter(mail.kind for mail in mails).most_common())}"
    )


def main(parts: Sequence[str]) -> int:
    """Print the findings and a summary. parts: letters of the parts to check; none: all."""
    every = [*read_corpus(), *read_contrasts()]
    mails = [mail for mail in every if not parts or mail.writer.split("-")[1] in parts]
    found = check_corpus(mails)
    for finding in found:
        print(finding)
    print(_summary(mails))
    return int(any(finding.certain for finding in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
