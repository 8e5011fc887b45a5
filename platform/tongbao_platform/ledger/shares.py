"""Dividing an amount among several parties so that not one minor unit is lost or made."""

from collections.abc import Sequence

from tongbao_platform.kernel.money import PPM


def share_out(amount_minor: int, shares_ppm: Sequence[int]) -> tuple[int, ...]:
    """Divide ``amount_minor`` (0 or more) by shares in parts per million; the parts add up to it exactly.

    The largest remainder method (Hamilton's): each part is rounded down, and the minor units left over go one by one to
    the shares that lost the most by it, the earlier share first where two lost the same. No part differs from its
    exact value by a whole minor unit. ``ValueError`` when a share is below 1 or they do not add up to 1,000,000.
    """
    if amount_minor < 0:
        raise ValueError("a negative amount is not divided")
    if any(share < 1 for share in shares_ppm) or sum(shares_ppm) != PPM:
        raise ValueError("shares are at least 1 ppm each and 1,000,000 ppm together")
    exact = [divmod(amount_minor * share, PPM) for share in shares_ppm]
    parts = [whole for whole, _ in exact]
    by_loss = sorted(range(len(exact)), key=lambda place: -exact[place][1])
    for place in by_loss[: amount_minor - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
