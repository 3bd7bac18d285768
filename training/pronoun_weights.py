"""Fit the weights of whom he and she mean: `python -m training.pronoun_weights`.

Learns from the corpus's English instructions: where the mail that was written for one has "you" in
the place of "she", the reader was meant. Prints how often that is found in five folds by writers,
and writes the weights of all.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, lexicon, straight
from engine.direct_speech.family import SEX_OF
from engine.direct_speech.meant import SURE, WEIGHTS, Said
from engine.direct_speech.openings import called_pattern
from engine.direct_speech.orders import orders
from engine.direct_speech.spelling import in_full
from engine.mail.mail_parts import split_mail
from training.corpus import read_contrasts, read_corpus, read_judged_drafts

_FOLDS, _SEED = 5, 1
_L2 = 0.003
_STEPS = 80

# How words around a pronoun in an instruction and in its mail are compared. Chosen by hand.
_WINDOW = 5
_TELLING, _LITTLE = 1.0, 0.3
_LEAST, _APART = 0.8, 0.35


@dataclass(frozen=True)
class Pronoun:
    """A pronoun of an instruction, with whom it means."""

    writer: str
    features: dict[str, float]
    is_reader: bool
    has_rival: bool


@dataclass(frozen=True)
class _Pair:
    writer: str
    brief: Brief
    mail: str


def pronouns() -> Iterator[Pronoun]:
    """Yield the pronouns of the corpus's English instructions whose meaning their mails tell."""
    words = lexicon("en")
    for pair in _pairs():
        mail = " ".join(split_mail(pair.mail).sentences)
        for text, before, asks in _told(pair.brief, words):
            for family in SEX_OF:
                said = Said(text, before, family, pair.brief, asks=asks)
                meant = _meant(f"{before} {text}" if before else text, mail, family, words)
                known: dict[int, bool] = {}
                for place in said.pronouns:
                    is_reader = meant.get(place)
                    if is_reader is None:
                        continue
                    found = said.features(place, known)
                    known[place] = is_reader
                    if place >= said.start:
                        is_plain = bool(found["no_rival"]) or "reader.other" in found
                        yield Pronoun(pair.writer, found, is_reader, not is_plain)


def _pairs() -> Iterator[_Pair]:
    seen = set()
    for mails in (read_corpus(), read_contrasts()):
        for mail in mails:
            for asked in (mail.plain, mail.terse, mail.spoken):
                if mail.language == "en" and (asked, mail.mail) not in seen:
                    seen.add((asked, mail.mail))
                    thread = (mail.thread,) if mail.thread else ()
                    brief = Brief(asked, recipient=mail.to, user_name=mail.name, thread=thread)
                    yield _Pair(mail.name, brief, mail.mail)
    for row in read_judged_drafts():
        if row.language == "en" and row.right and not row.earlier:
            brief = Brief(row.instruction, recipient=row.to, user_name=row.name)
            yield _Pair(row.name, brief, row.right[0])


def _told(brief: Brief, words: Lexicon) -> Iterator[tuple[str, str, bool]]:
    """Yield what an instruction tells, with what was told before it, and whether it asks."""
    found = orders(brief)
    for number, order in enumerate(found):
        before = " ".join(one.content for one in found[:number])
        yield order.content, before, order.kind == "ask"
    if not found:
        head = rf"{called_pattern(brief)}(?:[:,.]|\s?->?|\s?/)\s+"
        yield re.sub(f"^{head}", "", in_full(brief.line, words), flags=re.IGNORECASE), "", False


