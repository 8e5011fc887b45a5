"""What merchants say no with."""

from typing import Final

from tongbao_platform.kernel.errors import Refusal

EXISTS: Final = Refusal(code="merchant_exists", detail="A merchant with this id exists.")
