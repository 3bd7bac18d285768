"""`panza-tui demo`: run every step on the bundled mailbox, and print the results."""

from __future__ import annotations

from engine.events import Event, Started
from engine.home.home import default_home
from panza_tui.jobs.demo import DemoResult, read_writer
from panza_tui.jobs.demo import demo as run_demo
from panza_tui.terminal.duration import duration
from panza_tui.terminal.narration import say, show
from panza_tui.terminal.sanitise import safe_text
from panza_tui.terminal.signals import stoppable


def demo() -> None:
    """Run all steps with progress on stderr, then print the drafts and a summary on stdout."""
    writer = read_writer()
    say(f"{writer.about} {writer.name}'s mailbox comes with panza-tui; all of it is made up.")
    with stoppable():
        result = run_demo(_announce)
    _show_drafts(result)
    show("\n".join(_summary(result)))


def _announce(event: Event) -> None:
    if isinstance(event, Started):
        command = event.about.get("command")
        say(f"\n$ {command}" if command else "\nDrafting with three models ...")


def _show_drafts(result: DemoResult) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for draft in result.drafts:
        title = Text(draft.instruction, style="bold")
        table = Table(title=title, title_justify="left", expand=True)
        for column in ("embedded model", "mail base", "personal model"):
            table.add_column(column, ratio=1)
        texts = (draft.base, draft.mail_base, draft.personal)
        table.add_row(*(Text(safe_text(text)) for text in texts))
        console.print("")
        console.print(table)


def _summary(result: DemoResult) -> list[str]:
    own = default_home()
    figures = result.figures
    before, after = figures["held_out_loss_base"], figures["held_out_loss"]
    times = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in result.seconds.items())
    total = sum(result.seconds.values())
    return [
        "",
        f"Held-out loss {before:.2f} -> {after:.2f} nats/token (on mails it was not trained on).",
        f"Time          {times}; {duration(total / 60)} in total.",
        f"Peak memory   {figures['peak_memory_gib']:.1f} GiB, in training.",
        "This home was temporary and has been deleted. Your own would be:",
        f"  {own.database}   mails, instructions, search index, drafts",
        f"  {own.models}/   your models",
        "Next, with your own sent mail:  panza-tui import PATH",
    ]
