"""Payment PINs: six digits. Hashing and matching are slow on purpose: call them off the event loop."""

import re

from tongbao_platform.domain.customers.hashing import hash_secret, verify_secret
from tongbao_platform.domain.customers.model import Customer

_SIX_DIGITS = re.compile(r"[0-9]{6}")


def is_pin(text: str) -> bool:
    """Tell whether ``text`` is spelled like a PIN."""
    return _SIX_DIGITS.fullmatch(text) is not None


def hash_pin(pin: str) -> str:
    """Return what is stored of ``pin``."""
    if not is_pin(pin):
        raise ValueError("a PIN has six digits")
    return hash_secret(pin)


def pin_matches(customer: Customer, pin: str) -> bool:
    """Tell whether ``pin`` is the customer's."""
    return is_pin(pin) and verify_secret(customer.pin_hash, pin)
