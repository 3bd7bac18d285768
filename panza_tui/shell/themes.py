"""The themes: warm dark, warm light, high contrast, and one without colour."""

from __future__ import annotations

from textual.theme import Theme

_PANZA = Theme(
    name="panza",
    primary="#d9a45b",
    accent="#d9a45b",
    secondary="#8fa3ad",
    foreground="#dedbd3",
    background="#16181c",
    surface="#1e2126",
    panel="#282c33",
    success="#93b37b",
    warning="#d9a45b",
    error="#d97a6c",
    variables={
        "footer-key-foreground": "#d9a45b",
        "footer-description-foreground": "#8b8d90",
        "input-cursor-background": "#d9a45b",
        "input-cursor-foreground": "#16181c",
    },
)

_LIGHT = Theme(
    name="panza-light",
    dark=False,
    primary="#8a5a12",
    accent="#8a5a12",
    secondary="#4d636e",
    foreground="#2b2924",
    background="#faf8f3",
    surface="#f1ede4",
    panel="#e4dfd3",
    success="#4b6f35",
    warning="#8a5a12",
    error="#a8402f",
    variables={
        "footer-key-foreground": "#8a5a12",
        "footer-description-foreground": "#6c6960",
        "input-cursor-background": "#8a5a12",
        "input-cursor-foreground": "#faf8f3",
    },
)

_CONTRAST = Theme(
    name="high-contrast",
    primary="#ffd75f",
    accent="#ffd75f",
    secondary="#5fd7ff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    success="#5fff5f",
    warning="#ffd75f",
    error="#ff8787",
    text_alpha=1.0,
    variables={
        "foreground-muted": "#e4e4e4",
        "text-muted": "#e4e4e4",
        "text-disabled": "#c0c0c0",
        "footer-key-foreground": "#ffd75f",
        "footer-description-foreground": "#ffffff",
        "input-cursor-background": "#ffd75f",
        "input-cursor-foreground": "#000000",
    },
)

_NO_COLOUR = Theme(
    name="no-colour",
    primary="#ffffff",
    accent="#ffffff",
    secondary="#c6c6c6",
    foreground="#e4e4e4",
    background="#000000",
    surface="#121212",
    panel="#303030",
    success="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    variables={
        "text-error": "#ffffff",
        "text-warning": "#ffffff",
        "text-success": "#ffffff",
        "text-accent": "#ffffff",
        "text-primary": "#ffffff",
        "footer-key-foreground": "#ffffff",
        "footer-description-foreground": "#c6c6c6",
        "input-cursor-background": "#ffffff",
        "input-cursor-foreground": "#000000",
    },
)

DEFAULT = _PANZA.name
WITHOUT_COLOUR = _NO_COLOUR.name
THEMES = (_PANZA, _LIGHT, _CONTRAST, _NO_COLOUR)
