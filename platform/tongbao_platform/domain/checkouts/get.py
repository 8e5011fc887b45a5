"""Find a checkout by the secret in its address."""

from tongbao_platform.domain.checkouts.model import Checkout
from tongbao_platform.domain.checkouts.store import CheckoutStore
from tongbao_platform.execution.reading import Reader


async def by_token(reader: Reader, token_hash: bytes) -> Checkout | None:
    """Return the checkout whose token has the SHA-256 ``token_hash`` (32 octets); its ``id`` is the payment's."""
    return await CheckoutStore(reader).by_token(token_hash)
