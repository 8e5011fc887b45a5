"""What deliveries say no with."""

from typing import Final

from tongbao_platform.kernel.errors import Refusal

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such webhook delivery.")
