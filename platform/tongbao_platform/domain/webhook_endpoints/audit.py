"""The audit trail's lines about webhook endpoints."""

from tongbao_platform.domain.webhook_endpoints.model import WebhookEndpoint
from tongbao_platform.execution.operation import NewAuditEntry


def audited(verb: str, endpoint: WebhookEndpoint, detail: str = "") -> tuple[NewAuditEntry, ...]:
    """Return the line that says that ``verb`` was done to ``endpoint``."""
    line = NewAuditEntry(
        action=f"webhook_endpoint.{verb}", object_type="webhook_endpoint", object_id=endpoint.id, detail=detail
    )
    return (line,)
