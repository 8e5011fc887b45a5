"""Reading the body: in parts, too much of it, half of it."""

from collections.abc import Sequence
from typing import Any

import pytest

from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.size_limit import MAX_BODY_BYTES, size_limit


def exchange(headers: Sequence[tuple[bytes, bytes]], messages: list[dict[str, Any]]) -> Exchange:
    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    scope = {"method": "POST", "path": "/x", "query_string": b"", "headers": list(headers)}
    return Exchange(scope, receive, "https://portal.test", "web")


async def passed(one: Exchange) -> Response:
    return Response(200, [], one.body)


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_parts_are_put_together() -> None:
    one = exchange([(b"transfer-encoding", b"chunked")], [part(b"ab", more=True), part(b"cd", more=False)])
    assert (await size_limit(one, passed)).body == b"abcd"


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY_BYTES, 200), (MAX_BODY_BYTES + 1, 413)])
async def test_an_unannounced_body_is_counted_as_it_comes(size: int, status: int) -> None:
    messages = [part(b"x" * (size - 1), more=True), part(b"x", more=True), part(b"", more=False)]
    assert (await size_limit(exchange([], messages), passed)).status == status


async def test_an_announced_body_that_is_too_large_is_not_read() -> None:
    messages = [part(b"x", more=False)]
    headers = [(b"content-length", str(MAX_BODY_BYTES + 1).encode())]
    assert (await size_limit(exchange(headers, messages), passed)).status == 413
    assert messages


async def test_half_a_body_is_no_request() -> None:
    messages = [part(b"x", more=True), {"type": "http.disconnect"}]
    assert (await size_limit(exchange([], messages), passed)).status == 408


async def test_a_length_that_is_no_number_is_refused() -> None:
    assert (await size_limit(exchange([(b"content-length", b"-1")], []), passed)).status == 400
