"""Render a chat template in a process of its own, with limits on time, memory and output.

A template comes with a model and is a program: it can loop for ever, multiply a text to gigabytes,
or nest deeper than a stack. `python -m engine.prompt.template_process` reads one request as JSON
on stdin and writes the answer on stdout.
"""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from engine.errors import PanzaError
from engine.subprocesses import start_module

_CPU_SECONDS = 1
"""After the start of the process; a real template takes some milliseconds."""

_WALL_SECONDS = 60.0
"""Generous, as a machine at work may be slow to start a process."""

_MEMORY = 512 << 20
_MAX_OUTPUT = 1 << 20
"""Characters; that of a real template has some hundred more than its messages."""

_KNOWN = frozenset(["872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788"])
"""SHA-256 of templates that are rendered in this process, as they are known to be harmless.

The embedded base's: starting a process takes a tenth of a second.
"""


@dataclass(frozen=True)
class Request:
    """A template and its variables. contents: of the messages, marked."""

    template: str
    roles: tuple[str, ...]
    contents: tuple[str, ...]
    bos_token: str
    eos_token: str
    add_generation_prompt: bool


def render_limited(request: Request) -> str | None:
    """Return the rendered template; None if it fails. Raises PanzaError beyond a limit."""
    if hashlib.sha256(request.template.encode("utf-8", "replace")).hexdigest() in _KNOWN:
        return _render(request)
    # Some templates write today's date.
    return _ask_process(request, date.today())


@functools.lru_cache(maxsize=64)
def _ask_process(request: Request, today: date) -> str | None:
    with start_module(
        __name__, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            out, _ = child.communicate(json.dumps(asdict(request)).encode(), _WALL_SECONDS)
            answer = json.loads(out)
        except (subprocess.TimeoutExpired, ValueError) as error:
            raise PanzaError(
                "The model's chat template takes more time or memory than any real one, so it was "
                "stopped; choose another base model."
            ) from error
        finally:
            child.kill()
    return answer


def _render(request: Request) -> str | None:
    messages = [
        {"role": role, "content": content}
        for role, content in zip(request.roles, request.contents, strict=True)
    ]
    try:
        text: str = _compile(request.template).render(
            messages=messages,
            bos_token=request.bos_token,
            eos_token=request.eos_token,
            add_generation_prompt=request.add_generation_prompt,
        )
    except Exception:  # A template may raise anything.
        return None
    return text if len(text) <= _MAX_OUTPUT else None


@functools.lru_cache(maxsize=8)
def _compile(template: str) -> Any:
    from datetime import datetime

    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return environment.from_string(template)


def _limit_this_process() -> None:
    import math
    import resource

    for kind, most in (
        (resource.RLIMIT_CPU, math.ceil(time.process_time()) + _CPU_SECONDS),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _answer() -> None:
    _limit_this_process()
    record = json.load(sys.stdin)
    record |= {name: tuple(record[name]) for name in ("roles", "contents")}
    json.dump(_render(Request(**record)), sys.stdout)


if __name__ == "__main__":
    _answer()
