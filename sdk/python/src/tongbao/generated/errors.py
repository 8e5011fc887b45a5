# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Errors by code; each derives from the class of its status."""

from collections.abc import Mapping
from typing import Final

from tongbao._errors import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    HeadersTooLargeError,
    MethodNotAllowedError,
    MisdirectedRequestError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnprocessableError,
    UnsupportedMediaTypeError,
)

__all__ = [
    "BY_CODE",
    "ApiVersionUnknownError",
    "BodyTooLargeError",
    "ClientDisabledError",
    "CurrencyMismatchError",
    "IdempotencyInProgressError",
    "IdempotencyKeyMissingError",
    "IdempotencyKeyReusedError",
    "InsufficientBalanceError",
    "InsufficientScopeError",
    "InternalError",
    "InvalidCursorError",
    "InvalidHeaderError",
    "InvalidJsonError",
    "InvalidParameterError",
    "LimitExceededError",
    "MerchantNumberConflictError",
    "OnBehalfOfNotAllowedError",
    "OutcomeUnknownError",
    "OverloadedError",
    "PaymentInvalidStateError",
    "RateLimitedError",
    "RefundExceedsPaymentError",
    "RequestTimeoutError",
    "ReturnUrlNotRegisteredError",
    "SignatureExpiredError",
    "SignatureInvalidError",
    "SignatureKeyUnknownError",
    "SignatureMalformedError",
    "SignatureMissingError",
    "SignatureReplayedError",
    "TokenExpiredError",
    "TokenInvalidError",
    "TokenMissingError",
    "UnknownFieldError",
    "ValidationFailedError",
    "WebhookUrlNotAllowedError",
]


class ApiVersionUnknownError(BadRequestError):
    """The code is `api_version_unknown`, the status 400."""


class BodyTooLargeError(PayloadTooLargeError):
    """The code is `body_too_large`, the status 413."""


class ClientDisabledError(AuthenticationError):
    """The code is `client_disabled`, the status 401."""


class CurrencyMismatchError(UnprocessableError):
    """The code is `currency_mismatch`, the status 422."""


class IdempotencyInProgressError(ConflictError):
    """The code is `idempotency_in_progress`, the status 409."""


class IdempotencyKeyMissingError(BadRequestError):
    """The code is `idempotency_key_missing`, the status 400."""


class IdempotencyKeyReusedError(UnprocessableError):
    """The code is `idempotency_key_reused`, the status 422."""


class InsufficientBalanceError(UnprocessableError):
    """The code is `insufficient_balance`, the status 422."""


class InsufficientScopeError(PermissionDeniedError):
    """The code is `insufficient_scope`, the status 403."""


class InternalError(ServerError):
    """The code is `internal_error`, the status 500."""


class InvalidCursorError(BadRequestError):
    """The code is `invalid_cursor`, the status 400."""


class InvalidHeaderError(BadRequestError):
    """The code is `invalid_header`, the status 400."""


class InvalidJsonError(BadRequestError):
    """The code is `invalid_json`, the status 400."""


class InvalidParameterError(BadRequestError):
    """The code is `invalid_parameter`, the status 400."""


class LimitExceededError(UnprocessableError):
    """The code is `limit_exceeded`, the status 422."""


class MerchantNumberConflictError(ConflictError):
    """The code is `merchant_number_conflict`, the status 409."""


class OnBehalfOfNotAllowedError(PermissionDeniedError):
    """The code is `on_behalf_of_not_allowed`, the status 403."""


class OutcomeUnknownError(ServerError):
    """The code is `outcome_unknown`, the status 503."""


class OverloadedError(ServerError):
    """The code is `overloaded`, the status 503."""


class PaymentInvalidStateError(ConflictError):
    """The code is `payment_invalid_state`, the status 409."""


class RateLimitedError(RateLimitError):
    """The code is `rate_limited`, the status 429."""


class RefundExceedsPaymentError(UnprocessableError):
    """The code is `refund_exceeds_payment`, the status 422."""


class RequestTimeoutError(APIStatusError):
    """The code is `request_timeout`, the status 408."""


class ReturnUrlNotRegisteredError(UnprocessableError):
    """The code is `return_url_not_registered`, the status 422."""


class SignatureExpiredError(AuthenticationError):
    """The code is `signature_expired`, the status 401."""


class SignatureInvalidError(AuthenticationError):
    """The code is `signature_invalid`, the status 401."""


class SignatureKeyUnknownError(AuthenticationError):
    """The code is `signature_key_unknown`, the status 401."""


class SignatureMalformedError(AuthenticationError):
    """The code is `signature_malformed`, the status 401."""


class SignatureMissingError(AuthenticationError):
    """The code is `signature_missing`, the status 401."""


class SignatureReplayedError(AuthenticationError):
    """The code is `signature_replayed`, the status 401."""


class TokenExpiredError(AuthenticationError):
    """The code is `token_expired`, the status 401."""


class TokenInvalidError(AuthenticationError):
    """The code is `token_invalid`, the status 401."""


class TokenMissingError(AuthenticationError):
    """The code is `token_missing`, the status 401."""


class UnknownFieldError(UnprocessableError):
    """The code is `unknown_field`, the status 422."""


class ValidationFailedError(UnprocessableError):
    """The code is `validation_failed`, the status 422."""


class WebhookUrlNotAllowedError(UnprocessableError):
    """The code is `webhook_url_not_allowed`, the status 422."""


BY_CODE: Final[Mapping[str, type[APIStatusError]]] = {
    "api_version_unknown": ApiVersionUnknownError,
    "body_too_large": BodyTooLargeError,
    "client_disabled": ClientDisabledError,
    "currency_mismatch": CurrencyMismatchError,
    "headers_too_large": HeadersTooLargeError,
    "idempotency_in_progress": IdempotencyInProgressError,
    "idempotency_key_missing": IdempotencyKeyMissingError,
    "idempotency_key_reused": IdempotencyKeyReusedError,
    "insufficient_balance": InsufficientBalanceError,
    "insufficient_scope": InsufficientScopeError,
    "internal_error": InternalError,
    "invalid_cursor": InvalidCursorError,
    "invalid_header": InvalidHeaderError,
    "invalid_json": InvalidJsonError,
    "invalid_parameter": InvalidParameterError,
    "limit_exceeded": LimitExceededError,
    "merchant_number_conflict": MerchantNumberConflictError,
    "method_not_allowed": MethodNotAllowedError,
    "misdirected_request": MisdirectedRequestError,
    "not_found": NotFoundError,
    "on_behalf_of_not_allowed": OnBehalfOfNotAllowedError,
    "outcome_unknown": OutcomeUnknownError,
    "overloaded": OverloadedError,
    "payment_invalid_state": PaymentInvalidStateError,
    "rate_limited": RateLimitedError,
    "refund_exceeds_payment": RefundExceedsPaymentError,
    "request_timeout": RequestTimeoutError,
    "return_url_not_registered": ReturnUrlNotRegisteredError,
    "signature_expired": SignatureExpiredError,
    "signature_invalid": SignatureInvalidError,
    "signature_key_unknown": SignatureKeyUnknownError,
    "signature_malformed": SignatureMalformedError,
    "signature_missing": SignatureMissingError,
    "signature_replayed": SignatureReplayedError,
    "token_expired": TokenExpiredError,
    "token_invalid": TokenInvalidError,
    "token_missing": TokenMissingError,
    "unknown_field": UnknownFieldError,
    "unsupported_media_type": UnsupportedMediaTypeError,
    "validation_failed": ValidationFailedError,
    "webhook_url_not_allowed": WebhookUrlNotAllowedError,
}
