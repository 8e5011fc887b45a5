"""What webhook endpoints say no with."""

from typing import Final

from tongbao_platform.kernel.errors import FieldError, Refusal

MOST_ENDPOINTS: Final = 20

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such webhook endpoint.")
TOO_MANY: Final = Refusal(
    code="limit_exceeded", detail=f"A merchant has at most {MOST_ENDPOINTS} webhook endpoints. Delete one first."
)


def event_types_refused(detail: str, code: str) -> Refusal:
    """Refuse a choice of event types; ``code`` is a field error's."""
    return Refusal(
        code="validation_failed",
        detail="The request is well formed but cannot be done.",
        errors=(FieldError("/event_types", code, detail),),
    )
