"""Tongbao: the Python SDK of the Tongbao payments API.

    from tongbao import Tongbao

    client = Tongbao.from_sandbox("var/sandbox.json")
    payment = client.payments.create(
        merchant_order_no="20261122-0001",
        amount={"value": 1999, "currency": "CNY"},
        description="Two coffees",
        method={"type": "h5", "return_url": "https://m.shop.example/done"},
    )

Everything in ``__all__`` is public; modules whose names start with an underscore are not. Models are in
``tongbao.models``, dictionaries to send in ``tongbao.params``, errors by code in ``tongbao.errors``.
"""

from tongbao import errors, webhooks
from tongbao._client import AsyncTongbao, Tongbao
from tongbao._clock import Environment
from tongbao._errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConnectionFailed,
    ConnectionTimedOut,
    FieldProblem,
    NotFoundError,
    OutcomeUnknown,
    PermissionDeniedError,
    RateLimitError,
    ResponseFacts,
    ResponseSignatureError,
    ServerError,
    ServerOutcomeUnknown,
    SignatureError,
    TokenError,
    TongbaoError,
    UnexpectedResponse,
    UnprocessableError,
)
from tongbao._event import UnknownEvent
from tongbao._keys import Signer, load_private_key
from tongbao._open import OpenEnum, UnknownVariant
from tongbao._options import AsyncClientSettings, ClientSettings, DefaultOptions, ReadOptions, RequestOptions
from tongbao._page import AsyncList, AsyncPage, Page
from tongbao._payment_return import PaymentReturn
from tongbao._raw_response import RawResponse
from tongbao._request_signature import RequestSigner, SignedRequest
from tongbao._version import VERSION
from tongbao.generated import models, params
from tongbao.generated.events import WebhookEvent

__version__ = VERSION

__all__ = [
    "APIStatusError",
    "AsyncClientSettings",
    "AsyncList",
    "AsyncPage",
    "AsyncTongbao",
    "AuthenticationError",
    "BadRequestError",
    "ClientSettings",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailed",
    "ConnectionTimedOut",
    "DefaultOptions",
    "Environment",
    "FieldProblem",
    "NotFoundError",
    "OpenEnum",
    "OutcomeUnknown",
    "Page",
    "PaymentReturn",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "ReadOptions",
    "RequestOptions",
    "RequestSigner",
    "ResponseFacts",
    "ResponseSignatureError",
    "ServerError",
    "ServerOutcomeUnknown",
    "SignatureError",
    "SignedRequest",
    "Signer",
    "TokenError",
    "Tongbao",
    "TongbaoError",
    "UnexpectedResponse",
    "UnknownEvent",
    "UnknownVariant",
    "UnprocessableError",
    "WebhookEvent",
    "__version__",
    "errors",
    "load_private_key",
    "models",
    "params",
    "webhooks",
]
