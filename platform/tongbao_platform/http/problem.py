"""Step ``problem``: whatever was raised further in becomes a problem that tells nothing of our insides."""

import logging
from typing import Final

from tongbao_platform.http.exchange import Exchange, Proceed, Response
from tongbao_platform.kernel.errors import OutcomeInDoubt, Overloaded, Refusal

_log = logging.getLogger("tongbao.errors")

_INTERNAL: Final = Refusal(
    code="internal_error", detail="Something went wrong on our side. Quote the request id when asking for help."
)
_IN_DOUBT: Final = Refusal(
    code="outcome_unknown",
    detail="Whether the request took effect is not known yet. Ask by your own number, or repeat it with the same "
    "Idempotency-Key.",
)


async def problem(exchange: Exchange, proceed: Proceed) -> Response:
    """Answer 503 when busy or in doubt, 500 for everything else; both unsigned, because nothing is promised."""
    try:
        return await proceed(exchange)
    except Overloaded as busy:
        refusal = Refusal(code="overloaded", detail="The service is busy; nothing was done. Try again.")
        return exchange.refuse(refusal, [("Retry-After", str(busy.retry_after_seconds))])
    except OutcomeInDoubt:
        _log.exception("outcome in doubt", extra={"request_id": exchange.request_id})
        return exchange.refuse(_IN_DOUBT, [("Retry-After", "1")])
    except Exception:  # noqa: BLE001 - the last resort takes everything
        _log.exception("request failed", extra={"request_id": exchange.request_id})
        return exchange.refuse(_INTERNAL)
