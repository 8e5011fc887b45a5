"""Find a customer: by id, by login, or behind a session's cookie."""

from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.domain.customers.sign_in import SignedIn
from tongbao_platform.domain.customers.store import CustomerStore
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant


async def get(reader: Reader, customer_id: str) -> Customer | None:
    """Return the customer; ``None`` for unknown ids."""
    return await CustomerStore(reader).get(customer_id)


async def by_login(reader: Reader, login: str) -> Customer | None:
    """Return the customer with this login; ``None`` for unknown ones (then verify the password all the same)."""
    return await CustomerStore(reader).by_login(login)


async def signed_in(reader: Reader, token_hash: bytes, now: Instant) -> SignedIn | None:
    """Return the session whose token has the SHA-256 ``token_hash``, with its active customer, while it lasts."""
    store = CustomerStore(reader)
    session = await store.session(token_hash, now)
    customer = None if session is None else await store.get(session.customer_id)
    if session is None or customer is None or customer.status != "active":
        return None
    return SignedIn(session=session, customer=customer)
