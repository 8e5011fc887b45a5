"""Which algorithms there are. Whatever verifies goes through this list; ``none`` and shared secrets are not on it."""

from collections.abc import Mapping
from typing import Final

from tongbao_platform.identity.jose.algorithms.ed25519 import Ed25519
from tongbao_platform.identity.jose.algorithms.es256 import Es256
from tongbao_platform.identity.jose.algorithms.port import Algorithm
from tongbao_platform.identity.jose.algorithms.ps256 import Ps256

ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    Es256(),
    Ps256(),
    Ed25519(),
)

_BY_NAME: Final[dict[str, Algorithm]] = {
    name: algorithm for algorithm in ALGORITHMS for name in (algorithm.name, *algorithm.aliases)
}
ALGORITHM_NAMES: Final = tuple(algorithm.name for algorithm in ALGORITHMS)
ACCEPTED_NAMES: Final = tuple(_BY_NAME)


def algorithm_named(name: str) -> Algorithm | None:
    """Return the algorithm called ``name`` in a header, older names included, or None."""
    return _BY_NAME.get(name)


def algorithm_for(members: Mapping[str, object]) -> Algorithm | None:
    """Return the algorithm for a JWK's ``kty`` and ``crv``, or None when there is none."""
    for algorithm in ALGORITHMS:
        if members.get("kty") == algorithm.kty and (algorithm.crv is None or members.get("crv") == algorithm.crv):
            return algorithm
    return None
