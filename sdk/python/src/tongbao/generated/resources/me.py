# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `me`."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Unpack

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models

_GET: Final = Operation(
    operation_id="me.get",
    method="GET",
    path="/v1/me",
)


class Me(Resource):
    """Operations of `me`."""

    @cached_property
    def with_raw_response(self) -> MeWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return MeWithRawResponse(Me(self._link, raw=True))

    def get(
        self,
        **options: Unpack[ReadOptions],
    ) -> models.Client:
        """Get the calling client.

        With its merchants, the scopes of the token at hand, its pinned API version and its keys.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            options=options,
        )
        return self._perform(call, models.Client)


class MeWithRawResponse:
    """The operations of Me, giving a RawResponse."""

    def __init__(self, resource: Me) -> None:
        self.get = as_raw(resource.get)


class AsyncMe(AsyncResource):
    """Operations of `me`."""

    @cached_property
    def with_raw_response(self) -> AsyncMeWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncMeWithRawResponse(AsyncMe(self._link, raw=True))

    async def get(
        self,
        **options: Unpack[ReadOptions],
    ) -> models.Client:
        """Get the calling client.

        With its merchants, the scopes of the token at hand, its pinned API version and its keys.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            options=options,
        )
        return await self._perform(call, models.Client)


class AsyncMeWithRawResponse:
    """The operations of AsyncMe, giving a RawResponse."""

    def __init__(self, resource: AsyncMe) -> None:
        self.get = as_async_raw(resource.get)
