"""A training set whose examples differ from epoch to epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from training.examples.tokens import Example


class Epochs(Sequence[Example]):
    """The examples of the current epoch.

    Every epoch has as many, since the trainer counts its steps once: shorter ones begin with some
    of their examples twice. epoch: the current one, from 0; the training loop sets it. Later ones
    begin again with the first.
    """

    def __init__(self, epochs: Sequence[Sequence[Example]]) -> None:
        longest = max(len(examples) for examples in epochs)
        self._epochs = [[*examples[: longest - len(examples)], *examples] for examples in epochs]
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._epochs[0])

    def __getitem__(self, index):
        return self._epochs[self.epoch % len(self._epochs)][index]

    def __iter__(self) -> Iterator[Example]:
        return iter(self._epochs[self.epoch % len(self._epochs)])
