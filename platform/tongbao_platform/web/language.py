"""Which of the two languages a visitor gets."""

import re
from typing import Final, Literal

Language = Literal["zh", "en"]

DEFAULT_LANGUAGE: Final[Language] = "zh"
LANGUAGE_TAGS: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}

_CODES: Final[dict[str, Language]] = {"zh": "zh", "en": "en"}
_MAX_HEADER_CHARACTERS: Final = 512
# RFC 4647 §2.1 language-range and RFC 9110 §12.4.2 weight (three decimals at most).
_RANGE: Final = re.compile(
    r"(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:[ \t]*;[ \t]*[qQ]=(?P<q>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?",
    re.ASCII,
)


def choose_language(*, query: str | None, accept_language: str | None) -> Language:
    """Return the language of a page.

    ``query`` is the value of the one ``lang`` parameter (None when absent or repeated) and wins when it is exactly
    ``zh`` or ``en``; any other value is passed over. Then ``accept_language`` decides, the raw header value
    (RFC 9110 §12.5.4): the highest weight wins, the first of equals. A header that is too long or malformed in any
    part is passed over as a whole. Chinese is the default.
    """
    if query in _CODES:
        return _CODES[query]
    if accept_language is None or len(accept_language) > _MAX_HEADER_CHARACTERS:
        return DEFAULT_LANGUAGE
    best, best_weight = DEFAULT_LANGUAGE, 0
    for part in accept_language.split(","):
        item = part.strip(" \t")
        if not item:
            continue  # RFC 9110 §5.6.1: empty list elements are ignored
        match = _RANGE.fullmatch(item)
        if match is None:
            return DEFAULT_LANGUAGE
        tag = match["tag"].lower()
        language = DEFAULT_LANGUAGE if tag == "*" else _CODES.get(tag.partition("-")[0])
        weight = _weight_thousandths(match["q"])
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight_thousandths(quality: str | None) -> int:
    if quality is None:
        return 1000
    whole, _, decimals = quality.partition(".")
    return int(whole) * 1000 + int(decimals.ljust(3, "0"))
