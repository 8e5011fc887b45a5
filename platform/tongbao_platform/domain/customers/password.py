"""Passwords. Both functions are slow on purpose: call them off the event loop."""

from tongbao_platform.domain.customers.hashing import hash_secret, verify_secret
from tongbao_platform.domain.customers.model import Customer

MOST_CHARACTERS = 128


def hash_password(password: str) -> str:
    """Return what is stored of ``password``."""
    return hash_secret(password)


def password_matches(customer: Customer | None, password: str) -> bool:
    """Tell whether ``password`` is the customer's; an unknown customer costs the same work."""
    given = password if len(password) <= MOST_CHARACTERS else ""
    return verify_secret(None if customer is None else customer.password_hash, given)
