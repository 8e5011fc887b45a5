"""The life cycle of a payment as a diagram, drawn from the platform's own table of moves.

Positions and words are chosen by hand; a move in the table without a drawn line, or a line without a move, is refused.
"""

from typing import Final

from tongbao_platform.domain.payments.states import PAYMENT_MOVES
from tongbao_portal.diagrams.svg import arrow_head, box, figure, path, text
from tongbao_portal.languages import Language

Move = tuple[str | None, str]

_SIZE: Final = (960, 440)
_BOX: Final = (136.0, 44.0)
_HEAD: Final = "tb-state-head"

_PLACES: Final[dict[str, tuple[int, int]]] = {
    "expired": (230, 70),
    "requires_action": (230, 215),
    "processing": (490, 215),
    "authorized": (680, 120),
    "reversing": (680, 310),
    "failed": (490, 350),
    "succeeded": (870, 215),
    "canceled": (870, 350),
}

# Each line: how it runs, where its words stand, and which words (several moves share some).
_LINES: Final[dict[Move, tuple[str, tuple[int, int] | None, str]]] = {
    (None, "requires_action"): ("M52 215 H160", (106, 205), "h5"),
    (None, "processing"): ("M45 222 C60 300 330 310 430 240", (180, 298), "account"),
    ("requires_action", "processing"): ("M298 222 H420", (359, 239), "confirmed"),
    ("processing", "requires_action"): ("M440 193 C410 165 320 165 285 191", (362, 163), "declined"),
    ("requires_action", "expired"): ("M230 193 V94", (238, 148), "too_late"),
    ("requires_action", "canceled"): ("M200 237 V398 Q200 408 210 408 H860 Q870 408 870 398 V374", (330, 400), "close"),
    ("processing", "succeeded"): ("M558 215 H800", (640, 207), "paid"),
    ("processing", "authorized"): ("M520 193 C545 150 570 125 610 121", None, ""),
    ("processing", "reversing"): ("M520 237 C545 280 570 305 610 309", None, ""),
    ("processing", "failed"): ("M490 237 V326", (482, 288), "failed"),
    ("authorized", "succeeded"): ("M748 120 C800 122 835 150 852 191", (815, 126), "capture"),
    ("authorized", "canceled"): ("M720 142 C760 210 790 280 840 326", (764, 258), "void"),
    ("reversing", "succeeded"): ("M715 288 C750 255 780 240 812 236", None, ""),
    ("reversing", "canceled"): ("M748 318 C770 325 780 335 800 344", None, ""),
    ("expired", "succeeded"): ("M298 70 H860 Q870 70 870 80 V191", (585, 62), "late"),
}

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "": "",
        "h5": "h5",
        "account": "account payments start here",
        "confirmed": "payer confirms",
        "declined": "declined: may try again",
        "too_late": "expires_at passed",
        "close": "close",
        "paid": "paid",
        "failed": "declined (account)",
        "capture": "capture",
        "void": "void",
        "late": "a channel reports it paid after all: late",
        "label": "The states of a payment and the moves between them",
    },
    "zh": {
        "": "",
        "h5": "h5",
        "account": "账户支付由此开始",
        "confirmed": "付款人确认",
        "declined": "被拒绝：可重试",
        "too_late": "超过 expires_at",
        "close": "关闭",
        "paid": "支付成功",
        "failed": "被拒绝（账户）",
        "capture": "请款",
        "void": "撤销",
        "late": "渠道事后报告已支付：late",
        "label": "支付的各个状态及其转换",
    },
}

_ANCHORS: Final = {"too_late": "start", "failed": "end", "close": "start"}


def drawn_moves() -> frozenset[Move]:
    """Return the moves that the diagram has a line for."""
    return frozenset(_LINES)


def payment_states(language: Language) -> str:
    """Return the diagram with words of ``language``; ``ValueError`` when it does not fit the table of moves."""
    table = {(source, target) for source, targets in PAYMENT_MOVES.items() for target in targets}
    if table != drawn_moves():
        raise ValueError(f"the diagram and the table of moves differ: {sorted(map(str, table ^ drawn_moves()))}")
    words = _WORDS[language]
    shapes = [arrow_head(_HEAD)]
    shapes += [path(line, "tb-line", _HEAD) for line, _, _ in _LINES.values()]
    shapes += [
        text(*place, words[key], "tb-note", _ANCHORS.get(key, "middle")) for _, place, key in _LINES.values() if place
    ]
    shapes.append('<circle class="tb-start" cx="44" cy="215" r="8"/>')
    for state, (x, y) in _PLACES.items():
        final = "" if PAYMENT_MOVES[state] else " tb-final"  # type: ignore[index]  # the places are the table's states
        good = " tb-good" if state == "succeeded" else ""
        shapes += [box(x, y, _BOX, f"tb-box{final}{good}"), text(x, y + 5, state, f"tb-state{final}{good}")]
    return f'<figure class="tb-figure tb-scroll">\n{figure(_SIZE, words["label"], shapes)}\n</figure>\n'
