"""Check this machine: what it has, what is wrong, and how to fix it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.home.home import Home
from engine.settings import user_config
from engine.sizes import format_size

_WANTED_MEMORY_GIB = 5.5
"""Training a bundled base takes up to 3.9 GiB (2.7 on a processor that computes in bfloat16); the
system and a browser need memory, too. A machine sold with 6 GB has a little more than this."""

_WANTED_DISK_GIB = 3.0
"""For the embedded base: its converted copy, checkpoints, the trained weights and their GGUFs."""


@dataclass(frozen=True)
class Finding:
    """The result of one check. fix: what to do about a problem; '' if there is none."""

    subject: str
    found: str
    fix: str = ""


def examine(home: Home, config: Path | None = None) -> Iterator[Finding]:
    """Yield a finding for each check; a check that raises is a finding, too."""
    checks: dict[str, Callable[[], Finding]] = {
        "python": _python,
        "compiler": _compiler,
        "llama.cpp": _llama_cpp,
        "torch": _torch,
        "sqlite": _sqlite,
        "memory": _memory,
        "disk": lambda: _disk(home),
        "base model": lambda: _embedded_base(home),
        "embedder": lambda: _embedded_embedder(home),
        "database": lambda: _database(home),
        "home": lambda: _home(home),
        "settings": lambda: _settings(config),
    }
    for subject, check in checks.items():
        try:
            yield check()
        except Exception as error:  # Anything may be broken, and is reported.
            yield Finding(subject, "failed", str(error).strip() or type(error).__name__)


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    is_old = sys.version_info < (3, 10)
    return Finding("python", found, "use Python 3.10 or newer" if is_old else "")


def _compiler() -> Finding:
    names = ("c++", "g++", "clang++")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path:
        return Finding("compiler", path)
    if _version("llama-cpp-python"):
        return Finding("compiler", "none; only needed to install or update llama-cpp-python")
    return Finding("compiler", "none", "install g++ or clang (Debian: apt install g++ cmake)")


def _llama_cpp() -> Finding:
    version = _version("llama-cpp-python")
    if version is None:
        return Finding("llama.cpp", "missing", "pip install llama-cpp-python (needs a compiler)")
    from engine.generators.llama_library import library

    system = library().llama_print_system_info().decode().strip(" |")
    return Finding("llama.cpp", f"llama-cpp-python {version} ({system})")


def _torch() -> Finding:
    version = _version("torch")
    if version is None:
        return Finding("torch", "missing", "pip install 'torch~=2.13.0'")
    import torch

    if torch.cuda.is_available():
        gib = torch.cuda.get_device_properties(0).total_memory / 2**30
        return Finding("torch", f"{version}, {torch.cuda.get_device_name(0)}, {gib:.0f} GiB")
    device = "mps" if torch.backends.mps.is_available() else "CPU only"
    return Finding("torch", f"{version}, {device}, {torch.get_num_threads()} threads")


def _sqlite() -> Finding:
    from engine.database.database import sqlite_versions

    return Finding("sqlite", sqlite_versions())


def _memory() -> Finding:
    try:
        gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        return Finding("memory", "unknown on this system")
    is_small = gib < _WANTED_MEMORY_GIB
    fix = "training may not fit; lower training.micro_batch_tokens" if is_small else ""
    return Finding("memory", f"{gib:.1f} GiB, {os.cpu_count()} cores", fix)


def _disk(home: Home) -> Finding:
    folder = next(path for path in (home.root, *home.root.parents) if path.exists())
    gib = shutil.disk_usage(folder).free / 2**30
    is_small = gib < _WANTED_DISK_GIB
    return Finding(
        "disk",
        f"{gib:.1f} GiB free",
        f"make room: training and export take {_WANTED_DISK_GIB:.0f} GiB" if is_small else "",
    )


def _embedded_base(home: Home) -> Finding:
    from engine.models.packaged import embedded_base_gguf

    path = embedded_base_gguf(home)
    return Finding(
        "base model", f"{path.name}, {format_size(path.stat().st_size)}, checksum correct"
    )


def _embedded_embedder(home: Home) -> Finding:
    from engine.models.packaged import embedded_embedder_folder

    embedded_embedder_folder(home)
    return Finding("embedder", "all-MiniLM-L6-v2, checksum correct")


def _database(home: Home) -> Finding:
    if not home.database.exists():
        return Finding("database", f"none yet ({home.database})")
    from engine.database import database

    with closing(database.connect(home.database)) as connection:
        damage = database.find_damage(connection)
        found = f"{home.database}, schema {database.schema_version(connection)}"
    if not damage:
        return Finding("database", found)
    return Finding("database", f"{found}: {damage}", "panza-tui doctor --repair")


def _home(home: Home) -> Finding:
    root = home.root
    if not root.exists():
        return Finding("home", f"{root} (not created yet)")
    if not (root.is_dir() and os.access(root, os.W_OK)):
        return Finding("home", f"{root}", "it is not a writable folder; choose another with --home")
    mode = root.stat().st_mode & 0o777
    fix = f"chmod 700 {shlex.quote(str(root))}" if mode & 0o077 else ""
    return Finding("home", f"{root}, mode {mode:04o}", fix)


def _settings(config: Path | None) -> Finding:
    from engine.settings import load_settings

    load_settings(config)
    own = user_config()
    found = f"{own}{'' if own.exists() else ' (missing; defaults apply)'}"
    return Finding("settings", f"{found}, then {config}" if config else found)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
