"""Fit which of several texts is taken for what a line says: `python -m training.said_weights`.

Readers judged what the model for lines and rules made of lines that the model has not learnt. The
weights tell right, clumsy and wrong texts apart (multinomial logistic regression). Takes a
quarter of an hour. Prints how the chosen texts were judged, in five folds by writers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.checking.brief import Brief
from engine.direct_speech.by_model import saying
from engine.direct_speech.choosing import WEIGHTS, Option, features, may_be_taken, worth
from engine.direct_speech.understood import understood
from engine.fitted_weights import ClassWeights
from engine.mail_base.line_model import LineModel
from training.corpus import JudgedLine, read_judged_lines
from training.fitting import folds_of, packaged_line_model, write_weights

_INVERSE_L2 = 0.3


@dataclass(frozen=True)
class JudgedText:
    """A text. number: of its line. may_be_taken: whether it is by rules or sound."""

    number: int
    writer: str
    verdict: str
    features: dict[str, float]
    may_be_taken: bool


def judged_texts(rows: Iterable[JudgedLine], model: LineModel) -> list[JudgedText]:
    """Return the judged texts with what tells of them how likely they are right."""
    found = []
    for number, row in enumerate(rows):
        line = row.line
        brief = Brief(line.line, recipient=line.to, user_name=line.name)
        by_rules = understood(brief)
        asked = saying(line.line, line.name, line.to)
        options = [
            Option(
                text,
                model.log_likelihood(asked, text),
                by_rules=text == by_rules.said,
                is_notes=by_rules.is_notes and text == by_rules.said,
            )
            for text in row.verdicts
        ]
        found += [
            JudgedText(
                number,
                line.name,
                row.verdicts[one.text],
                features(one, options, brief),
                may_be_taken(one, brief),
            )
            for one in options
        ]
    return found


def fitted(texts: Sequence[JudgedText]) -> ClassWeights:
    """Return the weights that tell the verdicts apart: verdict -> feature -> weight."""
    from sklearn.linear_model import LogisticRegression

    names = sorted(texts[0].features)
    values = np.array([[text.features[name] for name in names] for text in texts])
    scale = np.where(values.std(0) > 0, values.std(0), 1.0)
    model = LogisticRegression(C=_INVERSE_L2, max_iter=2000, fit_intercept=False)
    model.fit(values / scale, [text.verdict for text in texts])
    return {
        verdict: {
            name: round(float(weight), 3) for name, weight in zip(names, of / scale, strict=True)
        }
        for verdict, of in zip(model.classes_, model.coef_, strict=True)
    }


def chosen_in_folds(texts: Sequence[JudgedText]) -> Counter[str]:
    """Return how the chosen texts were judged; the weights are fitted to other writers."""
    verdicts: Counter[str] = Counter()
    for fold in folds_of(text.writer for text in texts):
        weights = fitted([text for text in texts if text.writer not in fold])
        best: dict[int, tuple[float, str]] = {}
        for text in texts:
            if text.writer in fold and text.may_be_taken:
                value = worth(text.features, weights), text.verdict
                best[text.number] = max(best.get(text.number, value), value)
        verdicts.update(verdict for _, verdict in best.values())
    return verdicts


def main() -> None:
    with packaged_line_model() as model:
        texts = judged_texts(read_judged_lines(), model)
    print(len(texts), dict(chosen_in_folds(texts)))
    write_weights(WEIGHTS, fitted(texts), "python -m training.said_weights", "choosing.py")


if __name__ == "__main__":
    main()
