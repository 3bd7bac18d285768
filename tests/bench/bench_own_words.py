"""Own words against annotated and made-up mail: exact, line F1, leak and loss.

    python -m tests.bench.bench_own_words [--ids]

The sets and the scorer, with the meaning of its figures, lie beside the repository, in
../shared/corpora. Each set is scored four times: whole; without the items whose gold ends at the
first quoted header though the writer goes on below it; those alone; and without the items whose
annotation is plainly wrong. Both groups are named, one item a line with its reason, in
annotations.tsv. --ids also names the items that are not exact and in no group. The made-up mails
come from made_up_mails.py.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
from collections import defaultdict
from pathlib import Path
from typing import Any

from engine.mail.own_words import own_words
from tests.bench.made_up_mails import cases

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
_ANNOTATIONS = Path(__file__).with_name("annotations.tsv")
_KINDS = ["plain", "html", "eml"]


def _scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score", _CORPORA / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _groups() -> dict[str, dict[str, str]]:
    """Set -> end of an item's id -> its group, "inline" or "wrong"."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    with _ANNOTATIONS.open(encoding="utf-8", newline="") as file:
        for which, identifier, group, _reason in csv.reader(file, delimiter="\t"):
            groups[which][identifier] = group
    return groups


def _row(scorer: Any, name: str, items: list[Any]) -> str:
    if not items:
        return f"| {name} | 0 | | | | |"
    n, (exact, _, _, f1, leak, loss), _ = scorer.score(own_words, items)
    return f"| {name} | {n} | {exact:.3f} | {f1:.3f} | {leak:.3f} | {loss:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ids", action="store_true", help="name what is not exact")
    show_ids = parser.parse_args().ids
    scorer, groups = _scorer(), _groups()
    print("| set | items | exact | F1 | leak | loss |\n|---|---|---|---|---|---|")
    for path in sorted((_CORPORA / "gold").glob("*.jsonl")):
        items = list(scorer.read(path, _KINDS))
        named = groups[path.stem]

        def group(item: Any, named: dict[str, str] = named) -> str:
            found = next((g for end, g in named.items() if item["id"].endswith(end)), "")
            return found or ("inline" if scorer.has_unexpected_inline_text(item) else "")

        judged = [item for item in items if group(item) != "inline"]
        right = [item for item in judged if group(item) != "wrong"]
        print(_row(scorer, f"{path.stem}, all", items))
        print(_row(scorer, "without inline", judged))
        print(_row(scorer, "inline alone", [item for item in items if group(item) == "inline"]))
        print(_row(scorer, "without inline and wrong", right))
        if show_ids:
            for item in right:
                if not scorer.compare(own_words(item["input"], item["kind"]), item["expected"])[0]:
                    print(f"    {item['id']}")
    made_up: dict[str, list[Any]] = defaultdict(list)
    for case in cases():
        made_up[case.kind_of].append({"input": case.text, "kind": case.kind, "expected": case.own})
    for name, items in made_up.items():
        print(_row(scorer, f"made up: {name}", items))


if __name__ == "__main__":
    main()