def _meant(text: str, mail: str, family: str, words: Lexicon) -> dict[int, bool]:
    """Return for places of pronouns whether the mail has "you" there, as far as it can be told."""
    second = words.words("roles.second", "roles.second_possessive", "roles.second_objects")
    forms = words.words_before(f"direct.{family}")
    told, written = ([word.lower() for word in words.find_words(straight(t))] for t in (text, mail))
    stems, found = ([words.stem(word) for word in side] for side in (told, written))
    marks = [
        (place, word not in forms)
        for place, word in enumerate(written)
        if word in second or word in forms or word == "please"
    ]
    has_other = any(not is_reader for _, is_reader in marks)
    little = words.words("function_words.list")
    meant = {}
    for place in (place for place, word in enumerate(told) if word in forms):
        near = [
            (stems[one], one, 1)
            for one in range(place + 1, place + 1 + _WINDOW)[: len(told)]
            if one < len(told)
        ]
        near += [(stems[one], one, -1) for one in range(max(0, place - _WINDOW), place)]
        best = {True: 0.0, False: 0.0}
        for mark, is_reader in marks:
            behind = found[mark + 1 : mark + 2 + _WINDOW]
            before = found[max(0, mark - 1 - _WINDOW) : mark][::-1]
            alike = 0.0
            for stem, one, side in near:
                window = behind if side > 0 else before
                if stem in window:
                    shift = abs(window.index(stem) + 1 - abs(one - place))
                    weight = _LITTLE if told[one] in little else _TELLING
                    alike += weight * (1.0 if side > 0 else 0.7) / (1 + 0.15 * shift)
            best[is_reader] = max(best[is_reader], alike)
        if not has_other and best[True] >= 0.75 * _LEAST:
            meant[place] = True
        elif max(best.values()) >= _LEAST and abs(best[True] - best[False]) >= _APART:
            meant[place] = best[True] > best[False]
    return meant


def fit(learnt: Sequence[Pronoun], names: Sequence[str]) -> dict[str, float]:
    """Return the weight of each feature."""
    matrix = _matrix(learnt, names)
    meant = torch.tensor([float(one.is_reader) for one in learnt])
    weights = torch.zeros(len(names), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=_STEPS)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        likely = torch.nn.functional.binary_cross_entropy_with_logits(matrix @ weights, meant)
        total = likely + _L2 / 10 * (weights**2).sum()
        total.backward()
        return total

    optimizer.step(loss)
    return {name: round(weight, 2) for name, weight in zip(names, weights.tolist(), strict=True)}


def main() -> None:
    """Print how often the right one is found, and write meant.toml."""
    found = list(pronouns())
    names = sorted({name for one in found for name in one.features})
    writers = sorted({one.writer for one in found})
    random.Random(_SEED).shuffle(writers)
    fold_of = {writer: number % _FOLDS for number, writer in enumerate(writers)}
    results: list[tuple[bool, bool, bool]] = []
    for fold in range(_FOLDS):
        weights = fit([one for one in found if fold_of[one.writer] != fold], names)
        judged = [one for one in found if fold_of[one.writer] == fold]
        totals = _matrix(judged, names) @ torch.tensor([weights[name] for name in names])
        for one, likely in zip(judged, torch.sigmoid(totals).tolist(), strict=True):
            is_sure = max(likely, 1 - likely) >= SURE
            results.append((one.has_rival, is_sure, (likely > 0.5) == one.is_reader))
    for name, kept in (("all", results), ("with a rival", [one for one in results if one[0]])):
        sure = [right for _, is_sure, right in kept if is_sure]
        right = sum(one[2] for one in kept) / len(kept)
        print(
            f"{name}: {len(kept)}, right {right:.3f}; "
            f"sure {len(sure) / len(kept):.3f}, of these right {sum(sure) / len(sure):.3f}"
        )
    lines = [f'"{name}" = {weight}' for name, weight in fit(found, names).items() if weight]
    head = "# Fitted by `python -m training.pronoun_weights`; what they are of: meant.py.\n\n"
    WEIGHTS.write_text(f"{head}[weights]\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _matrix(found: Sequence[Pronoun], names: Sequence[str]) -> torch.Tensor:
    place = {name: number for number, name in enumerate(names)}
    matrix = torch.zeros(len(found), len(names))
    for number, one in enumerate(found):
        for name, value in one.features.items():
            matrix[number, place[name]] = value
    return matrix


if __name__ == "__main__":
    main()
