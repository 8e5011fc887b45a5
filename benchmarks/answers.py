"""Checks some of the answers once the clock has stopped: the platform's signature, and what the answer says."""

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from benchmarks.signed_requests import H5, Request, fetch_json
from tongbao._clock import SYSTEM
from tongbao._effects import Reply
from tongbao._public_keys import read_key_set
from tongbao._response_signature import Expectation, read_signature, verify_response

_STATUS_OF: Final = {H5: "requires_action"}


class Sampled(msgspec.Struct, frozen=True):
    """A request with its whole answer, head and body."""

    request: Request
    octets: bytes


class WrongAnswer(Exception):
    """An answer does not say what it must."""


def check_answers(base_url: str, kind: str, sampled: Sequence[Sampled]) -> int:
    """Verify each of ``sampled`` as a client would and return how many; ``WrongAnswer`` or ``NotSigned`` for one."""
    metadata = fetch_json(base_url, "GET", "/.well-known/oauth-authorization-server")
    keys = read_key_set(fetch_json(base_url, "GET", urlsplit(metadata["jwks_uri"]).path))
    for each in sampled:
        reply = parse(each.octets)
        jws = read_signature(reply)
        expected = Expectation(
            issuer=metadata["issuer"],
            client_id=each.request.client_id,
            request_signature=each.request.signature,
            now=SYSTEM.now(),
        )
        verify_response(reply, jws, keys.get(jws.protected["kid"]), expected)
        status = json.loads(reply.body)["status"]
        if status != _STATUS_OF.get(kind, "succeeded"):
            raise WrongAnswer(f"a payment was answered with status {status}")
    return len(sampled)


def parse(octets: bytes) -> Reply:
    """Take an HTTP/1.1 answer apart; names of fields become lower case."""
    head, _, body = octets.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [line.partition(":") for line in lines]
    return Reply(
        status=int(first.split(" ", 2)[1]),
        fields=[(name.lower(), value.strip()) for name, _, value in fields],
        body=body,
    )
