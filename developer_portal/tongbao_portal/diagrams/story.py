"""The main story as a sequence diagram, and beside it as a list for small screens and screen readers."""

from html import escape
from typing import Final, Literal, NamedTuple

from tongbao_portal.diagrams.svg import arrow_head, box, figure, path, text
from tongbao_portal.languages import Language

Lane = Literal["customer", "merchant", "tongbao"]

_X: Final[dict[Lane, int]] = {"customer": 110, "merchant": 430, "tongbao": 750}
_WIDTH: Final = 860
_TOP: Final = 104
_STEP: Final = 54
_HEAD: Final = "tb-story-head"


class Step(NamedTuple):
    """One thing that happens: from lane to lane, with its words; from a lane to itself it is inner work."""

    source: Lane
    target: Lane
    en: str
    zh: str


_STEPS: Final = (
    Step("merchant", "tongbao", "POST /v1/payments, signed", "POST /v1/payments（已签名）"),
    Step("tongbao", "merchant", "payment and checkout URL, signed", "支付对象与收银台地址（已签名）"),
    Step("merchant", "customer", "redirect to the checkout page", "跳转到收银台"),
    Step("customer", "tongbao", "log in, look, confirm with the PIN", "登录、核对、输入支付密码确认"),
    Step("tongbao", "tongbao", "one transaction: money, fee, event", "同一事务：资金、手续费、事件"),
    Step("tongbao", "merchant", "webhook payment.succeeded, signed", "通知 payment.succeeded（已签名）"),
    Step("customer", "merchant", "back to the shop with a signed result", "携带已签名的结果返回商户"),
    Step("merchant", "tongbao", "POST /v1/refunds: a part goes back", "POST /v1/refunds：部分退款"),
    Step("tongbao", "merchant", "webhook refund.succeeded, signed", "通知 refund.succeeded（已签名）"),
)

_LANES: Final[dict[Language, dict[Lane, str]]] = {
    "en": {"customer": "Customer's phone", "merchant": "Your server", "tongbao": "Tongbao"},
    "zh": {"customer": "顾客手机", "merchant": "商户服务器", "tongbao": "通宝"},
}
_LABEL: Final[dict[Language, str]] = {
    "en": "How a payment goes, in nine steps; the list that follows says the same",
    "zh": "一笔支付的九个步骤；下面的列表内容相同",
}


def story(language: Language) -> str:
    """Return the diagram and the list with words of ``language``."""
    height = _TOP + len(_STEPS) * _STEP + 20
    shapes = [arrow_head(_HEAD)]
    for lane, x in _X.items():
        shapes.append(path(f"M{x} 60 V{height - 10}", "tb-lane"))
        shapes.append(box(x, 36, (190, 46), f"tb-actor tb-actor-{lane}"))
        shapes.append(text(x, 42, _LANES[language][lane], f"tb-actor-name tb-actor-{lane}"))
    for number, step in enumerate(_STEPS, 1):
        shapes += _step(number, step, language)
    items = "\n".join(f"<li>{_item(step, language)}</li>" for step in _STEPS)
    diagram = figure((_WIDTH, height), _LABEL[language], shapes)
    return f'<figure class="tb-figure tb-story">\n{diagram}\n<ol class="tb-steps">\n{items}\n</ol>\n</figure>\n'


def _step(number: int, step: Step, language: Language) -> list[str]:
    y = _TOP + (number - 1) * _STEP + 20
    words = step.en if language == "en" else step.zh
    if step.source == step.target:
        x = _X[step.source]
        return [
            box(x, y - 4, (200, 40), "tb-inner"),
            text(x, y - 8, words.split(": ")[0].split("：")[0], "tb-inner-words"),
            text(x, y + 9, words.replace("：", ": ").split(": ")[1], "tb-inner-words"),
            *_badge(x - 100, y - 4, number),
        ]
    start, end = _X[step.source], _X[step.target]
    direction = 1 if end > start else -1
    badge = start + direction * 18
    passes_by = abs(end - start) > _X["merchant"] - _X["customer"]
    middle = (start + end) / 2 if not passes_by else (_X["customer"] + _X["merchant"]) / 2
    return [
        path(f"M{start} {y} H{end - direction * 3}", "tb-line", _HEAD),
        *_badge(badge, y, number),
        text(middle + direction * 12, y - 8, words, "tb-note"),
    ]


def _badge(x: int, y: int, number: int) -> list[str]:
    return [f'<circle class="tb-badge" cx="{x}" cy="{y}" r="11"/>', text(x, y + 4.5, str(number), "tb-number")]


def _item(step: Step, language: Language) -> str:
    lanes = _LANES[language]
    words = escape(step.en if language == "en" else step.zh)
    if step.source == step.target:
        return f"<b>{lanes[step.source]}</b> {words}"
    return f"<b>{lanes[step.source]} → {lanes[step.target]}</b> {words}"
