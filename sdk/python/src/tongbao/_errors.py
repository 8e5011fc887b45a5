"""What can go wrong, as exceptions. Every one is a ``TongbaoError``.

Errors by ``code`` (``PaymentInvalidStateError``, …) are generated from the API's document and derive from the classes
by status here.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec


class TongbaoError(Exception):
    """Base of everything this package raises on its own account."""


class ConfigurationError(TongbaoError, ValueError):
    """The client was set up wrongly, or the issuer's metadata does not fit the configuration. Nothing was sent."""


class ConnectionFailed(TongbaoError):
    """No answer arrived, and nothing can have happened: the request was a read, or it surely was not sent."""


class ConnectionTimedOut(ConnectionFailed):
    """As ``ConnectionFailed``, because the time was up."""


class TokenError(TongbaoError):
    """The authorization server gave no access token (RFC 6749 section 5.2). Nothing was sent to the API."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{status} {error}: {description}" if description else f"{status} {error}")
        self.status = status
        self.error = error
        self.description = description


class SignatureError(TongbaoError):
    """A webhook or a return result is not what the issuer signed, or it is malformed, too old or for somebody else."""


class ResponseSignatureError(TongbaoError):
    """The answer to a read is not signed by the issuer. ``response`` must not be believed."""

    def __init__(self, message: str, response: "ResponseFacts") -> None:
        super().__init__(message)
        self.response = response


class UnexpectedResponse(TongbaoError):
    """The issuer's answer does not have the form this version of the SDK can read.

    For a write this is *not* "not done": a signed 2xx means it was done. ``response`` holds status, headers and body.
    """

    def __init__(self, message: str, response: "ResponseFacts") -> None:
        super().__init__(message)
        self.response = response

    @property
    def request_id(self) -> str | None:
        """The server's name for the request."""
        return self.response.request_id


class ResponseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came: status, header fields (lower-case names) and body octets."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str | None:
        """The ``Request-Id`` header."""
        return self.headers.get("request-id")


class WriteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What identifies a write whose outcome is not known.

    ``operation_id`` e.g. ``payments.create``; ``merchant_number_field`` and ``merchant_number`` e.g.
    ``merchant_order_no`` and its value, or None for operations without one; ``resolve_with`` the call that tells, e.g.
    ``client.payments.get_by_merchant_order_no('A-1')``.
    """

    operation_id: str
    idempotency_key: str | None
    merchant_number_field: str | None = None
    merchant_number: str | None = None
    resolve_with: str | None = None


class OutcomeUnknown(TongbaoError):
    """A write may or may not have been done. Never treat this as "not done".

    ``how_to_resolve`` says what to do; ``merchant_number`` and ``idempotency_key`` identify the write; ``reason`` says
    why the outcome is unknown, ``__cause__`` is the error behind it, if any.
    """

    # Class-level defaults let ServerOutcomeUnknown be both this and a status error.
    _write: WriteFacts = WriteFacts(operation_id="", idempotency_key=None)
    reason: str = ""

    def __init__(self, reason: str, write: WriteFacts) -> None:
        super().__init__(f"the outcome of {write.operation_id} is unknown: {reason}. {_advice(write)}")
        self.reason = reason
        self._write = write

    @property
    def operation_id(self) -> str:
        """The operation, e.g. ``payments.create``."""
        return self._write.operation_id

    @property
    def idempotency_key(self) -> str | None:
        """The key all attempts shared; a new call with it and the same arguments is safe for 7 days."""
        return self._write.idempotency_key

    @property
    def merchant_number_field(self) -> str | None:
        """The name of the merchant's own number, e.g. ``merchant_order_no``."""
        return self._write.merchant_number_field

    @property
    def merchant_number(self) -> str | None:
        """The merchant's own number in this write."""
        return self._write.merchant_number

    @property
    def resolve_with(self) -> str | None:
        """The call that tells what happened."""
        return self._write.resolve_with

    @property
    def how_to_resolve(self) -> str:
        """What to do now, in a sentence."""
        return _advice(self._write)


def _advice(write: WriteFacts) -> str:
    parts = []
    if write.resolve_with:
        parts.append(f"Ask with {write.resolve_with} before anything else")
    if write.idempotency_key:
        parts.append(f"repeat the same call with idempotency_key={write.idempotency_key!r}, which cannot do it twice")
    return ("; or ".join(parts) or "Read the object's state before anything else") + "."


class FieldProblem(msgspec.Struct, frozen=True):
    """One refused field: RFC 6901 pointer into the body (or ``query:name``, ``header:name``, ``path:name``)."""

    pointer: str = ""
    code: str = ""
    detail: str = ""


