"""Slow work has threads of its own, a limit, and a line for each person."""

import asyncio
import threading

import pytest

from tongbao_platform.web.secret_work import SecretWork, TooBusy


@pytest.fixture
def released() -> threading.Event:
    return threading.Event()


async def test_work_runs_outside_the_event_loop_and_its_faults_come_back() -> None:
    work = SecretWork(threads=1)

    def fail() -> None:
        raise KeyError("x")

    assert await work.run(threading.get_ident) != threading.get_ident()
    with pytest.raises(KeyError):
        await work.run(fail)
    work.close()


async def test_a_full_queue_refuses_at_once_and_takes_work_again_later(released: threading.Event) -> None:
    work = SecretWork(threads=1, most_waiting=2)
    tasks = [asyncio.create_task(work.run(released.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy) as busy:
        await work.run(released.wait)
    assert busy.value.retry_after_seconds >= 1
    released.set()
    assert await asyncio.gather(*tasks) == [True, True]
    assert await work.run(released.wait)
    work.close()


async def test_one_person_has_one_turn_at_a_time_and_a_short_line() -> None:
    work = SecretWork(most_in_line=3)
    inside: list[str] = []
    go = asyncio.Event()

    async def guess(person: str) -> None:
        async with work.turn(person):
            inside.append(person)
            await go.wait()

    tasks = [asyncio.create_task(guess("zhang")) for _ in range(3)]
    tasks.append(asyncio.create_task(guess("li")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sorted(inside) == ["li", "zhang"]
    with pytest.raises(TooBusy):
        await guess("zhang")
    go.set()
    await asyncio.gather(*tasks)
    assert inside.count("zhang") == 3
    assert work._lines == {}
    work.close()
