"""Lists: a page knows how to get the next one, and iterating goes through all of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any, Generic, ParamSpec, TypeVar, cast

import msgspec

from tongbao._raw_response import RawResponse

T = TypeVar("T")
P = ParamSpec("P")


class PageFacts(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What one page held."""

    data: list[T]
    has_more: bool
    next_cursor: str | None

    @classmethod
    def of(cls, body: Any) -> "PageFacts[T]":  # noqa: ANN401 - each list has its own generated type
        """Take the three members every list has."""
        return cls(data=body.data, has_more=body.has_more, next_cursor=body.next_cursor)


class Page(Generic[T]):
    """One page. ``for item in page`` goes through this page and all following ones, fetching as it goes."""

    def __init__(self, facts: PageFacts[T], fetch: Callable[[str], "Page[T]"]) -> None:
        self._facts = facts
        self._fetch = fetch

    def __repr__(self) -> str:
        return f"<Page of {len(self.data)}{' and more' if self.has_more else ''}>"

    @property
    def data(self) -> list[T]:
        """The items of this page."""
        return self._facts.data

    @property
    def has_more(self) -> bool:
        """Whether a next page exists."""
        return self._facts.has_more

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page, null at the end."""
        return self._facts.next_cursor

    def next_page(self) -> "Page[T] | None":
        """Fetch the next page; None at the end."""
        if not self.has_more or self.next_cursor is None:
            return None
        return self._fetch(self.next_cursor)

    def pages(self) -> "Iterator[Page[T]]":
        """Go through this page and all following ones."""
        page: Page[T] | None = self
        while page is not None:
            yield page
            page = page.next_page()

    def __iter__(self) -> Iterator[T]:
        """Go through the items of this page and all following ones."""
        for page in self.pages():
            yield from page.data


class AsyncPage(Generic[T]):
    """One page. ``async for item in page`` goes through this page and all following ones, fetching as it goes."""

    def __init__(self, facts: PageFacts[T], fetch: Callable[[str], Awaitable["AsyncPage[T]"]]) -> None:
        self._facts = facts
        self._fetch = fetch

    def __repr__(self) -> str:
        return f"<AsyncPage of {len(self.data)}{' and more' if self.has_more else ''}>"

    @property
    def data(self) -> list[T]:
        """The items of this page."""
        return self._facts.data

    @property
    def has_more(self) -> bool:
        """Whether a next page exists."""
        return self._facts.has_more

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page, null at the end."""
        return self._facts.next_cursor

    async def next_page(self) -> "AsyncPage[T] | None":
        """Fetch the next page; None at the end."""
        if not self.has_more or self.next_cursor is None:
            return None
        return await self._fetch(self.next_cursor)

    async def pages(self) -> "AsyncIterator[AsyncPage[T]]":
        """Go through this page and all following ones."""
        page: AsyncPage[T] | None = self
        while page is not None:
            yield page
            page = await page.next_page()

    async def __aiter__(self) -> AsyncIterator[T]:
        """Go through the items of this page and all following ones."""
        async for page in self.pages():
            for item in page.data:
                yield item


class AsyncList(Generic[T]):
    """What an asynchronous ``list()`` returns: ``await`` it for the first page, or ``async for`` over all items."""

    def __init__(self, first: Callable[[], Awaitable[AsyncPage[T]]]) -> None:
        self._first = first

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        """Fetch the first page."""
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        """Go through all items of all pages."""
        async for item in await self._first():
            yield item


def as_async_raw_list(method: Callable[P, AsyncList[T]]) -> Callable[P, Awaitable[RawResponse[AsyncPage[T]]]]:
    """Give a list method of an asynchronous raw resource the type of what it really returns."""
    return cast("Callable[P, Awaitable[RawResponse[AsyncPage[T]]]]", cast("Any", method))
