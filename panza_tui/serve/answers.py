"""Drafts as OpenAI's clients expect answers of a chat: one object, or a stream of events."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

from engine.drafting.types import Draft
from panza_tui.serve.drafter import DEFAULT_MODEL, Job, as_request_error
from panza_tui.serve.errors import error_body
from panza_tui.serve.json_answer import json_bytes
from panza_tui.terminal.ask_output import draft_record
from panza_tui.terminal.sanitise import safe_text

_SECONDS_BETWEEN_SIGNS = 5.0
"""How often a stream shows that it goes on while drafts are compared."""

_FULL_LENGTH, _END = "length", "stop"


def completion(job: Job, drafts: Sequence[Draft]) -> dict[str, Any]:
    """Return the answer with all drafts of a job."""
    return {
        **_head("chat.completion", drafts[0].model),
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": _text(made), "refusal": None},
                "logprobs": None,
                "finish_reason": _why_ended(job, made),
                "panza_tui": _record(made),
            }
            for index, made in enumerate(drafts)
        ],
        "usage": _usage(drafts),
    }


async def events(job: Job) -> AsyncIterator[bytes]:
    """Yield the answer as server-sent events, the last of which says [DONE].

    An event without text is sent now and then while there is none. If the reader leaves, the draft
    is stopped.
    """
    head = _head("chat.completion.chunk", job.order.asked.model or DEFAULT_MODEL)
    drafts: list[Draft] = []
    shown = ""

    def chunk(delta: dict[str, str], why_ended: str | None = None, **more: Any) -> bytes:
        choice = {"index": len(drafts), "delta": delta, "finish_reason": why_ended, **more}
        return _event({**head, "choices": [choice]})

    try:
        yield chunk({"role": "assistant", "content": ""})
        async for event in _with_signs(job):
            if event is None:
                yield chunk({})
            elif isinstance(event, str):
                shown += event
                yield chunk({"content": safe_text(event)})
            else:
                text = event.text.rstrip("\n")
                rest = text[len(shown) :] if text.startswith(shown) else ""
                if rest:
                    yield chunk({"content": safe_text(rest)})
                yield chunk({}, _why_ended(job, event), panza_tui=_record(event))
                drafts.append(event)
                shown = ""
        if job.order.asked.wants_usage:
            yield _event({**head, "choices": [], "usage": _usage(drafts)})
    except Exception as error:
        refused = as_request_error(error)
        yield _event(error_body(refused.status, str(refused), refused.code, refused.param))
    finally:
        job.stop.set()
    yield b"data: [DONE]\n\n"


async def _with_signs(job: Job) -> AsyncIterator[str | Draft | None]:
    """Yield what a job yields, and None whenever nothing came for a while."""
    pieces = job.__aiter__()
    waiting = asyncio.ensure_future(anext(pieces, None))
    try:
        while True:
            done, _ = await asyncio.wait([waiting], timeout=_SECONDS_BETWEEN_SIGNS)
            if not done:
                yield None
                continue
            if (event := waiting.result()) is None:
                return
            yield event
            waiting = asyncio.ensure_future(anext(pieces, None))
    finally:
        waiting.cancel()


def _head(kind: str, model: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json_bytes(data) + b"\n\n"


def _text(made: Draft) -> str:
    return safe_text(made.text).rstrip("\n")


def _why_ended(job: Job, made: Draft) -> str:
    is_full = made.tokens.draft >= job.order.settings.drafting.max_tokens
    return _FULL_LENGTH if is_full else _END


def _record(made: Draft) -> dict[str, Any]:
    """The object of `--ask --json`, without the texts of the past mails in the prompt."""
    record = draft_record(made)
    del record["prompt"]
    return record


def _usage(drafts: Sequence[Draft]) -> dict[str, int]:
    prompt = drafts[0].tokens.prompt if drafts else 0
    written = sum(made.tokens.draft for made in drafts)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
    }
