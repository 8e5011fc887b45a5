"""Take due deliveries under a lease: a fencing token and a time after which another worker may take them."""

from tongbao_platform.domain.webhook_deliveries.model import WebhookDelivery
from tongbao_platform.domain.webhook_deliveries.store import LeaseDue
from tongbao_platform.execution.committer import Committer
from tongbao_platform.kernel.clock import Instant


async def take_due(committer: Committer, now: Instant, until: Instant, limit: int) -> list[WebhookDelivery]:
    """Return at most ``limit`` deliveries that are due at ``now``, oldest first, each with its next token, committed.

    Until ``until`` no other worker is given them; what has not been recorded by then is due again.
    """
    return await committer.perform(LeaseDue(now, until, limit))
