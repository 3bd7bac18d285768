"""panza.toml + environment + command line -> one frozen object.

The shipped panza.toml is the only place that knows a default; the dataclasses below only name the
keys and their types. Later sources win: shipped file, the user's config folder, `--config FILE`,
environment `PANZA_<SECTION>_<KEY>`, command line.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from engine.errors import UsageError


@dataclass(frozen=True)
class User:
    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    base: str
    allow_download: bool


@dataclass(frozen=True)
class Prompt:
    preamble: str
    thread_words: int
    source_words: int


@dataclass(frozen=True)
class Retrieval:
    sources: int
    min_similarity: float


@dataclass(frozen=True)
class Drafting:
    backend: str
    max_tokens: int
    temperature: float
    top_p: float
    repeat_penalty: float
    seed: int
    threads: int
    context_tokens: int


@dataclass(frozen=True)
class Playback:
    max_tokens: int
    mail_words: int
    attempts: int


@dataclass(frozen=True)
class Training:
    held_out: float
    validation: float
    epochs: int
    batch_size: int
    micro_batch_tokens: int
    max_tokens: int
    learning_rate: float
    sparse_learning_rate: float
    warmup_ratio: float
    weight_decay: float
    max_grad_norm: float
    retrieval_share: float
    recipient_share: float
    seed: int


@dataclass(frozen=True)
class Rosa:
    r: int
    d: float
    alpha: float
    dropout: float
    mask_warmup_steps: int
    mask_batches: int
    mask_gradient: str
    keep_warmup: bool
    mask_memory_mib: int
    target_modules: tuple[str, ...]


@dataclass(frozen=True)
class Export:
    quantize: str


@dataclass(frozen=True)
class App:
    theme: str
    mouse: bool
    keymap: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """Every setting, one field a section of panza.toml."""

    user: User
    model: Model
    prompt: Prompt
    retrieval: Retrieval
    drafting: Drafting
    playback: Playback
    training: Training
    rosa: Rosa
    export: Export
    app: App


# What a type alone can't say: (lowest, highest) or the allowed words of a setting.
_LIMITS: dict[str, tuple[float, float] | tuple[str, ...]] = {
    "prompt.thread_words": (0, 100_000),
    "prompt.source_words": (1, 100_000),
    "retrieval.sources": (0, 50),
    "retrieval.min_similarity": (-1, 1),
    "drafting.backend": ("auto", "llama-cpp", "transformers"),
    "drafting.max_tokens": (1, 100_000),
    "drafting.temperature": (0, 5),
    "drafting.top_p": (0, 1),
    "drafting.repeat_penalty": (0.1, 10),
    "drafting.seed": (0, 2**31 - 1),
    "drafting.threads": (0, 1024),
    "drafting.context_tokens": (256, 1_000_000),
    "playback.max_tokens": (8, 1000),
    "playback.mail_words": (20, 100_000),
    "playback.attempts": (1, 20),
    "training.held_out": (0, 0.9),
    "training.validation": (0, 0.9),
    "training.epochs": (1, 1000),
    "training.batch_size": (1, 4096),
    "training.micro_batch_tokens": (32, 1_000_000),
    "training.max_tokens": (32, 1_000_000),
    "training.learning_rate": (0, 1),
    "training.sparse_learning_rate": (0, 1),
    "training.warmup_ratio": (0, 1),
    "training.weight_decay": (0, 1),
    "training.max_grad_norm": (0, 1000),
    "training.retrieval_share": (0, 1),
    "training.recipient_share": (0, 1),
    "training.seed": (0, 2**31 - 1),
    "rosa.r": (0, 4096),
    "rosa.d": (0, 1),
    "rosa.alpha": (0, 100_000),
    "rosa.dropout": (0, 0.95),
    "rosa.mask_warmup_steps": (0, 100_000),
    "rosa.mask_batches": (1, 100_000),
    "rosa.mask_gradient": ("mean_squared", "mean"),
    "rosa.mask_memory_mib": (1, 10_000_000),
    "export.quantize": ("auto", "Q4_K_M", "Q5_K_M", "Q8_0", "F16"),
}

_NOT_SETTINGS = {"PANZA_HOME", "PANZA_EVENTS"}


def shipped_defaults() -> Path:
    """The shipped panza.toml: in a checkout a link to the one at the top, in a wheel the file."""
    return Path(__file__).resolve().parent / "panza.toml"


def user_config() -> Path:
    """The user's own panza.toml; it need not exist."""
    from platformdirs import user_config_path

    return user_config_path("panza-tui", appauthor=False) / "panza.toml"


def parse_setting(key: str, text: str) -> Any:
    """What was typed for setting `key`, as its type; a list is separated by commas.

    Raises UsageError, a line that names the setting, when it does not fit.
    """
    return _check(key, _parse(text.strip(), _types()[key]), _types(), "Not saved")


