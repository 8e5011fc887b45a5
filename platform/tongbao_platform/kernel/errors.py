"""Refusals: what an operation says no with. They name facts and carry a stable code; the status is HTTP's business."""

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One field that was refused.

    ``pointer`` is an RFC 6901 pointer into the body, or ``query:name``, ``header:name``, ``path:name``.
    ``code`` is one of required, unknown, wrong_type, too_small, too_large, too_long, bad_format, not_allowed,
    not_found, differs.
    """

    pointer: str
    code: str
    detail: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A business answer of "no": nothing moved, and the caller is told why.

    ``code`` is from the closed, documented list; ``detail`` is for people; ``retryable`` says whether the same request
    may succeed later. ``stored`` refusals become the answer of their idempotency key (404, 409, 422 of the operation
    itself); the others leave no trace.
    """

    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    retryable: bool = False
    stored: bool = True
    current_status: str | None = None
    allowed_actions: tuple[str, ...] | None = None
    remaining: int | None = None


class PlatformFault(Exception):
    """Something is wrong with us, not with the request; the caller learns only that it may try again."""


class OutcomeInDoubt(PlatformFault):
    """The commit was sent and its fate is not known; answered 503, unsigned."""


class Overloaded(PlatformFault):
    """A queue is full or a time limit passed; answered 503 with Retry-After."""

    def __init__(self, detail: str, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
