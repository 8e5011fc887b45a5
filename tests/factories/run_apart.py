"""Asynchronous work from synchronous code, beside whatever loop a test may be running."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def run_apart(work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run an async call to its end on a thread of its own, so that no test's event loop is disturbed."""
    answers: list[Answer] = []
    faults: list[BaseException] = []

    async def call() -> Answer:
        return await work()

    def body() -> None:
        try:
            answers.append(asyncio.run(call()))
        except BaseException as fault:  # noqa: BLE001 - carried to the waiting thread and raised there
            faults.append(fault)

    thread = threading.Thread(target=body, name="run-apart")
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return answers[0]