def setting_choices(key: str) -> tuple[str, ...]:
    """The words that a setting can be; empty when it is no choice."""
    limits = _LIMITS.get(key, ())
    return tuple(str(word) for word in limits if isinstance(word, str))


def setting_sources(
    config: Path | None = None, environment: Mapping[str, str] | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Where settings come from: (source's name, its values by key), the later wins."""
    sources = [("default", _flatten(_read(shipped_defaults()), "panza.toml"))]
    for path in (user_config(), config):
        if path is not None and (path is config or path.exists()):
            sources.append((str(path), _checked(_flatten(_read(path), str(path)), str(path))))
    given = _from_environment(os.environ if environment is None else environment)
    return [*sources, ("environment", given)]


def load_settings(
    config: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read all sources into one object.

    config: the file named with --config, or None. overrides: `{"drafting.seed": 3}` from the
    command line; None values are "not given". environment: default os.environ.
    Raises UsageError naming the source, the key and the nearest right name.
    """
    values: dict[str, Any] = {}
    for _, found in setting_sources(config, environment):
        values |= found
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    values |= _checked(given, "the command line")
    return _build(values)


def as_toml_values(settings: Settings) -> dict[str, dict[str, Any]]:
    """The settings as plain tables, for a run's card."""
    tables = dataclasses.asdict(settings)
    for table in tables.values():
        for key, value in table.items():
            if isinstance(value, tuple):
                table[key] = list(value)
    return tables


def from_toml_values(tables: Mapping[str, Any], source: str) -> Settings:
    """The settings that `as_toml_values` wrote; keys added since have today's defaults."""
    values = _flatten(_read(shipped_defaults()), "panza.toml")
    return _build(values | _checked(_flatten(tables, source), source))


def _read(path: Path) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The settings file {path} can't be read ({error.strerror}).") from error
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings file {path} is not valid TOML: {error}.") from error


def _flatten(tables: Mapping[str, Any], source: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, table in tables.items():
        if not isinstance(table, Mapping):
            raise UsageError(f"{source}: '{section}' stands outside a section; {_hint(section)}")
        if section not in get_type_hints(Settings):
            name = next(iter(table), "")
            raise UsageError(
                f"{source}: there is no section '{section}'; {_hint(f'{section}.{name}')}"
            )
        flat |= {f"{section}.{key}": value for key, value in table.items()}
    return flat


def _types() -> dict[str, Any]:
    return {
        f"{section}.{key}": kind
        for section, table in get_type_hints(Settings).items()
        for key, kind in get_type_hints(table).items()
    }


def _checked(values: Mapping[str, Any], source: str) -> dict[str, Any]:
    types = _types()
    return {key: _check(key, value, types, source) for key, value in values.items()}


def _check(key: str, value: Any, types: Mapping[str, Any], source: str) -> Any:
    if key not in types:
        raise UsageError(f"{source}: there is no setting '{key}'; {_hint(key)}")
    kind = types[key]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind == tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise UsageError(f"{source}: '{key}' must be a list of texts, not {value!r}.")
        return tuple(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        word = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
        raise UsageError(f"{source}: '{key}' must be {word[kind]}, not {value!r}.")
    limits = _LIMITS.get(key)
    if limits is None:
        return value
    if isinstance(limits[0], str):
        if value not in limits:
            names = ", ".join(map(str, limits))
            raise UsageError(f"{source}: '{key}' must be one of {names}, not {value!r}.")
    elif not limits[0] <= value <= limits[1]:
        raise UsageError(
            f"{source}: '{key}' must lie between {limits[0]} and {limits[1]}, not {value}."
        )
    return value


def _hint(key: str) -> str:
    near = difflib.get_close_matches(key, _types(), n=1, cutoff=0.0)
    return f"the nearest is '{near[0]}'."


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    types = _types()
    names = {"PANZA_" + key.replace(".", "_").upper(): key for key in types}
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith("PANZA_") or name in _NOT_SETTINGS:
            continue
        if name not in names:
            near = difflib.get_close_matches(name, [*names, *_NOT_SETTINGS], n=1, cutoff=0.0)
            raise UsageError(f"There is no setting {name}; the nearest is {near[0]}.")
        key = names[name]
        values[key] = _check(key, _parse(text, types[key]), types, name)
    return values


def _parse(text: str, kind: Any) -> Any:
    """A setting's text from the environment as its type; unchanged where it does not fit."""
    if kind == tuple[str, ...]:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    return text


def _build(values: Mapping[str, Any]) -> Settings:
    sections: dict[str, dict[str, Any]] = {}
    for key, value in _checked(values, "panza.toml").items():
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = value
    tables = get_type_hints(Settings)
    return Settings(**{name: tables[name](**fields) for name, fields in sections.items()})
