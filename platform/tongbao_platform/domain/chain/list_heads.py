"""Read the heads of both chains: what is published."""

from tongbao_platform.domain.chain.model import ChainHead
from tongbao_platform.domain.chain.store import heads
from tongbao_platform.execution.reading import Reader


async def list_heads(reader: Reader) -> list[ChainHead]:
    """Return the last block of each chain that has one, by name."""
    return await heads(reader)
