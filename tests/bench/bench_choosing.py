"""How often the chosen draft is right: `python tests/bench/bench_choosing.py GGUF [--every N]`.

Drafts each sense probe as the product does, without past mails, and prints the share of right ones
of the first draft, of the one that each score alone would choose, of the chosen one, and of the
best that was there. Follow-ups ("revision") are counted apart.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.checking.brief import Brief
from engine.checking.telling import coverage
from engine.drafting.candidates import Channel, rank, write_candidates
from engine.drafting.drafting import write_body
from engine.drafting.preparing import understood_of
from engine.drafting.types import DraftRequest, Prepared
from engine.follow_ups.requests import as_asked
from engine.follow_ups.rewriter import rewriter
from engine.generators import Generator
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.home.home import Home
from engine.mail.types import Received
from engine.mail_base.line_model import LineModel
from engine.prompt.prompt import Message, Turn, build_prompt, write_this
from engine.settings import Drafting, Prompt
from training.evaluation.probes import Probe, is_right, read_probes

USER = "Tom Berry"
REVISION = "revision"


@dataclass(frozen=True)
class Scored:
    """A draft of a probe, and what is known of it."""

    right: bool
    channel: float
    likelihood: float
    coverage: float
    place: int
    """In the product's order; 0 is the chosen one."""
    is_direct: bool


def drafts_of(
    probe: Probe, generator: Generator, drafting: Drafting, lines: LineModel
) -> list[Scored]:
    """The first draft, and the others that the product would write."""
    thread = (Received(probe.to, None, "", probe.thread, known_from="input"),)
    thread = thread if probe.thread else ()
    asked = as_asked(DraftRequest(probe.instruction, turns=probe.turns), rewriter(lines))
    brief = Brief(
        asked.said,
        recipient=probe.to,
        user_name=USER,
        thread=tuple(t.body for t in thread),
    )
    told = understood_of(asked, probe.to, USER, lines)

    def build(
        instruction: str, shown: Sequence[Received] = (), turns: Sequence[Turn] = ()
    ) -> tuple[Message, ...]:
        return tuple(
            build_prompt(
                instruction,
                prompt=Prompt(),
                user_name=USER,
                recipient=probe.to,
                thread=shown,
                turns=turns,
            )
        )

    prepared = Prepared(
        build(asked.instruction, thread, asked.turns),
        (),
        0,
        without_thread=build(asked.instruction, (), asked.turns) if thread else (),
        anew=build(asked.changed, thread) if asked.changed else (),
        understood=told,
        writing_out=build(write_this(told.said)) if told.said else (),
    )
    text = write_body(generator, prepared.first, drafting)
    bodies = write_candidates(text, generator, prepared, drafting)
    channel = Channel(generator, asked.said, Prompt(), USER, probe.to, thread)
    earlier = asked.turns[-1].text if asked.turns else asked.unlike
    ranked = rank(bodies, brief, channel, earlier, asked.length, told)
    order = [candidate.text for candidate in ranked]
    return [
        Scored(
            is_right(probe, body.text),
            channel.log_likelihood(body.text),
            body.log_likelihood or 0.0,
            coverage(body.text, brief),
            order.index(body.text),
            body.is_direct,
        )
        for body in bodies
    ]


WAYS: dict[str, Callable[[Sequence[Scored]], bool]] = {
    "first draft": lambda drafts: drafts[0].right,
    "by coverage": lambda drafts: max(drafts, key=lambda one: one.coverage).right,
    "by likelihood": lambda drafts: max(drafts, key=lambda one: one.likelihood).right,
    "by the channel": lambda drafts: max(drafts, key=lambda one: one.channel).right,
    "direct speech": lambda drafts: any(one.right for one in drafts if one.is_direct),
    "chosen is direct speech": lambda drafts: min(drafts, key=lambda one: one.place).is_direct,
    "chosen": lambda drafts: min(drafts, key=lambda one: one.place).right,
    "any of them": lambda drafts: any(one.right for one in drafts),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--drafts", type=int, default=Drafting().candidates)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=(REVISION,), help="only probes of this kind")
    options = parser.parse_args()
    generator = LlamaCppGenerator(options.gguf, Drafting().context_tokens, lambda: options.threads)
    drafting = replace(Drafting(), candidates=options.drafts)
    probes = read_probes()
    first = [probe for probe in probes if probe.kind != REVISION][:: options.every]
    first = [] if options.only else first
    probes = [*first, *(probe for probe in probes if probe.kind == REVISION)]
    with tempfile.TemporaryDirectory() as home:
        lines = LineModel(Home(Path(home)).prepare(), lambda: options.threads)
        drafted = [(probe.kind, drafts_of(probe, generator, drafting, lines)) for probe in probes]
    kinds = list(dict.fromkeys(kind for kind, _ in drafted))
    print(f"{len(probes)} probes, {options.drafts} drafts of each")
    print("| right |", " | ".join(["all but revision", *kinds]), "|")
    for name, is_chosen_right in WAYS.items():
        rights = [(kind, is_chosen_right(drafts)) for kind, drafts in drafted]
        groups = [
            [right for kind, right in rights if kind != REVISION],
            *([right for kind, right in rights if kind == wanted] for wanted in kinds),
        ]
        shares = (f"{sum(group) / len(group):.0%}" if group else "" for group in groups)
        print(f"| {name} |", " | ".join(shares), "|")


if __name__ == "__main__":
    main()
