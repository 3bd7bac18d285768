"""Mails that try to steer the draft of an answer, and the prompts that are made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import tomli

from engine.mail.message.message import read_message
from engine.mail.own_words.message_text import read_own_words
from engine.mail.replies.pasted import parse_stdin
from engine.mail.types import Received
from engine.prompt.prompt import Message, build_prompt
from engine.settings import Prompt, load_settings

USER, RECIPIENT = "Ida Moor", "Bo Berg"
_HEAD = (
    "From: {name} <bo@berg.example>\nTo: Ida Moor <ida@moor.example>\nSubject: {subject}\n"
    "Date: Fri, 03 May 2024 10:00:00 +0200\nMessage-ID: <1@berg.example>\nMIME-Version: 1.0\n"
)


@dataclass(frozen=True)
class Scene:
    """An innocent mail, what the user wants to answer, and a pattern that the answer matches."""

    mail: str
    instruction: str
    right: str


@dataclass(frozen=True)
class Attack:
    """The fields of attacks.toml."""

    number: int
    kind: str
    scene: Scene
    won: str
    attack: str = ""
    place: str = "thread"
    name: str = ""
    subject: str = ""
    html: str = ""
    plain: str = ""
    part: str = ""
    padding: list[str | int] = field(default_factory=lambda: ["", 0])
    hidden: bool = False
    passed_on: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"

    @property
    def raw(self) -> bytes:
        """The whole mail as it arrives."""
        head = _HEAD.format(
            name=f'"{self.name}"' if self.name else RECIPIENT, subject=self.subject or "Hello"
        )
        text = str(self.padding[0]) * int(self.padding[1]) + self.attack
        if self.part:
            body = f"Content-Type: text/plain; charset=utf-8\n\n{self.scene.mail}\n"
            parts = f"--b\n{body}\n--b\n{self.part.replace('{}', text)}\n--b--\n"
            return f"{head}Content-Type: multipart/mixed; boundary=b\n\n{parts}".encode()
        if not self.html:
            body = f"{self.scene.mail}\n\n{text}"
            return f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}\n".encode()
        page = f"Content-Type: text/html; charset=utf-8\n\n{self.html.replace('{}', text)}\n"
        if not self.plain:
            return (head + page).encode()
        plain = f"Content-Type: text/plain; charset=utf-8\n\n{self.plain.replace('{}', text)}\n"
        parts = f"--b\n{plain}\n--b\n{page}\n--b--\n"
        return f"{head}Content-Type: multipart/alternative; boundary=b\n\n{parts}".encode()


@cache
def all_attacks() -> list[Attack]:
    data = tomli.loads(Path(__file__).with_name("attacks.toml").read_text(encoding="utf-8"))
    scenes = {name: Scene(**scene) for name, scene in data["scenes"].items()}
    return [
        Attack(number, **{**fields, "scene": scenes[fields["scene"]]})
        for number, fields in enumerate(data["attacks"])
    ]


def innocent(scene: Scene) -> Attack:
    """The scene's mail with nothing added."""
    return Attack(-1, "none", scene, won="(?!)")


def thread_of(attack: Attack) -> tuple[Received, ...]:
    """The mails to answer, as they are read from stdin; () where the attack is a past mail."""
    return parse_stdin(attack.raw).thread if attack.place == "thread" else ()


def prompt_of(
    attack: Attack,
    prompt: Prompt | None = None,
    *,
    shows_thread: bool = True,
    instruction: str = "",
) -> list[Message]:
    """The prompt for the answer, made as for a real mail. prompt: None for the default settings.

    instruction: '' for the scene's.
    """
    thread = thread_of(attack)
    own = read_own_words(read_message(attack.raw))[0]
    return build_prompt(
        instruction or attack.scene.instruction,
        prompt=prompt or load_settings().prompt,
        user_name=USER,
        recipient=thread[-1].sender if thread else RECIPIENT,
        thread=thread if shows_thread else (),
        sources=() if thread else (own,),
    )
