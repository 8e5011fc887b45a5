"""``client.webhooks``: the receiving side of webhooks, with the client's clock."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tongbao import webhooks
from tongbao._clock import Environment
from tongbao._webhook_signature import TOLERANCE_SECONDS

if TYPE_CHECKING:
    from tongbao.generated.events import WebhookEvent


class WebhookReceiver:
    """Verifies webhooks; see ``tongbao.webhooks``."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def unwrap(
        self,
        body: bytes,
        headers: webhooks.Headers,
        secrets: str | Iterable[str],
        *,
        tolerance_seconds: float = TOLERANCE_SECONDS,
    ) -> "WebhookEvent":
        """Return the event of a webhook; see ``tongbao.webhooks.unwrap``."""
        now = self._environment.now()
        return webhooks.unwrap(body, headers, secrets, tolerance_seconds=tolerance_seconds, now=now)
