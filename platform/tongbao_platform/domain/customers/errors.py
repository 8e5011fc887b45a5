"""What customers' operations say no with; only the bank's own pages hear it."""

from typing import Final

from tongbao_platform.kernel.errors import Refusal

EXISTS: Final = Refusal(code="customer_exists", detail="A customer with this login exists.")
NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such customer.")
CREDENTIALS_WRONG: Final = Refusal(code="credentials_wrong", detail="Login or password is wrong.")
CREDENTIALS_LOCKED: Final = Refusal(
    code="credentials_locked", detail="Too many wrong tries; wait before the next one.", retryable=True
)
PIN_LOCKED: Final = Refusal(code="pin_locked", detail="The payment PIN is locked after too many wrong tries.")
PIN_CHANGED: Final = Refusal(code="pin_wrong", detail="The payment PIN is wrong or has just been changed.")
