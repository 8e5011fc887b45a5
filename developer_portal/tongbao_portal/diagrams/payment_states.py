"""The life cycle of a payment as a diagram, drawn from the platform's own table of moves.

Positions and words are chosen by hand; a move in the table without a drawn line, or a line without a move, is refused.
"""

from typing import Final

from tongbao_platform.domain.payments.states import PAYMENT_MOVES
from tongbao_portal.diagrams.svg import arrow_head, box, figure, path, text
from tongbao_portal.languages import Language

Move = tuple[str | None, str]

_SIZE: Final = (1000, 450)
_BOX: Final = (160.0, 48.0)
_HEAD: Final = "tb-state-head"

_PLACES: Final[dict[str, tuple[int, int]]] = {
    "expired": (235, 70),
    "requires_action": (235, 215),
    "processing": (500, 215),
    "authorized": (705, 118),
    "reversing": (705, 312),
    "failed": (500, 352),
    "succeeded": (908, 215),
    "canceled": (908, 352),
}

# Each line: how it runs, where its words stand, and which words (several moves share some).
_LINES: Final[dict[Move, tuple[str, tuple[int, int] | None, str]]] = {
    (None, "requires_action"): ("M42 215 H153", (98, 205), "h5"),
    (None, "processing"): ("M36 224 C50 350 360 330 442 242", (192, 330), "account"),
    ("requires_action", "processing"): ("M315 224 H418", (366, 247), "confirmed"),
    ("processing", "requires_action"): ("M450 191 C420 160 330 160 290 188", (380, 157), "declined"),
    ("requires_action", "expired"): ("M235 191 V96", (226, 142), "too_late"),
    ("requires_action", "canceled"): ("M170 239 V408 Q170 418 180 418 H898 Q908 418 908 408 V378", (560, 410), "close"),
    ("processing", "succeeded"): ("M580 215 H826", (650, 206), "paid"),
    ("processing", "authorized"): ("M530 191 C555 145 585 122 623 119", (568, 121), "held"),
    ("processing", "reversing"): ("M530 239 C555 285 585 308 623 311", None, ""),
    ("processing", "failed"): ("M500 239 V326", (491, 300), "failed"),
    ("authorized", "succeeded"): ("M785 118 C840 121 872 150 890 189", (862, 124), "capture"),
    ("authorized", "canceled"): ("M745 142 C785 205 815 270 870 326", (850, 288), "void"),
    ("reversing", "succeeded"): ("M735 288 C770 255 800 242 845 239", None, ""),
    ("reversing", "canceled"): ("M785 320 C800 325 812 332 826 342", None, ""),
    ("expired", "succeeded"): ("M315 70 H898 Q908 70 908 80 V189", (610, 61), "late"),
}

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "": "",
        "h5": "h5",
        "account": "account payments start here",
        "confirmed": "confirmed",
        "declined": "declined: may try again",
        "too_late": "expires_at passed",
        "close": "close",
        "paid": "paid",
        "failed": "declined (account)",
        "held": "held (manual)",
        "capture": "capture",
        "void": "void, too late",
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
        "held": "冻结（manual）",
        "capture": "请款",
        "void": "撤销、到期",
        "late": "渠道事后报告已支付：late",
        "label": "支付的各个状态及其转换",
    },
}

_ANCHORS: Final = {"too_late": "end", "held": "end", "failed": "end", "void": "start", "account": "start"}


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
    shapes.append('<circle class="tb-start" cx="34" cy="215" r="8"/>')
    for state, (x, y) in _PLACES.items():
        final = "" if PAYMENT_MOVES[state] else " tb-final"  # type: ignore[index]  # the places are the table's states
        good = " tb-good" if state == "succeeded" else ""
        shapes += [box(x, y, _BOX, f"tb-box{final}{good}"), text(x, y + 5, state, f"tb-state{final}{good}")]
    return f'<figure class="tb-figure tb-scroll" tabindex="0">\n{figure(_SIZE, words["label"], shapes)}\n</figure>\n'
