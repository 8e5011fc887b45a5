"""What checkouts say no with; only the bank's own pages hear it."""

from typing import Final

from tongbao_platform.kernel.errors import Refusal

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such checkout.")
OWNED_BY_ANOTHER: Final = Refusal(code="checkout_owned_by_another", detail="Another payer opened this checkout first.")
OVER: Final = Refusal(code="checkout_expired", detail="The time to pay is over.")