class APIStatusError(TongbaoError):
    """The API answered with an RFC 9457 problem, or with another status of 400 and above.

    ``problem`` holds all members; the documented ones are attributes. ``response`` is the answer as it came.
    """

    status: ClassVar[int | None] = None

    def __init__(self, response: ResponseFacts, problem: Mapping[str, Any]) -> None:
        self.response = response
        self.problem = problem
        # Not super(): ServerOutcomeUnknown has OutcomeUnknown between this class and Exception.
        Exception.__init__(self, self._message())

    def _message(self) -> str:
        text = f"{self.status_code} {self.code or 'without a problem document'}"
        if self.detail or self.title:
            text += f": {self.detail or self.title}"
        for field in self.errors[:5]:
            text += f"; {field.pointer or '/'} {field.code}: {field.detail}"
        skew = self.problem.get("skew_seconds")
        if isinstance(skew, int) and abs(skew) > 60:
            text += f"; this machine's clock is off by {skew} s"
        return f"{text} (request {self.request_id})" if self.request_id else text

    def _text(self, name: str) -> str | None:
        value = self.problem.get(name)
        return value if isinstance(value, str) else None

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def code(self) -> str | None:
        """The stable name of the reason, from the closed documented list."""
        return self._text("code")

    @property
    def type(self) -> str | None:
        """The URL of the page that explains the error."""
        return self._text("type")

    @property
    def title(self) -> str | None:
        """A short summary."""
        return self._text("title")

    @property
    def detail(self) -> str | None:
        """What happened this time."""
        return self._text("detail")

    @property
    def instance(self) -> str | None:
        """This occurrence."""
        return self._text("instance")

    @property
    def request_id(self) -> str | None:
        """The server's name for this request; quote it when asking for help."""
        return self.response.request_id or self._text("request_id")

    @property
    def errors(self) -> list[FieldProblem]:
        """All refused fields."""
        found = self.problem.get("errors")
        if not isinstance(found, list):
            return []
        return [
            FieldProblem(*(str(item.get(name, "")) for name in ("pointer", "code", "detail")))
            for item in found
            if isinstance(item, dict)
        ]

    @property
    def retryable(self) -> bool | None:
        """Whether the server says that the same request may succeed later."""
        value = self.problem.get("retryable")
        return value if isinstance(value, bool) else None

    @property
    def current_status(self) -> str | None:
        """The state the object is in, where it stood in the way."""
        return self._text("current_status")

    @property
    def allowed_actions(self) -> list[str] | None:
        """What can be done in the current state."""
        value = self.problem.get("allowed_actions")
        return [str(item) for item in value] if isinstance(value, list) else None

    @property
    def decline(self) -> object:
        """The channel's or issuer's reason, where there is one."""
        return self.problem.get("decline")

    @property
    def retry_after(self) -> str | None:
        """The ``Retry-After`` header as it came."""
        return self.response.headers.get("retry-after")


class BadRequestError(APIStatusError):
    """400: not parseable, or a bad header, query parameter or cursor."""

    status = 400


class AuthenticationError(APIStatusError):
    """401: token or signature refused. Never signed by the server."""

    status = 401


class PermissionDeniedError(APIStatusError):
    """403: known, but not allowed."""

    status = 403


class NotFoundError(APIStatusError):
    """404: unknown, or not yours."""

    status = 404


class MethodNotAllowedError(APIStatusError):
    """405: the path has no such method."""

    status = 405


class ConflictError(APIStatusError):
    """409: the object's state or a number stands in the way."""

    status = 409


class PayloadTooLargeError(APIStatusError):
    """413: the body is too large."""

    status = 413


class UnsupportedMediaTypeError(APIStatusError):
    """415: wrong or missing content type."""

    status = 415


class MisdirectedRequestError(APIStatusError):
    """421: this server does not answer for the host."""

    status = 421


class UnprocessableError(APIStatusError):
    """422: readable, but refused: field errors, limits, insufficient balance."""

    status = 422


class RateLimitError(APIStatusError):
    """429: too many requests."""

    status = 429


class HeadersTooLargeError(APIStatusError):
    """431: the headers are too large."""

    status = 431


class ServerError(APIStatusError):
    """5xx: the server's fault."""

    status = 500


class ServerOutcomeUnknown(ServerError, OutcomeUnknown):
    """A write was answered with 5xx and may have been done or not; both a ``ServerError`` and ``OutcomeUnknown``."""

    def __init__(self, error: APIStatusError, write: WriteFacts) -> None:
        ServerError.__init__(self, error.response, error.problem)
        self.reason = f"the server answered {error.status_code}"
        self._write = write

    def __str__(self) -> str:
        """Return the problem and what to do about it."""
        return f"{self._message()}. {self.how_to_resolve}"


BY_STATUS: Mapping[int, type[APIStatusError]] = {
    kind.status: kind
    for kind in (
        BadRequestError,
        AuthenticationError,
        PermissionDeniedError,
        NotFoundError,
        MethodNotAllowedError,
        ConflictError,
        PayloadTooLargeError,
        UnsupportedMediaTypeError,
        MisdirectedRequestError,
        UnprocessableError,
        RateLimitError,
        HeadersTooLargeError,
    )
    if kind.status is not None
}
