"""Work in threads: its results, the thread of its callbacks, and cancelling."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pilots import OneScreen, notified, wait_until
from textual.screen import Screen

from engine.errors import PanzaError
from panza_tui.shell.workers import follow_in_thread, run_in_thread

END = object()


class Work:
    """Blocking work that hands over what the test puts in, until END or an error."""

    def __init__(self) -> None:
        self.given: queue.Queue[object] = queue.Queue()
        self.has_ended = threading.Event()
        self.was_stopped = False

    def __call__(self, hand_over: Callable[[object], None], stopped: Callable[[], bool]) -> str:
        try:
            while (value := self.given.get(timeout=30)) is not END:
                if isinstance(value, Exception):
                    raise value
                hand_over(value)
            self.was_stopped = stopped()
            return "the result"
        finally:
            self.has_ended.set()

    def put(self, *values: object) -> None:
        for value in values:
            self.given.put(value)


class Heard(Screen[None]):
    """Records what its callbacks were called with."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []
        self.threads: set[int] = set()

    def hear(self, what: object) -> None:
        self.heard.append(what)
        self.threads.add(threading.get_ident())


@pytest.fixture
def screen() -> Heard:
    return Heard()


async def test_a_result_comes_back_on_the_screen_s_own_thread(screen: Heard) -> None:
    async with OneScreen(screen).run_test() as pilot:
        run_in_thread(screen, threading.get_ident, screen.hear, group="one")
        await wait_until(pilot, lambda: bool(screen.heard))
        assert screen.threads == {threading.get_ident()}
        assert screen.heard != [threading.get_ident()]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PanzaError("The disk is \x1b[31mfull."), "The disk is full."),
        (ValueError("no such mail"), "ValueError: no such mail"),
    ],
)
async def test_an_error_comes_back_as_a_plain_line(
    screen: Heard, error: Exception, line: str
) -> None:
    def fail() -> None:
        raise error

    app = OneScreen(screen)
    async with app.run_test() as pilot:
        run_in_thread(screen, fail, screen.hear, screen.hear, group="one")
        await wait_until(pilot, lambda: line in str(screen.heard))
        run_in_thread(screen, fail, screen.hear, group="one")
        await wait_until(pilot, lambda: line in notified(app))
        assert len(screen.heard) == 1


async def test_callbacks_may_be_coroutines(screen: Heard) -> None:
    async def done(result: str) -> None:
        await asyncio.sleep(0)
        screen.hear(result)

    async with OneScreen(screen).run_test() as pilot:
        run_in_thread(screen, lambda: "the result", done, group="one")
        await wait_until(pilot, lambda: screen.heard == ["the result"])


async def test_of_exclusive_work_only_the_newest_result_is_used(screen: Heard) -> None:
    first, other, second = Work(), Work(), Work()
    async with OneScreen(screen).run_test() as pilot:
        for work, group in ((first, "one"), (other, "another"), (second, "one")):
            follow_in_thread(
                screen, work, screen.hear, screen.hear, screen.hear, group=group, exclusive=True
            )
        first.put(1, PanzaError("too late"))
        other.put(2, END)
        await wait_until(pilot, lambda: len(screen.heard) == 2)
        second.put(3, END)
        await wait_until(pilot, lambda: len(screen.heard) == 4)
        assert screen.heard == [[2], "the result", [3], "the result"]


async def test_without_exclusive_all_results_are_used(screen: Heard) -> None:
    works = [Work(), Work()]
    async with OneScreen(screen).run_test() as pilot:
        for work in works:
            follow_in_thread(screen, work, screen.hear, screen.hear, group="one")
        for number, work in enumerate(works):
            work.put(number, END)
        await wait_until(pilot, lambda: screen.heard.count("the result") == 2)


async def test_cancelled_work_is_told_and_its_result_dropped(screen: Heard) -> None:
    work = Work()
    async with OneScreen(screen).run_test() as pilot:
        worker = follow_in_thread(screen, work, screen.hear, screen.hear, group="one")
        work.put(1)
        await wait_until(pilot, lambda: screen.heard == [[1]])
        worker.cancel()
        work.put(2, END)
        await wait_until(pilot, work.has_ended.is_set)
        await pilot.pause()
        assert work.was_stopped
        assert screen.heard == [[1]]


async def test_work_of_a_screen_that_was_closed_ends_quietly(screen: Heard) -> None:
    work = Work()
    app = OneScreen(screen)
    async with app.run_test() as pilot:
        follow_in_thread(screen, work, screen.hear, screen.hear, group="one")
        await app.pop_screen()
        work.put(1, PanzaError("too late"))
        await wait_until(pilot, work.has_ended.is_set)
        await pilot.pause()
        assert screen.heard == []
        assert notified(app) == ""


async def test_throttled_values_come_in_batches_and_all_before_the_result(screen: Heard) -> None:
    work = Work()
    async with OneScreen(screen).run_test() as pilot:
        follow_in_thread(screen, work, screen.hear, screen.hear, seconds_between=3600, group="one")
        work.put(1)
        await wait_until(pilot, lambda: screen.heard == [[1]])
        work.put(2, 3, 4)
        await wait_until(pilot, work.given.empty)
        await pilot.pause()
        assert screen.heard == [[1]]
        work.put(5, END)
        await wait_until(pilot, lambda: screen.heard == [[1], [2, 3, 4, 5], "the result"])


async def test_a_throttled_value_does_not_wait_for_the_next_one(screen: Heard) -> None:
    work = Work()
    async with OneScreen(screen).run_test() as pilot:
        follow_in_thread(screen, work, screen.hear, screen.hear, seconds_between=0.05, group="one")
        for number in range(3):
            work.put(number)
            await wait_until(pilot, lambda number=number: screen.heard[-1:] == [[number]])
        work.put(END)
        await wait_until(pilot, lambda: screen.heard[-1:] == ["the result"])


async def test_values_handed_over_before_an_error_are_kept(screen: Heard) -> None:
    work = Work()
    async with OneScreen(screen).run_test() as pilot:
        work.put("Hi", "Anna", PanzaError("out of memory"))
        follow_in_thread(
            screen, work, screen.hear, screen.hear, screen.hear, seconds_between=3600, group="one"
        )
        await wait_until(pilot, lambda: "out of memory" in screen.heard)
        assert [value for batch in screen.heard[:-1] for value in batch] == ["Hi", "Anna"]
