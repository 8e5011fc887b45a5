# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Operations of `payments`."""

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
    operation_id="payments.create",
    method="POST",
    path="/v1/payments",
    idempotent=True,
    has_body=True,
    number_field="merchant_order_no",
    resolve_with="payments.get_by_merchant_order_no",
    resolve_argument="merchant_order_no",
)

_LIST: Final = Operation(
    operation_id="payments.list",
    method="GET",
    path="/v1/payments",
)

_GET: Final = Operation(
    operation_id="payments.get",
    method="GET",
    path="/v1/payments/{id}",
)

_CAPTURE: Final = Operation(
    operation_id="payments.capture",
    method="POST",
    path="/v1/payments/{id}/capture",
    idempotent=True,
    has_body=True,
    resolve_with="payments.get",
    resolve_argument="id",
)

_CLEARING: Final = Operation(
    operation_id="payments.clearing",
    method="GET",
    path="/v1/payments/{id}/clearing",
)

_CLOSE: Final = Operation(
    operation_id="payments.close",
    method="POST",
    path="/v1/payments/{id}/close",
    idempotent=True,
    resolve_with="payments.get",
    resolve_argument="id",
)

_GET_BY_MERCHANT_ORDER_NO: Final = Operation(
    operation_id="payments.get_by_merchant_order_no",
    method="GET",
    path="/v1/payments/by-merchant-order-no/{merchant_order_no}",
)

_VOID: Final = Operation(
    operation_id="payments.void",
    method="POST",
    path="/v1/payments/{id}/void",
    idempotent=True,
    resolve_with="payments.get",
    resolve_argument="id",
)


