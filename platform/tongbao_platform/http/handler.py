"""The innermost step ``handler``: the application, called with what the pipeline has read."""

import re
from typing import Any, Final

from tongbao_platform.http.exchange import EXCHANGE_KEY, AsgiApp, Exchange, Message, Proceed, Response, Step
from tongbao_platform.http.query import refuse_parameters
from tongbao_platform.kernel.errors import Refusal

_NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such object, or it is not yours.")


def handler(application: AsgiApp) -> Step:
    """Return the step; ``proceed`` is never called, for nothing lies further in."""
    patterns: dict[str, re.Pattern[str]] = {}

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        del proceed
        operation = exchange.operation
        if operation is not None and operation.query is None and exchange.query:
            refusal = refuse_parameters(exchange.query)
            if refusal is not None:
                return exchange.refuse(refusal)
        if operation is not None and exchange.path_values:
            for name, parameter in operation.path_parameters.items():
                pattern = patterns.get(parameter.pattern)
                if pattern is None:
                    pattern = patterns[parameter.pattern] = re.compile(parameter.pattern)
                # What is not spelled like an id names nothing: the same answer as for an unknown one.
                if pattern.search(exchange.path_values[name]) is None:
                    return exchange.refuse(_NOT_FOUND)
        return await _call(application, exchange)

    return step


async def _call(application: AsgiApp, exchange: Exchange) -> Response:
    collected = _Collected()
    scope = exchange.scope
    scope[EXCHANGE_KEY] = exchange
    scope["path"] = exchange.path
    await application(scope, _Replay(exchange.body), collected)
    if exchange.fault is not None:
        raise exchange.fault
    return exchange.response if exchange.response is not None else collected.response()


class _Replay:
    """Gives the body that was read already; then there is nothing but waiting for the end."""

    def __init__(self, body: bytes) -> None:
        self._message: dict[str, Any] | None = {"type": "http.request", "body": body, "more_body": False}

    async def __call__(self) -> Message:
        message, self._message = self._message, None
        return {"type": "http.disconnect"} if message is None else message


class _Collected:
    """Keeps what a framework sends, so that the steps further out can look at it."""

    def __init__(self) -> None:
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))

    def response(self) -> Response:
        if self._status == 0:
            raise RuntimeError("the application sent no answer")
        headers = [
            (_spelled(name), value.decode("latin-1")) for name, value in self._headers if name != b"content-length"
        ]
        return Response(self._status, headers, b"".join(self._parts))


def _spelled(name: bytes) -> str:
    return "-".join(part.capitalize() for part in name.decode("latin-1").split("-"))
