"""Write the output of `--ask`: bodies, messages or JSON, for one draft or several."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from engine.drafting.types import Draft
from engine.mail.types import Address, Pasted
from panza_tui.terminal.check_words import facts_of
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.sanitise import safe_line, safe_text


@dataclass(frozen=True)
class Reply:
    """The mail to answer, and the user's address to answer from; ('', '') if it is not needed."""

    pasted: Pasted
    sender: Address


class Output:
    """Writes drafts to stdout: call `begin`, `stream` and `put` for each, then `end`.

    By default bodies are written, and streamed on a terminal. eml: write whole messages. as_json:
    write objects. several: there may be more than one draft, so bodies are separated by a line with
    a form feed, messages form an mbox, and objects an array. may_stream: whether the streamed text
    is the final one.
    """

    def __init__(
        self,
        reply: Reply,
        *,
        as_json: bool,
        eml: bool,
        quote: bool,
        several: bool,
        may_stream: bool,
    ) -> None:
        self._reply = reply
        self._json, self._eml, self._quote, self._several = as_json, eml, quote, several
        self._streams = may_stream and not (as_json or eml) and sys.stdout.isatty()
        self._records: list[dict[str, Any]] = []
        self._begun = False

    def begin(self) -> None:
        """Start the next draft."""
        if self._begun and not (self._json or self._eml):
            print("\f")
        self._begun = True

    def stream(self, text: str) -> None:
        """Write a piece of the draft, if it is streamed."""
        if self._streams:
            sys.stdout.write(safe_text(text))
            sys.stdout.flush()

    def put(self, made: Draft) -> None:
        """Write a finished draft, or the part of it that was not streamed."""
        if self._json:
            self._records.append(self._record(made))
        elif self._eml:
            from engine.mail.replies.compose import mbox_of

            message = self._message(made)
            _write_bytes(mbox_of([message]) if self._several else message)
        else:
            text = self._body(made).rstrip("\n")
            if self._streams:
                text = text[len(safe_text(made.text).rstrip("\n")) :]
            print(text, flush=True)

    def end(self) -> None:
        """Write the JSON, if asked for."""
        if self._json:
            print_json(self._records if self._several else self._records[0])

    def _body(self, made: Draft) -> str:
        text = safe_text(made.text)
        if not self._quote:
            return text
        from engine.mail.replies.compose import quote_below
        from engine.mail.replies.reply_template import template_below

        if self._reply.pasted.kind == "template":
            return safe_text(template_below(text, self._reply.pasted.data))
        return safe_text(quote_below(text, self._reply.pasted.thread[-1]))

    def _message(self, made: Draft) -> bytes:
        from engine.mail.replies.compose import compose_eml
        from engine.mail.replies.reply_template import fill_template

        recipient, body = safe_line(made.recipient), self._body(made)
        thread = self._reply.pasted.thread
        if self._reply.pasted.kind == "template":
            return fill_template(self._reply.pasted.data, body, recipient=recipient)
        return compose_eml(
            body,
            sender=self._reply.sender,
            recipient=recipient,
            subject=safe_line(made.subject),
            answered=thread[-1] if thread else None,
        )

    def _record(self, made: Draft) -> dict[str, Any]:
        record = draft_record(made)
        record["reply_to_unlike_from"] = list(self._reply.pasted.elsewhere)
        if self._eml:
            record["message"] = self._message(made).decode("utf-8", "replace")
        elif self._quote:
            record["message"] = self._body(made)
        return record


def _write_bytes(message: bytes) -> None:
    """Write a message as bytes, or on a terminal as safe text."""
    if sys.stdout.isatty():
        print(safe_text(message.decode("utf-8", "replace")), flush=True)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(message)
        sys.stdout.buffer.flush()


def draft_record(made: Draft) -> dict[str, Any]:
    """Return a draft as the object of `--ask --json`."""
    return {
        "draft": made.text,
        "recipient": made.recipient,
        "subject": made.subject,
        "instruction": made.request.instruction,
        "asked": made.asked or made.request.instruction,
        "prompt": [
            {"role": message.role, "content": message.content} for message in made.prepared.first
        ],
        "sources": [
            {
                "id": hit.id,
                "date": hit.date,
                "to": [address for _, address in hit.recipients],
                "subject": hit.subject,
                "score": round(hit.score, 4),
                "why": hit.why,
            }
            for hit in made.prepared.sources
        ],
        "model": made.model,
        "base": made.base,
        "backend": made.backend,
        "seed": made.seed,
        "unsupported": facts_of(made.checks, "unsupported"),
        "from_others": facts_of(made.checks, "from_others"),
        "missing": facts_of(made.checks, "missing"),
        "doubtful": made.is_doubtful,
        "tokens": {"prompt": made.tokens.prompt, "draft": made.tokens.draft},
        "seconds": {
            name: round(getattr(made.seconds, name), 3)
            for name in ("start", "retrieve", "first_token", "total")
        },
    }
