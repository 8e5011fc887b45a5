# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `refunds`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, Unpack

from msgspec import UNSET, UnsetType

from tongbao._operation import Call, Operation
from tongbao._options import ReadOptions, RequestOptions
from tongbao._page import AsyncList, Page, as_async_raw_list
from tongbao._raw_response import as_async_raw, as_raw
from tongbao._resource import AsyncResource, Resource
from tongbao.generated import models, params

_CREATE: Final = Operation(
    operation_id="refunds.create",
    method="POST",
    path="/v1/refunds",
    idempotent=True,
    has_body=True,
    number_field="merchant_refund_no",
    resolve_with="refunds.get_by_merchant_refund_no",
    resolve_argument="merchant_refund_no",
)

_LIST: Final = Operation(
    operation_id="refunds.list",
    method="GET",
    path="/v1/refunds",
)

_GET: Final = Operation(
    operation_id="refunds.get",
    method="GET",
    path="/v1/refunds/{id}",
)

_GET_BY_MERCHANT_REFUND_NO: Final = Operation(
    operation_id="refunds.get_by_merchant_refund_no",
    method="GET",
    path="/v1/refunds/by-merchant-refund-no/{merchant_refund_no}",
)


class Refunds(Resource):
    """Operations of `refunds`."""

    @cached_property
    def with_raw_response(self) -> RefundsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return RefundsWithRawResponse(Refunds(self._link, raw=True))

    def create(
        self,
        *,
        payment_id: str,
        merchant_refund_no: str,
        amount: models.Amount | models.Money | params.AmountParam,
        reason: str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.Refund:
        """Create a refund.

        It draws on the merchant's available balance; the sum of a payment's refunds never exceeds what was
        captured. Some refunds are carried out later: follow the status. Repeating the request with the same
        `merchant_refund_no` and the same parameters gives the existing refund with 200.

        ``merchant_refund_no``: The merchant's own number: unique per merchant for ever; ``reason``: Why, for the
        merchant's own records; ``metadata``: The caller's own notes: up to 50 keys, each value up to 500 code
        points.

        Error codes: idempotency_in_progress, merchant_number_conflict, payment_invalid_state, currency_mismatch,
        idempotency_key_reused, insufficient_balance, limit_exceeded, refund_exceeds_payment, unknown_field,
        validation_failed.
        """
        call = Call(
            operation=_CREATE,
            body={
                "payment_id": payment_id,
                "merchant_refund_no": merchant_refund_no,
                "amount": amount,
                "reason": reason,
                "metadata": metadata,
            },
            options=options,
        )
        return self._perform(call, models.Refund)

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        status: models.RefundStatus
        | Literal["canceled", "failed", "pending", "processing", "requires_action", "returned", "succeeded"]
        | UnsetType = UNSET,
        payment_id: str | UnsetType = UNSET,
        merchant_refund_no: str | UnsetType = UNSET,
        created_from: datetime | str | UnsetType = UNSET,
        created_to: datetime | str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.Refund]:
        """List refunds.

        Newest first. Filter by payment, status, number, time of creation and `metadata.<key>`.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``merchant_refund_no``: The merchant's own number: unique per merchant for ever;
        ``created_from``: Created at or after this time; ``created_to``: Created before this time; ``metadata``:
        Only objects whose metadata has these values: `metadata.cart=9`.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={
                "limit": limit,
                "cursor": cursor,
                "status": status,
                "payment_id": payment_id,
                "merchant_refund_no": merchant_refund_no,
                "created_from": created_from,
                "created_to": created_to,
                "metadata": metadata,
            },
            options=options,
        )
        return self._list(call, models.RefundPage)

    def get(
        self,
        refund_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Refund:
        """Get a refund.

        ``refund_id``: The id of the refund.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": refund_id},
            options=options,
        )
        return self._perform(call, models.Refund)

    def get_by_merchant_refund_no(
        self,
        merchant_refund_no: str,
        **options: Unpack[ReadOptions],
    ) -> models.Refund:
        """Get a refund by the merchant's own number.

        This is how an unknown outcome is resolved: ask for the number before trying again.

        ``merchant_refund_no``: The number that the merchant gave the refund.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET_BY_MERCHANT_REFUND_NO,
            path_values={"merchant_refund_no": merchant_refund_no},
            options=options,
        )
        return self._perform(call, models.Refund)


class RefundsWithRawResponse:
    """The operations of Refunds, giving a RawResponse."""

    def __init__(self, resource: Refunds) -> None:
        self.create = as_raw(resource.create)
        self.list = as_raw(resource.list)
        self.get = as_raw(resource.get)
        self.get_by_merchant_refund_no = as_raw(resource.get_by_merchant_refund_no)


class AsyncRefunds(AsyncResource):
    """Operations of `refunds`."""

    @cached_property
    def with_raw_response(self) -> AsyncRefundsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncRefundsWithRawResponse(AsyncRefunds(self._link, raw=True))

    async def create(
        self,
        *,
        payment_id: str,
        merchant_refund_no: str,
        amount: models.Amount | models.Money | params.AmountParam,
        reason: str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.Refund:
        """Create a refund.

        It draws on the merchant's available balance; the sum of a payment's refunds never exceeds what was
        captured. Some refunds are carried out later: follow the status. Repeating the request with the same
        `merchant_refund_no` and the same parameters gives the existing refund with 200.

        ``merchant_refund_no``: The merchant's own number: unique per merchant for ever; ``reason``: Why, for the
        merchant's own records; ``metadata``: The caller's own notes: up to 50 keys, each value up to 500 code
        points.

        Error codes: idempotency_in_progress, merchant_number_conflict, payment_invalid_state, currency_mismatch,
        idempotency_key_reused, insufficient_balance, limit_exceeded, refund_exceeds_payment, unknown_field,
        validation_failed.
        """
        call = Call(
            operation=_CREATE,
            body={
                "payment_id": payment_id,
                "merchant_refund_no": merchant_refund_no,
                "amount": amount,
                "reason": reason,
                "metadata": metadata,
            },
            options=options,
        )
        return await self._perform(call, models.Refund)

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        status: models.RefundStatus
        | Literal["canceled", "failed", "pending", "processing", "requires_action", "returned", "succeeded"]
        | UnsetType = UNSET,
        payment_id: str | UnsetType = UNSET,
        merchant_refund_no: str | UnsetType = UNSET,
        created_from: datetime | str | UnsetType = UNSET,
        created_to: datetime | str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.Refund]:
        """List refunds.

        Newest first. Filter by payment, status, number, time of creation and `metadata.<key>`.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``merchant_refund_no``: The merchant's own number: unique per merchant for ever;
        ``created_from``: Created at or after this time; ``created_to``: Created before this time; ``metadata``:
        Only objects whose metadata has these values: `metadata.cart=9`.

        Error codes: unknown_field, validation_failed.
        """
        call = Call(
            operation=_LIST,
            query={
                "limit": limit,
                "cursor": cursor,
                "status": status,
                "payment_id": payment_id,
                "merchant_refund_no": merchant_refund_no,
                "created_from": created_from,
                "created_to": created_to,
                "metadata": metadata,
            },
            options=options,
        )
        return self._list(call, models.RefundPage)

    async def get(
        self,
        refund_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Refund:
        """Get a refund.

        ``refund_id``: The id of the refund.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": refund_id},
            options=options,
        )
        return await self._perform(call, models.Refund)

    async def get_by_merchant_refund_no(
        self,
        merchant_refund_no: str,
        **options: Unpack[ReadOptions],
    ) -> models.Refund:
        """Get a refund by the merchant's own number.

        This is how an unknown outcome is resolved: ask for the number before trying again.

        ``merchant_refund_no``: The number that the merchant gave the refund.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET_BY_MERCHANT_REFUND_NO,
            path_values={"merchant_refund_no": merchant_refund_no},
            options=options,
        )
        return await self._perform(call, models.Refund)


class AsyncRefundsWithRawResponse:
    """The operations of AsyncRefunds, giving a RawResponse."""

    def __init__(self, resource: AsyncRefunds) -> None:
        self.create = as_async_raw(resource.create)
        self.list = as_async_raw_list(resource.list)
        self.get = as_async_raw(resource.get)
        self.get_by_merchant_refund_no = as_async_raw(resource.get_by_merchant_refund_no)
