"""Who lives in a sandbox. Money is in fen; a merchant's fee is in parts per million."""

from typing import Final

import msgspec


class MerchantPersona(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant, and what is on its settlement account at the start."""

    name: str
    fee_rate_ppm: int
    funds_minor: int


class CustomerPersona(msgspec.Struct, frozen=True, kw_only=True):
    """A customer of the bank, and what is on each of its accounts at the start."""

    login: str
    name: str
    funds_minor: tuple[int, ...]
    remark: str


CURRENCY: Final = "CNY"
ALGORITHMS: Final = ("ES256", "PS256", "Ed25519")

MERCHANTS: Final = (
    MerchantPersona(name="通宝咖啡 Tongbao Coffee", fee_rate_ppm=6_000, funds_minor=100_000_000),
    MerchantPersona(name="翠玉书店 Jade Books", fee_rate_ppm=3_800, funds_minor=100_000_000),
)
CUSTOMERS: Final = (
    CustomerPersona(login="xiaoming", name="李晓明", funds_minor=(10_000_000, 500_000), remark="two accounts"),
    CustomerPersona(login="xiaohong", name="王小红", funds_minor=(5_000_000,), remark="one account"),
    CustomerPersona(login="laoqian", name="钱无多", funds_minor=(50,), remark="has 0.50 yuan: payments are declined"),
)

# A return URL must have exactly one of these origins.
RETURN_ORIGINS: Final = (
    "http://127.0.0.1:8399",
    "http://localhost:8399",
    "https://m.shop.example",
)
