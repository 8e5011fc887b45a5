"""All wording of the pages, one file per language with the same keys; ``text`` looks a key up and fills it in."""

from typing import Final

from tongbao_platform.web.language import Language
from tongbao_platform.web.texts.en import EN
from tongbao_platform.web.texts.zh import ZH

TEXTS: Final[dict[Language, dict[str, str]]] = {"zh": ZH, "en": EN}


def text(language: Language, key: str, /, **values: object) -> str:
    """Return the wording of ``key``, its ``{name}`` places filled with ``values``.

    The result is plain text, to be escaped by whoever writes it into HTML. An unknown key or a missing value raises
    ``KeyError``: a gap in the wording is found by the tests, not by a customer.
    """
    return TEXTS[language][key].format_map(values)
