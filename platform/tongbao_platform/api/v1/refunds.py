"""Refunds: the wire structs, how a refund is shown, and the operations."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tongbao_platform.api.reading import NOT_FOUND, Listing, ListQuery, Position, found, page
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.values import (
    END,
    Amount,
    Livemode,
    MerchantId,
    MerchantNo,
    Metadata,
    Money,
    PaymentId,
    RefundId,
    Revision,
    Timestamp,
    TimestampInput,
    instant_or_none,
    path_id,
    shown,
)
from tongbao_platform.api.writing import Shown, run
from tongbao_platform.domain.refunds import create as create_refund
from tongbao_platform.domain.refunds import get as refund_get
from tongbao_platform.domain.refunds import list as refund_list
from tongbao_platform.domain.refunds.filters import RefundFilter, RefundPosition
from tongbao_platform.domain.refunds.model import Refund as RefundModel
from tongbao_platform.http.decode import Decoder
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec, PathParameter
from tongbao_platform.http.query import QueryDecoder
from tongbao_platform.kernel.clock import Instant, format_instant
from tongbao_platform.kernel.errors import Refusal

Status = Annotated[
    Literal["pending", "processing", "succeeded", "failed", "requires_action", "canceled", "returned"],
    Meta(title="RefundStatus", description="Where the refund is in its life cycle."),
]
Reason = Annotated[str, Meta(min_length=1, max_length=256, description="Why, for the merchant's own records.")]


class RefundCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a refund is created from."""

    payment_id: PaymentId
    merchant_refund_no: MerchantNo
    amount: Amount
    reason: Reason | UnsetType = UNSET
    metadata: Metadata = {}


class RefundError(msgspec.Struct, frozen=True):
    """Why a refund failed or came back: a stable `code` and a sentence for people."""

    code: str
    message: str


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back to the payer of one payment."""

    id: RefundId
    object: Literal["refund"]
    livemode: Livemode
    revision: Revision
    status: Status
    merchant_id: MerchantId
    payment_id: PaymentId
    merchant_refund_no: str
    amount: Money
    reason: str | None
    metadata: dict[str, str]
    fee_returned: Annotated[Money, Meta(description="The part of the payment's fee that the merchant gets back.")]
    last_error: RefundError | None
    created_at: Timestamp
    succeeded_at: Timestamp | None


class RefundPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of refunds, newest first."""

    data: list[Refund]
    has_more: bool
    next_cursor: str | None


class RefundQuery(ListQuery, frozen=True, kw_only=True):
    """Filters of the list of refunds."""

    status: Status | None = None
    payment_id: PaymentId | None = None
    merchant_refund_no: MerchantNo | None = None
    created_from: Annotated[TimestampInput, Meta(description="Created at or after this time.")] | None = None
    created_to: Annotated[TimestampInput, Meta(description="Created before this time.")] | None = None


def render_refund(refund: RefundModel) -> Refund:
    """Show ``refund`` to its merchant."""
    error = refund.last_error
    return Refund(
        id=refund.id,
        object="refund",
        livemode=refund.livemode,
        revision=refund.revision,
        status=refund.status,
        merchant_id=refund.merchant_id,
        payment_id=refund.payment_id,
        merchant_refund_no=refund.merchant_refund_no,
        amount=Money(refund.amount_minor, refund.currency),
        reason=refund.reason,
        metadata=refund.metadata,
        fee_returned=Money(refund.fee_returned_minor, refund.currency),
        last_error=None if error is None else RefundError(error.code, error.message),
        created_at=format_instant(refund.created_at),
        succeeded_at=shown(refund.succeeded_at),
    )


_CREATE: Final = Decoder(RefundCreate)
_LIST: Final = QueryDecoder(RefundQuery, metadata_filter=True)


async def create(exchange: Exchange, services: ApiServices) -> Response:
    """Create a refund.

    It draws on the merchant's available balance; the sum of a payment's refunds never exceeds what was captured. Some
    refunds are carried out later: follow the status. Repeating the request with the same `merchant_refund_no` and the
    same parameters gives the existing refund with 200.
    """
    body = _CREATE.decode(exchange.body)
    if isinstance(body, Refusal):
        return exchange.refuse(body)
    caller = exchange.require_caller()
    command = create_refund.CreateRefund(
        refund_id=services.ids.new("ref"),
        merchant_id=caller.merchant_id,
        client_id=caller.client_id,
        payment_id=body.payment_id,
        merchant_refund_no=body.merchant_refund_no,
        amount_minor=body.amount.value,
        currency=body.amount.currency,
        reason=body.reason or None,
        metadata=body.metadata,
    )
    return await run(exchange, services, create_refund, command, _show_created)


