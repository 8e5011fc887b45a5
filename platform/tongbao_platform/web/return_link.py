"""The way back to the merchant."""

from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

RESULT_PARAMETER: Final = "result"


def return_link(return_url: str, result: str) -> str:
    """Return ``return_url`` with ``result`` (one compact JWS) as a query parameter.

    The rest of the URL stays byte for byte as the merchant registered it; a ``result`` that was there already is
    dropped, so that the merchant never reads two. Raises ``ValueError`` unless the URL is absolute http or https.
    """
    parts = urlsplit(return_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("the way back is an absolute http or https URL")
    kept = [
        pair for pair in parts.query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != RESULT_PARAMETER
    ]
    query = "&".join([*kept, f"{RESULT_PARAMETER}={quote(result, safe='-._~')}"])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
