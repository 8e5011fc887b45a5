"""How many requests are worked on at once, which ones are counted, and that no place is ever lost."""

import asyncio
from typing import Any

import pytest

from tongbao_platform.http.admission import InFlightLimit, admission, in_flight
from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.http.problem import problem
from tongbao_platform.http.size_limit import size_limit
from tongbao_platform.kernel.errors import Overloaded


async def unread() -> Any:
    raise AssertionError("the body was read")


def request(method: str = "POST", receive: Any = unread) -> Exchange:
    scope = {"method": method, "path": "/v1/payments", "query_string": b"", "headers": []}
    return Exchange(scope, receive, "https://portal.test", "web")


async def answered(exchange: Exchange) -> Response:
    return Response(200, [], exchange.body)


def behind(step: Step, proceed: Proceed = answered) -> Proceed:
    return lambda exchange: step(exchange, proceed)


def refused_pause(limit: InFlightLimit, method: str = "POST") -> int:
    with pytest.raises(Overloaded) as caught:
        limit.enter(method)
    return caught.value.retry_after_seconds


def test_one_too_many_is_refused_until_one_leaves() -> None:
    limit = InFlightLimit(3)
    for _ in range(3):
        limit.enter("POST")
    refused_pause(limit)
    limit.leave("POST")
    limit.enter("DELETE")
    assert (limit.reads, limit.writes, limit.count) == (0, 3, 3)


@pytest.mark.parametrize("read", ["GET", "HEAD", "OPTIONS"])
def test_reads_never_take_the_half_that_is_left_for_writes(read: str) -> None:
    limit = InFlightLimit(4)
    limit.enter("GET")
    limit.enter(read)
    refused_pause(limit, read)
    limit.enter("POST")
    limit.enter("PATCH")
    refused_pause(limit)
    limit.leave("GET")
    limit.enter("POST")
    refused_pause(limit, "GET")


def test_even_the_smallest_limit_lets_somebody_read_and_write() -> None:
    limit = InFlightLimit(2)
    limit.enter("GET")
    limit.enter("POST")
    assert limit.count == 2


def test_those_refused_together_do_not_come_back_together() -> None:
    limit = InFlightLimit(2)
    limit.enter("POST")
    limit.enter("POST")
    assert sorted(refused_pause(limit) for _ in range(6)) == [1, 1, 2, 2, 3, 3]


async def test_at_the_door_nothing_is_read_and_nothing_counted() -> None:
    limit = InFlightLimit(2)
    door = behind(admission(limit), behind(size_limit))
    limit.enter("POST")
    limit.enter("POST")
    refusal = await behind(problem, door)(request())
    assert (refusal.status, refusal.header("Retry-After")) == (503, "1")
    limit.leave("POST")
    assert (await behind(admission(limit))(request())).status == 200
    assert limit.count == 1


async def test_who_works_is_counted_and_who_ended_is_not() -> None:
    limit = InFlightLimit(2)

    async def broken(exchange: Exchange) -> Response:
        assert limit.count == 1
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await behind(in_flight(limit), broken)(request())
    assert limit.count == 0


async def test_a_request_that_is_given_up_leaves_its_place() -> None:
    limit = InFlightLimit(2)
    begun = asyncio.Event()

    async def endless(exchange: Exchange) -> Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.ensure_future(behind(in_flight(limit), endless)(request()))
    await begun.wait()
    assert limit.count == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert limit.count == 0


async def test_a_slow_sender_holds_no_place_and_needs_one_in_the_end() -> None:
    limit = InFlightLimit(2)
    arriving: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    whole = behind(problem, behind(admission(limit), behind(size_limit, behind(in_flight(limit)))))

    async def slowly() -> Response:
        return await whole(request(receive=arriving.get))

    slow = [asyncio.ensure_future(slowly()) for _ in range(5)]
    await asyncio.sleep(0)
    assert limit.count == 0
    limit.enter("POST")
    limit.enter("POST")
    for _ in slow:
        arriving.put_nowait({"type": "http.request", "body": b"{}", "more_body": False})
    assert {answer.status for answer in await asyncio.gather(*slow)} == {503}
