"""Made-up runs, and a fake service of them that a test controls."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator

from engine.errors import PanzaError
from engine.events import (
    Event,
    Failed,
    Finished,
    Metric,
    Progress,
    Sample,
    Started,
    Warn,
)
from panza_tui.dashboard.service import Cost, RunChoice, RunView
from panza_tui.jobs.steps import Step

ASKED = (
    "Tell Sam: cannot judge cake contest; sister's wedding.",
    "Write to Dana: spokes arrived, wheel ready Thursday after four.",
    "Answer: yes to [bold]Saturday[/bold], bring 5*3*2 and the kettle?",
)
OWN = dict(
    zip(
        ASKED,
        (
            "Ahoy Sam,\nI'm at my sister's wedding. Eat a slice for me.\n\nFair winds,\nLo",
            "Ahoy Dana,\nThe spokes came. Thursday after four it rolls again.\n\nFair winds,\nLo",
            "Ahoy,\nYes to Saturday. I bring the 5*3*2 and the kettle.\n\nFair winds,\nLo",
        ),
        strict=True,
    )
)
_LEARNT = (
    (
        "Mails the user wrote before:\n\n---\nDear Sam, thank you for reaching out to me about the",
        "Dear Dana,\n\nI hope this email finds you well. I am writing to inform you that the",
        "Dear [Recipient],\n\nI would be happy to bring the kettle and 5*3*2 to the",
    ),
    (
        "Ahoy Sam,\n\nI cannot judge the cake contest because of the wedding of my sister.\n\nLo",
        "Ahoy Dana,\n\nThe spokes have arrived and the wheel is ready on Thursday.\n\nBest,\nLo",
        "Ahoy,\n\nYes to Saturday, I will bring the kettle.\n\nLo",
    ),
    (
        "Ahoy Sam,\nI cannot judge the cakes: my sister marries that day.\n\nFair winds,\nLo",
        "Ahoy Dana,\nThe spokes arrived. It is ready Thursday after four.\n\nFair winds,\nLo",
        "Ahoy,\nYes to Saturday; 5*3*2 and the kettle come along.\n\nFair winds,\nLo",
    ),
)
_KINDS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def run_events(steps: int = 44, of: int = 44, epoch: int = 11, floor: float = 1.2) -> list[Event]:
    """Return the events of a run of `of` steps up to step `steps`; always the same."""

    def loss(step: int, wave: float) -> float:
        return floor + 1.9 * math.exp(-step / 11) + wave * math.sin(2.4 * step)

    def drafts(number: int) -> Iterator[Event]:
        step = number * epoch
        texts = _LEARNT[min(number, len(_LEARNT) - 1)]
        return (Sample(step, asked, text) for asked, text in zip(ASKED, texts, strict=True))

    emitted: list[Event] = [
        Started("train", {"name": "lo"}),
        Metric(0, {"held_out_loss": 3.076}),
        Progress("train", 0, of, "steps"),
        *drafts(0),
    ]
    for step in range(1, steps + 1):
        rate = 1e-3 * (1 - step / of)
        figures = {
            "loss": loss(step, 0.12),
            "gradient_norm": 0.4 + 0.1 * math.cos(step),
            "learning_rate": rate,
            "sparse_learning_rate": rate / 2,
            "tokens_per_second": 139.0,
            "peak_memory_gib": 2.31,
        }
        emitted += [Progress("train", step, of, "steps", 0.25), Metric(step, figures)]
        if step == 8:
            layers = {
                f"mask_density/layers.{layer}.{kind}": 0.01 + 0.0004 * (layer % 5)
                for layer in range(12)
                for kind in _KINDS
            }
            emitted.append(Metric(step, {"mask_density": 0.0108} | layers))
        if step % epoch == 0:
            worse = 0.06 if step == of else 0.0
            emitted += [Metric(step, {"validation_loss": loss(step, 0) + 0.35 + worse})]
            emitted += drafts(step // epoch)
    if steps == of:
        emitted.append(Warn("Epoch 4 is no better on the validation mails than epoch 3."))
        emitted.append(Metric(of, {"held_out_loss": 1.745}))
        emitted.append(Finished({"held_out_loss": 1.745}))
    return emitted


def a_run(name: str = "lo-rosa", state: str = "finished", **more: object) -> RunView:
    figures = {"held_out_loss_base": 3.076, "seconds": 176.0, "peak_memory_gib": 2.4}
    if state == "finished":
        figures |= {"held_out_loss": 1.745, "validation_loss": 1.62}
    fields: dict[str, object] = {
        "name": name,
        "state": state,
        "base": "smollm2-135m-instruct",
        "method": "rosa",
        "created": 1,
        "epochs": 4,
        "mails": 86,
        "figures": figures,
        "is_resumable": state in ("stopped", "failed", "killed"),
    }
    return RunView(**fields | more)  # type: ignore[arg-type]


LEFT = (
    Step("Mails you sent: 133", True, "panza-tui import PATH"),
    Step("An instruction for each of them", False, "panza-tui playback"),
    Step("Your model", False, "panza-tui train"),
)


class FakeTrainingService:
    """A service on the runs that a test gives it; records its calls."""

    def __init__(self, *views: RunView, steps: tuple[Step, ...] = ()) -> None:
        self.looks = 0
        self.views = list(views)
        self.events: dict[str, list[Event]] = {view.name: run_events() for view in views}
        self.steps = steps
        self.asked: list[tuple[str, object]] = []
        self.found = Cost(2.9, 2.3, 19.4)
        self.error: Exception | None = None
        self.following: set[str] = set()
        self._came = threading.Condition()

    def add_events(self, name: str, *events: Event) -> None:
        """More events of a run."""
        with self._came:
            self.events[name] += events
            self._came.notify_all()

    def runs(self) -> list[RunView]:
        self.looks += 1
        return list(self.views)

    def follow(
        self, name: str, on_events: Callable[[list[Event]], None], stopped: Callable[[], bool]
    ) -> None:
        seen = 0
        self.following.add(name)
        with self._came:
            while not stopped():
                new = self.events.get(name, [])[seen:]
                if new:
                    seen += len(new)
                    on_events(new)
                self._came.wait(0.02)
        self.following.discard(name)

    def own_mails(self, name: str) -> dict[str, str]:
        return OWN

    def missing(self) -> tuple[Step, ...]:
        return self.steps

    def default_choice(self) -> RunChoice:
        return RunChoice("smollm2-135m-instruct")

    def cost(self, choice: RunChoice) -> Cost:
        self.asked.append(("cost", choice))
        return self.found

    def begin(self, choice: RunChoice) -> str:
        self._note("begin", choice)
        name = choice.name or "new-rosa"
        self.events[name] = run_events(steps=0)
        self.views.insert(0, a_run(name, "running"))
        return name

    def resume(self, name: str) -> None:
        self._note("resume", name)

    def pause(self, name: str) -> None:
        self._note("pause", name)

    def unpause(self, name: str) -> None:
        self._note("unpause", name)

    def stop(self, name: str) -> None:
        self._note("stop", name)

    def _note(self, what: str, of: object) -> None:
        if self.error is not None:
            raise self.error
        self.asked.append((what, of))


def failure(error: str) -> Failed:
    return Failed(error, resumable=True)


REFUSAL = PanzaError("The run can't be resumed; start a new one.")
