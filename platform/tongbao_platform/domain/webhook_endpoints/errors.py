"""What webhook endpoints say no with."""

from typing import Final

from tongbao_platform.kernel.errors import FieldError, Refusal

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such webhook endpoint.")


def event_types_refused(detail: str, code: str) -> Refusal:
    """Refuse a choice of event types."""
    return Refusal(code="validation_failed", detail=detail, errors=(FieldError("/event_types", code, detail),))
