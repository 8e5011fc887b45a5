"""Bases of the generated resources: they hand calls to the engine and give the answers their types."""

from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar, cast

import msgspec

from tongbao._call import Completed, Engine
from tongbao._effects import Steps
from tongbao._errors import UnexpectedResponse
from tongbao._http import AsyncDriver, BlockingDriver
from tongbao._open import decode_json
from tongbao._operation import Call
from tongbao._page import AsyncList, AsyncPage, Page, PageFacts
from tongbao._raw_response import RawResponse

T = TypeVar("T")
D = TypeVar("D")


class Link(msgspec.Struct, Generic[D], frozen=True):
    """What a resource calls through: the client's engine, its driver, and the options set by ``with_options``."""

    engine: Engine
    driver: D
    defaults: Mapping[str, Any]

    def steps(self, call: Call) -> Steps[Completed]:
        """Return the steps of ``call`` with the client's default options filled in."""
        if self.defaults:
            call = msgspec.structs.replace(call, options={**self.defaults, **call.options})
        return self.engine.perform(call)


def _parse(completed: Completed, expected: type[T]) -> T:
    reply = completed.reply
    if expected is type(None):
        nothing: Any = None
        return cast("T", nothing)
    try:
        return decode_json(reply.body, expected)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnexpectedResponse(f"the answer ({reply.status}) cannot be read: {error}", reply.facts()) from error


def _with_cursor(call: Call, cursor: str) -> Call:
    return msgspec.structs.replace(call, query={**call.query, "cursor": cursor})


class Resource:
    """Base of blocking resources. A raw one returns ``RawResponse`` from every method."""

    def __init__(self, link: Link[BlockingDriver], *, raw: bool = False) -> None:
        self._link = link
        self._raw = raw

    def _perform(self, call: Call, expected: type[T]) -> T:
        completed = self._link.driver.run(self._link.steps(call))
        if self._raw:
            return cast("T", RawResponse(completed, lambda done: _parse(done, expected)))
        return _parse(completed, expected)

    def _list(self, call: Call, body: Any) -> Page[Any]:  # noqa: ANN401 - each list has a type of its own
        completed = self._link.driver.run(self._link.steps(call))
        if self._raw:
            return cast("Page[Any]", RawResponse(completed, lambda done: self._page(done, call, body)))
        return self._page(completed, call, body)

    def _page(self, completed: Completed, call: Call, body: Any) -> Page[Any]:  # noqa: ANN401 - as above
        facts: PageFacts[Any] = PageFacts.of(_parse(completed, body))
        return Page(facts, lambda cursor: self._next(_with_cursor(call, cursor), body))

    def _next(self, call: Call, body: Any) -> Page[Any]:  # noqa: ANN401 - as above
        return self._page(self._link.driver.run(self._link.steps(call)), call, body)


class AsyncResource:
    """Base of asynchronous resources. A raw one gives ``RawResponse`` from every method."""

    def __init__(self, link: Link[AsyncDriver], *, raw: bool = False) -> None:
        self._link = link
        self._raw = raw

    async def _perform(self, call: Call, expected: type[T]) -> T:
        completed = await self._link.driver.run(self._link.steps(call))
        if self._raw:
            return cast("T", RawResponse(completed, lambda done: _parse(done, expected)))
        return _parse(completed, expected)

    def _list(self, call: Call, body: Any) -> AsyncList[Any]:  # noqa: ANN401 - as above
        if self._raw:
            return cast("AsyncList[Any]", self._raw_list(call, body))
        return AsyncList(lambda: self._next(call, body))

    async def _raw_list(self, call: Call, body: Any) -> RawResponse[AsyncPage[Any]]:  # noqa: ANN401 - as above
        completed = await self._link.driver.run(self._link.steps(call))
        return RawResponse(completed, lambda done: self._page(done, call, body))

    def _page(self, completed: Completed, call: Call, body: Any) -> AsyncPage[Any]:  # noqa: ANN401 - as above
        facts: PageFacts[Any] = PageFacts.of(_parse(completed, body))
        return AsyncPage(facts, lambda cursor: self._next(_with_cursor(call, cursor), body))

    async def _next(self, call: Call, body: Any) -> AsyncPage[Any]:  # noqa: ANN401 - as above
        return self._page(await self._link.driver.run(self._link.steps(call)), call, body)


class ClientBase(Generic[D]):
    """Base of the clients: holds the link that all resources share."""

    def __init__(self, link: Link[D]) -> None:
        self._link = link

    def _derived(self, link: Link[D]) -> Self:
        clone = object.__new__(type(self))
        ClientBase.__init__(clone, link)
        return clone
