"""Playback of several mails side by side, against one after another.

    python -m tests.bench.bench_playback HOME --mails 20 --config panza_tui/demo/settings.toml

HOME: with imported mails. Tells the processor time a mail, and how many instructions are the same.
Both ways are those of the product; the second one is what a model without lanes gets.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

from engine.database import database
from engine.generators import llama_cpp_generator, llama_cpp_lanes, side_by_side
from engine.generators.side_by_side import OneAfterAnother, Work, finish_side_by_side
from engine.home.home import Home
from engine.mail.stored.people import own_name
from engine.mail.stored.store import StoredMail, kept_mails
from engine.mail_base.merging import mail_base_gguf
from engine.settings import load_settings
from training.playback.notes import common_words
from training.playback.playback import Instruction, playing_back

_STAGES = {
    "prompts": (
        (llama_cpp_generator.LlamaCppGenerator, "_read_prompt"),
        (llama_cpp_lanes.LlamaCppLanes, "_read"),
    ),
    "answers": (
        (llama_cpp_generator.LlamaCppGenerator, "_evaluate_branches"),
        (llama_cpp_lanes.LlamaCppLanes, "_append"),
    ),
    "likelihoods": ((llama_cpp_generator.LlamaCppGenerator, "_score"),),
}


def timed(stage: str, function: Callable[..., Any], seconds: Counter[str]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            seconds[stage] += time.process_time() - started

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--mails", type=int, default=20)
    parser.add_argument("--config", type=Path)
    options = parser.parse_args()
    home, settings = Home(options.home), load_settings(options.config)
    with closing(database.connect(home.database)) as connection:
        kept = kept_mails(connection)
        name = own_name(connection, settings.user)
    mails, common = kept[: options.mails], common_words(kept)
    seconds: Counter[str] = Counter()
    for stage, functions in _STAGES.items():
        for owner, attribute in functions:
            setattr(owner, attribute, timed(stage, getattr(owner, attribute), seconds))
    generator = llama_cpp_generator.LlamaCppGenerator(
        mail_base_gguf(home), settings.drafting.context_tokens, lambda: 1
    )

    def of_mail(mail: StoredMail) -> Work[tuple[int, Instruction]]:
        work = playing_back(mail, generator, settings, common, name, reports=True)
        return mail.id, (yield from work)

    found = {}
    for way, lanes in (("one after another", OneAfterAnother), ("side by side", None)):
        seconds.clear()
        started = time.process_time()
        with mock.patch.object(side_by_side, "lanes_of", lanes or side_by_side.lanes_of):
            found[way] = dict(finish_side_by_side(map(of_mail, mails), generator))
        total = time.process_time() - started
        parts = {**seconds, "the rest": total - seconds.total()}
        shares = ", ".join(f"{stage} {part / len(mails):.2f}" for stage, part in parts.items())
        print(f"{way}: {total / len(mails):.2f} s a mail ({shares})", flush=True)
    first, second = (
        {(key, i.text, *i.others.items()) for key, i in f.items()} for f in found.values()
    )
    print(f"mails whose instructions are all the same: {len(first & second)} of {len(mails)}")


if __name__ == "__main__":
    main()
