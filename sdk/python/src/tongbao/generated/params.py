# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""Dictionaries that can be sent wherever a model can."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class AccountMethodInputParam(TypedDict):
    """From the caller's own account straight to another one; posted at once, or held to be captured."""

    type: Literal["account"]
    source_account_id: str
    payee_account_id: NotRequired[str]


class AmountParam(TypedDict):
    """An amount to move: whole minor units of one currency (1999 CNY is 19.99 yuan)."""

    value: int
    currency: str


class H5MethodInputParam(TypedDict):
    """The hosted checkout page in the payer's browser."""

    type: Literal["h5"]
    return_url: str


class SceneInputParam(TypedDict):
    """Where the payment happens; used for risk decisions only."""

    client_ip: NotRequired[str]
    store_id: NotRequired[str]
    device_id: NotRequired[str]
