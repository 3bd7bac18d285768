"""Follow-ups in the chat: does the model change the draft as it is asked to?

    python -m tests.bench.bench_revisions HOME [--model NAME] [--pairs FILE] [--drafts mails|own]
                                          [--limit N] [--show]

HOME holds a trained, exported model. Drafts that are revised: the mails that its run held out (or
those of FILE), the same for every model; with `own` what the model itself drafts for their
instructions. Follow-ups are worded otherwise than those in training, but for "shorter". A row:

    changed     the answer is another text than the draft
    as asked    shorter: at most 0.8 of the words, greeting and closing still there
                mention: the new word is there, and 0.6 of the draft's words still are
                leave out: the words are gone, and 0.6 of the other words still are there
                exchange: the new value is there and the old one gone, with 0.8 of the others
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine.database import database
from engine.drafting.drafting import write_body
from engine.drafting.preparing import prepare
from engine.drafting.types import DraftRequest
from engine.generators.loading import open_generator
from engine.home.home import Home
from engine.mail.mail_parts import split_mail
from engine.mail.stored.store import kept_mails
from engine.models.models import default_model, read_card
from engine.prompt.prompt import Turn
from engine.settings import load_settings
from panza_tui.jobs.generators import load_transformers
from training.evaluation.pairs import EvaluationPair, held_out_pairs, read_pairs
from training.playback.notes import common_words, distinctive_words
from training.runs.run_folder import read_split

_MENTIONED = (
    ("include the invoice", "invoice"),
    ("also tell them that the train leaves at nine", "train"),
    ("say something about the umbrella", "umbrella"),
    ("and the meeting moves to Thursday", "thursday"),
)
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Asked:
    """A follow-up of a kind, and whether an answer (draft, answer) does what it asks."""

    kind: str
    text: str
    done: Callable[[str, str], bool] | None = None


def follow_ups(draft: str, common: frozenset[str], number: int) -> Iterator[Asked]:
    """The follow-ups that fit a draft; number: which mail it is, that they vary."""
    parts = split_mail(draft)
    if len(parts.sentences) > 1 and len(draft.split()) >= 25:
        yield Asked("shorter", "shorter", shortened)
        yield Asked("shorten it", "Please shorten this.", shortened)
    text, word = _MENTIONED[number % len(_MENTIONED)]
    if word not in _words(draft):
        yield Asked("mention", text, partial(mentions, word=word))
    draw = random.Random(number)
    if told := _told_once(draft, common, draw):
        sentence, own = told
        text = f"remove what you say about {' '.join(own)}"
        yield Asked("leave out", text, partial(left_out, sentence=sentence, words=own))
    if numbers := [n for n in _NUMBER.findall(draft) if draft.count(n) == 1]:
        wrong = draw.choice(numbers)
        right = str(int(wrong) + 1)
        yield Asked(
            "exchange",
            f"{right} instead of {wrong}",
            partial(exchanged, right=right, wrong=wrong),
        )
    yield Asked("warmer", "warmer")
    yield Asked("formal", "more formal")


def shortened(draft: str, answer: str) -> bool:
    """Whether the answer is a shorter draft with the same greeting and closing."""
    parts, new = split_mail(draft), split_mail(answer)
    return (
        0 < len(answer.split()) <= 0.8 * len(draft.split())
        and any(new.sentences)
        and new.greeting == parts.greeting
        and new.closing == parts.closing
    )


def mentions(draft: str, answer: str, word: str) -> bool:
    return word in _words(answer) and stay(draft, answer, 0.6)


def left_out(draft: str, answer: str, sentence: str, words: list[str]) -> bool:
    gone = not any(word.lower() in answer.lower() for word in words)
    return gone and stay(draft.replace(sentence, ""), answer, 0.6)


def exchanged(draft: str, answer: str, right: str, wrong: str) -> bool:
    numbers = _NUMBER.findall(answer)
    return right in numbers and wrong not in numbers and stay(draft, answer, 0.8)


def _told_once(
    draft: str, common: frozenset[str], draw: random.Random
) -> tuple[str, list[str]] | None:
    """A sentence of several, and two words of it that no other one has."""
    sentences = split_mail(draft).sentences
    for sentence in draw.sample(sentences, len(sentences)) if len(sentences) > 1 else ():
        rest = draft.replace(sentence, "").lower()
        own = [w for w in distinctive_words(sentence, common) if w.lower() not in rest]
        if len(own) > 1:
            return sentence, own[:2]
    return None


def stay(before: str, answer: str, share: float) -> bool:
    """Whether that share of the words of `before` is in the answer."""
    old, new = Counter(_words(before)), Counter(_words(answer))
    return (old & new).total() >= share * old.total()


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def measure(home: Home, arguments: argparse.Namespace) -> dict[str, list[tuple[bool, Any]]]:
    """By kind of follow-up: (changed, as asked or None) of each answer."""
    settings = load_settings(arguments.config)
    connection = database.connect(home.database)
    card = read_card(home, arguments.model) if arguments.model else default_model(home, connection)
    assert card is not None, "train and export a model first"
    given = arguments.pairs
    pairs = read_pairs(given) if given else held_out_pairs(home, connection, card)
    learnt = set(read_split(home, card.name).train)
    hidden = frozenset(mail.id for mail in kept_mails(connection)) - learnt
    common = common_words(m for m in kept_mails(connection) if m.id in learnt)
    loaded = open_generator(
        home, connection, settings, model=card.name, plain_base=False, backend="llama-cpp",
        load_transformers=load_transformers(home, settings),
    )  # fmt: skip
    figures: dict[str, list[tuple[bool, Any]]] = defaultdict(list)
    with closing(loaded.generator) as generator:

        def write(pair: EvaluationPair, instruction: str, turns: tuple[Turn, ...] = ()) -> str:
            request = DraftRequest(
                instruction,
                thread=pair.thread,
                turns=turns,
                exclude=hidden,
                no_copies_of=(pair.mail,),
            )
            made = prepare(request, connection, home, settings, generator.count_tokens)
            return write_body(generator, made.first, settings.drafting)

        for number, pair in enumerate(pairs[: arguments.limit]):
            draft = pair.mail.strip()
            if arguments.drafts == "own":
                draft = write(pair, pair.instruction)
            for asked in follow_ups(draft, common, number):
                answer = write(pair, asked.text, (Turn(pair.instruction, draft),))
                done = asked.done(draft, answer) if asked.done else None
                figures[asked.kind].append((answer != draft, done))
                if arguments.show:
                    print(f"--- {asked.kind}: {asked.text} [{done}]\n{draft}\n>>>\n{answer}\n")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--drafts", choices=("mails", "own"), default="mails")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    figures = measure(Home(arguments.home.absolute()), arguments)
    print(f"{'follow-up':12}{'n':>5}{'changed':>10}{'as asked':>10}")
    for kind, answers in figures.items():
        changed = sum(new for new, _ in answers) / len(answers)
        judged = [done for _, done in answers if done is not None]
        asked = f"{sum(judged) / len(judged):10.2f}" if judged else ""
        print(f"{kind:12}{len(answers):5}{changed:10.2f}{asked}")


if __name__ == "__main__":
    main()
