"""A form that came back: who sent it, its fields, and whether its token is this session's."""

from typing import Final
from urllib.parse import parse_qsl

import msgspec

from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.web.csrf import FIELD_NAME, FormName, came_from_our_page, check_token
from tongbao_platform.web.handlers.answers import bad_request, language_of, not_found
from tongbao_platform.web.handlers.visit import Visit, open_visit
from tongbao_platform.web.services import WebServices

_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 16


class Posted(msgspec.Struct, frozen=True):
    """A form of ours: the visit and the form's fields, each of them once."""

    visit: Visit
    fields: dict[str, str]

    def field(self, name: str) -> str:
        """Return a field; an absent one is as good as an empty one."""
        return self.fields.get(name, "")

    def has_token(self, form: FormName) -> bool:
        """Tell whether the token is the one of this session, page and ``form``."""
        return check_token(self.field(FIELD_NAME), self.visit.session_secret, form=form, page=self.visit.path)


async def receive(exchange: Exchange, services: WebServices) -> Posted | Response:
    """Read a POST; answer at once what another site sent, what is no form, and what belongs to no checkout."""
    if not _came_from_our_page(exchange, services):
        return bad_request(exchange)
    fields = _read_fields(exchange)
    if fields is None:
        return bad_request(exchange)
    visit = await open_visit(exchange, services, language_of(exchange))
    return not_found(exchange) if visit is None else Posted(visit, fields)


def _came_from_our_page(exchange: Exchange, services: WebServices) -> bool:
    return came_from_our_page(
        sec_fetch_site=_joined(exchange, b"sec-fetch-site"),
        origin=_joined(exchange, b"origin"),
        own_origin=services.own_origin,
    )


def _joined(exchange: Exchange, name: bytes) -> str | None:
    """Return a header's value; a repeated one becomes a value that nothing equals."""
    values = exchange.header_values(name)
    return b", ".join(values).decode("latin-1") if values else None


def _read_fields(exchange: Exchange) -> dict[str, str] | None:
    media_type = (_joined(exchange, b"content-type") or "").partition(";")[0].strip().lower()
    if media_type != _MEDIA_TYPE:
        return None
    try:
        pairs = parse_qsl(
            exchange.body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(exchange.body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None