class Payments(Resource):
    """Operations of `payments`."""

    @cached_property
    def with_raw_response(self) -> PaymentsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return PaymentsWithRawResponse(Payments(self._link, raw=True))

    def create(
        self,
        *,
        merchant_order_no: str,
        amount: models.Amount | models.Money | params.AmountParam,
        method: models.AccountMethodInput
        | models.H5MethodInput
        | params.AccountMethodInputParam
        | params.H5MethodInputParam,
        description: str | UnsetType = UNSET,
        capture_method: models.CaptureMethod | Literal["automatic", "manual"] | UnsetType = UNSET,
        expires_at: datetime | str | UnsetType = UNSET,
        scene: models.SceneInput | params.SceneInputParam | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Create a payment.

        An `h5` payment answers with `next_action`: send the payer's browser to its `url`. An `account` payment is
        posted at once; without funds it is stored with status `failed` and `last_error`, which is not an HTTP
        error. With `capture_method` `manual` the money is held instead (`authorized`) until the payee captures or
        voids it. Repeating the request with the same `merchant_order_no` and the same parameters gives the existing
        payment with 200.

        ``merchant_order_no``: The merchant's own number: unique per merchant for ever; ``description``: What is
        paid for, as the payer reads it; ``expires_at``: When an unpaid payment ends; ``metadata``: The caller's own
        notes: up to 50 keys, each value up to 500 code points.

        Error codes: idempotency_in_progress, merchant_number_conflict, currency_mismatch, idempotency_key_reused,
        limit_exceeded, return_url_not_registered, unknown_field, validation_failed.
        """
        call = Call(
            operation=_CREATE,
            body={
                "merchant_order_no": merchant_order_no,
                "amount": amount,
                "method": method,
                "description": description,
                "capture_method": capture_method,
                "expires_at": expires_at,
                "scene": scene,
                "metadata": metadata,
            },
            options=options,
        )
        return self._perform(call, models.Payment)

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        status: models.PaymentStatus
        | Literal[
            "authorized", "canceled", "expired", "failed", "processing", "requires_action", "reversing", "succeeded"
        ]
        | UnsetType = UNSET,
        merchant_order_no: str | UnsetType = UNSET,
        created_from: datetime | str | UnsetType = UNSET,
        created_to: datetime | str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> Page[models.Payment]:
        """List payments.

        Newest first, those that the caller receives and those that it pays. Filter by status, number, time of
        creation and `metadata.<key>`.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``merchant_order_no``: The merchant's own number: unique per merchant for ever;
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
                "merchant_order_no": merchant_order_no,
                "created_from": created_from,
                "created_to": created_to,
                "metadata": metadata,
            },
            options=options,
        )
        return self._list(call, models.PaymentPage)

    def get(
        self,
        payment_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Payment:
        """Get a payment.

        ``payment_id``: The id of the payment.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": payment_id},
            options=options,
        )
        return self._perform(call, models.Payment)

    def capture(
        self,
        payment_id: str,
        *,
        amount: models.Amount | models.Money | params.AmountParam | UnsetType = UNSET,
        final: bool | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Capture a payment.

        Takes the whole authorized amount, or a part of it, before `capture_before`. Unless `final` is false the
        rest goes back to the payer and the payment is `succeeded`; with false it stays `authorized` until nothing
        is left. The fee is taken with each part, and adds up to the fee of the sum. Only the payee captures.

        ``payment_id``: The id of the payment; ``amount``: At most `amount_capturable`; without it all that is left;
        ``final``: Whether the rest goes back to the payer; with false, more may be captured later.

        Error codes: not_found, idempotency_in_progress, payment_invalid_state, currency_mismatch,
        idempotency_key_reused, limit_exceeded, unknown_field, validation_failed.
        """
        call = Call(
            operation=_CAPTURE,
            path_values={"id": payment_id},
            body={"amount": amount, "final": final},
            options=options,
        )
        return self._perform(call, models.Payment)

    def clearing(
        self,
        payment_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.PaymentClearing:
        """Show how a payment was cleared.

        The bank's own sequence with its times: funds checked and held, each transfer that moved money, the release
        of what was left, and the events, each with its deliveries to the caller's endpoints. Payee and payer each
        see their own transactions and deliveries.

        ``payment_id``: The id of the payment.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_CLEARING,
            path_values={"id": payment_id},
            options=options,
        )
        return self._perform(call, models.PaymentClearing)

    def close(
        self,
        payment_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Close a payment.

        A payment that nobody has paid becomes `canceled` and its checkout ends. Closing a closed one answers 200
        with it.

        ``payment_id``: The id of the payment.

        Error codes: not_found, idempotency_in_progress, payment_invalid_state, idempotency_key_reused,
        unknown_field, validation_failed.
        """
        call = Call(
            operation=_CLOSE,
            path_values={"id": payment_id},
            options=options,
        )
        return self._perform(call, models.Payment)

    def get_by_merchant_order_no(
        self,
        merchant_order_no: str,
        **options: Unpack[ReadOptions],
    ) -> models.Payment:
        """Get a payment by the merchant's own number.

        This is how an unknown outcome is resolved: ask for the number before trying again. Only the merchant that
        created the payment finds it here.

        ``merchant_order_no``: The number that the merchant gave the payment.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET_BY_MERCHANT_ORDER_NO,
            path_values={"merchant_order_no": merchant_order_no},
            options=options,
        )
        return self._perform(call, models.Payment)

    def void(
        self,
        payment_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Void a payment.

        Gives what is still held back to the payer, before `capture_before`. The payment is `canceled`, or
        `succeeded` with what was captured before. Only the payee voids.

        ``payment_id``: The id of the payment.

        Error codes: not_found, idempotency_in_progress, payment_invalid_state, idempotency_key_reused,
        unknown_field, validation_failed.
        """
        call = Call(
            operation=_VOID,
            path_values={"id": payment_id},
            options=options,
        )
        return self._perform(call, models.Payment)


class PaymentsWithRawResponse:
    """The operations of Payments, giving a RawResponse."""

    def __init__(self, resource: Payments) -> None:
        self.create = as_raw(resource.create)
        self.list = as_raw(resource.list)
        self.get = as_raw(resource.get)
        self.capture = as_raw(resource.capture)
        self.clearing = as_raw(resource.clearing)
        self.close = as_raw(resource.close)
        self.get_by_merchant_order_no = as_raw(resource.get_by_merchant_order_no)
        self.void = as_raw(resource.void)


class AsyncPayments(AsyncResource):
    """Operations of `payments`."""

    @cached_property
    def with_raw_response(self) -> AsyncPaymentsWithRawResponse:
        """The same operations, giving status, headers and octets beside the object."""
        return AsyncPaymentsWithRawResponse(AsyncPayments(self._link, raw=True))

    async def create(
        self,
        *,
        merchant_order_no: str,
        amount: models.Amount | models.Money | params.AmountParam,
        method: models.AccountMethodInput
        | models.H5MethodInput
        | params.AccountMethodInputParam
        | params.H5MethodInputParam,
        description: str | UnsetType = UNSET,
        capture_method: models.CaptureMethod | Literal["automatic", "manual"] | UnsetType = UNSET,
        expires_at: datetime | str | UnsetType = UNSET,
        scene: models.SceneInput | params.SceneInputParam | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Create a payment.

        An `h5` payment answers with `next_action`: send the payer's browser to its `url`. An `account` payment is
        posted at once; without funds it is stored with status `failed` and `last_error`, which is not an HTTP
        error. With `capture_method` `manual` the money is held instead (`authorized`) until the payee captures or
        voids it. Repeating the request with the same `merchant_order_no` and the same parameters gives the existing
        payment with 200.

        ``merchant_order_no``: The merchant's own number: unique per merchant for ever; ``description``: What is
        paid for, as the payer reads it; ``expires_at``: When an unpaid payment ends; ``metadata``: The caller's own
        notes: up to 50 keys, each value up to 500 code points.

        Error codes: idempotency_in_progress, merchant_number_conflict, currency_mismatch, idempotency_key_reused,
        limit_exceeded, return_url_not_registered, unknown_field, validation_failed.
        """
        call = Call(
            operation=_CREATE,
            body={
                "merchant_order_no": merchant_order_no,
                "amount": amount,
                "method": method,
                "description": description,
                "capture_method": capture_method,
                "expires_at": expires_at,
                "scene": scene,
                "metadata": metadata,
            },
            options=options,
        )
        return await self._perform(call, models.Payment)

    def list(
        self,
        *,
        limit: int | UnsetType = UNSET,
        cursor: str | UnsetType = UNSET,
        status: models.PaymentStatus
        | Literal[
            "authorized", "canceled", "expired", "failed", "processing", "requires_action", "reversing", "succeeded"
        ]
        | UnsetType = UNSET,
        merchant_order_no: str | UnsetType = UNSET,
        created_from: datetime | str | UnsetType = UNSET,
        created_to: datetime | str | UnsetType = UNSET,
        metadata: Mapping[str, str] | UnsetType = UNSET,
        **options: Unpack[ReadOptions],
    ) -> AsyncList[models.Payment]:
        """List payments.

        Newest first, those that the caller receives and those that it pays. Filter by status, number, time of
        creation and `metadata.<key>`.

        ``limit``: How many objects a page holds at most; ``cursor``: `next_cursor` of the page before; with the
        same filters only; ``merchant_order_no``: The merchant's own number: unique per merchant for ever;
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
                "merchant_order_no": merchant_order_no,
                "created_from": created_from,
                "created_to": created_to,
                "metadata": metadata,
            },
            options=options,
        )
        return self._list(call, models.PaymentPage)

    async def get(
        self,
        payment_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.Payment:
        """Get a payment.

        ``payment_id``: The id of the payment.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET,
            path_values={"id": payment_id},
            options=options,
        )
        return await self._perform(call, models.Payment)

    async def capture(
        self,
        payment_id: str,
        *,
        amount: models.Amount | models.Money | params.AmountParam | UnsetType = UNSET,
        final: bool | UnsetType = UNSET,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Capture a payment.

        Takes the whole authorized amount, or a part of it, before `capture_before`. Unless `final` is false the
        rest goes back to the payer and the payment is `succeeded`; with false it stays `authorized` until nothing
        is left. The fee is taken with each part, and adds up to the fee of the sum. Only the payee captures.

        ``payment_id``: The id of the payment; ``amount``: At most `amount_capturable`; without it all that is left;
        ``final``: Whether the rest goes back to the payer; with false, more may be captured later.

        Error codes: not_found, idempotency_in_progress, payment_invalid_state, currency_mismatch,
        idempotency_key_reused, limit_exceeded, unknown_field, validation_failed.
        """
        call = Call(
            operation=_CAPTURE,
            path_values={"id": payment_id},
            body={"amount": amount, "final": final},
            options=options,
        )
        return await self._perform(call, models.Payment)

    async def clearing(
        self,
        payment_id: str,
        **options: Unpack[ReadOptions],
    ) -> models.PaymentClearing:
        """Show how a payment was cleared.

        The bank's own sequence with its times: funds checked and held, each transfer that moved money, the release
        of what was left, and the events, each with its deliveries to the caller's endpoints. Payee and payer each
        see their own transactions and deliveries.

        ``payment_id``: The id of the payment.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_CLEARING,
            path_values={"id": payment_id},
            options=options,
        )
        return await self._perform(call, models.PaymentClearing)

    async def close(
        self,
        payment_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Close a payment.

        A payment that nobody has paid becomes `canceled` and its checkout ends. Closing a closed one answers 200
        with it.

        ``payment_id``: The id of the payment.

        Error codes: not_found, idempotency_in_progress, payment_invalid_state, idempotency_key_reused,
        unknown_field, validation_failed.
        """
        call = Call(
            operation=_CLOSE,
            path_values={"id": payment_id},
            options=options,
        )
        return await self._perform(call, models.Payment)

    async def get_by_merchant_order_no(
        self,
        merchant_order_no: str,
        **options: Unpack[ReadOptions],
    ) -> models.Payment:
        """Get a payment by the merchant's own number.

        This is how an unknown outcome is resolved: ask for the number before trying again. Only the merchant that
        created the payment finds it here.

        ``merchant_order_no``: The number that the merchant gave the payment.

        Error codes: not_found, unknown_field, validation_failed.
        """
        call = Call(
            operation=_GET_BY_MERCHANT_ORDER_NO,
            path_values={"merchant_order_no": merchant_order_no},
            options=options,
        )
        return await self._perform(call, models.Payment)

    async def void(
        self,
        payment_id: str,
        **options: Unpack[RequestOptions],
    ) -> models.Payment:
        """Void a payment.

        Gives what is still held back to the payer, before `capture_before`. The payment is `canceled`, or
        `succeeded` with what was captured before. Only the payee voids.

        ``payment_id``: The id of the payment.

        Error codes: not_found, idempotency_in_progress, payment_invalid_state, idempotency_key_reused,
        unknown_field, validation_failed.
        """
        call = Call(
            operation=_VOID,
            path_values={"id": payment_id},
            options=options,
        )
        return await self._perform(call, models.Payment)


class AsyncPaymentsWithRawResponse:
    """The operations of AsyncPayments, giving a RawResponse."""

    def __init__(self, resource: AsyncPayments) -> None:
        self.create = as_async_raw(resource.create)
        self.list = as_async_raw_list(resource.list)
        self.get = as_async_raw(resource.get)
        self.capture = as_async_raw(resource.capture)
        self.clearing = as_async_raw(resource.clearing)
        self.close = as_async_raw(resource.close)
        self.get_by_merchant_order_no = as_async_raw(resource.get_by_merchant_order_no)
        self.void = as_async_raw(resource.void)