async def list_refunds(exchange: Exchange, services: ApiServices) -> Response:
    """List refunds.

    Newest first. Filter by payment, status, number, time of creation and `metadata.<key>`.
    """
    query = _LIST.decode(exchange.query)
    if isinstance(query, Refusal):
        return exchange.refuse(query)
    merchant_id = exchange.require_caller().merchant_id
    values = query.values
    wanted = RefundFilter(
        status=values.status,
        created_from=instant_or_none(values.created_from),
        created_to=instant_or_none(values.created_to),
        payment_id=values.payment_id,
        merchant_refund_no=values.merchant_refund_no,
        metadata=query.metadata,
    )

    async def fetch(after: Position | None, limit: int) -> list[RefundModel]:
        behind = None if after is None else RefundPosition(Instant(int(after[0])), str(after[1]))
        return await refund_list.list_refunds(services.reader, merchant_id, wanted, behind, limit)

    listing = Listing(fetch, lambda refund: (refund.created_at, refund.id), render_refund)
    return await page(exchange, services, query, listing)


async def get(exchange: Exchange, services: ApiServices) -> Response:
    """Get a refund."""
    merchant_id = exchange.require_caller().merchant_id
    refund = await refund_get.get(services.reader, merchant_id, exchange.path_values["id"])
    return exchange.refuse(NOT_FOUND) if refund is None else found(render_refund(refund))


async def get_by_merchant_refund_no(exchange: Exchange, services: ApiServices) -> Response:
    """Get a refund by the merchant's own number.

    This is how an unknown outcome is resolved: ask for the number before trying again.
    """
    merchant_id = exchange.require_caller().merchant_id
    number = exchange.path_values["merchant_refund_no"]
    refund = await refund_get.get_by_merchant_refund_no(services.reader, merchant_id, number)
    return exchange.refuse(NOT_FOUND) if refund is None else found(render_refund(refund))


def _show_created(result: create_refund.CreatedRefund) -> Shown:
    refund = render_refund(result.refund)
    return Shown(refund) if result.existing else Shown(refund, 201, f"/v1/refunds/{refund.id}")


OPERATIONS = (
    OperationSpec(
        method="POST",
        path="/v1/refunds",
        operation_id="refunds.create",
        scope="refunds:write",
        tag="refunds",
        handler=create,
        body=RefundCreate,
        result=Refund,
        statuses={201: "The refund was created.", 200: "The refund with this number and these parameters exists."},
        refusals=(
            "merchant_number_conflict",
            "payment_invalid_state",
            "refund_exceeds_payment",
            "insufficient_balance",
            "currency_mismatch",
            "limit_exceeded",
        ),
        events=("refund.created", "refund.succeeded", "refund.failed", "refund.returned"),
    ),
    OperationSpec(
        method="GET",
        path="/v1/refunds",
        operation_id="refunds.list",
        scope="refunds:read",
        tag="refunds",
        handler=list_refunds,
        query=RefundQuery,
        metadata_filter=True,
        result=RefundPage,
        statuses={200: "A page of refunds."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/refunds/{id}",
        operation_id="refunds.get",
        scope="refunds:read",
        tag="refunds",
        handler=get,
        path_parameters=path_id("ref", "refund"),
        result=Refund,
        statuses={200: "The refund."},
    ),
    OperationSpec(
        method="GET",
        path="/v1/refunds/by-merchant-refund-no/{merchant_refund_no}",
        operation_id="refunds.get_by_merchant_refund_no",
        scope="refunds:read",
        tag="refunds",
        handler=get_by_merchant_refund_no,
        path_parameters={
            "merchant_refund_no": PathParameter(
                "^[A-Za-z0-9_-]{1,64}" + END, "The number that the merchant gave the refund.", "R-20261122-0001"
            )
        },
        result=Refund,
        statuses={200: "The refund."},
    ),
)
