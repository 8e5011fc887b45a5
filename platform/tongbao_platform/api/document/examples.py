"""Examples of requests and answers by operation; a test decodes each with the structs it is an example of."""

from typing import Any, Final

from tongbao_platform.api.document.account_examples import ACCOUNT_EXAMPLES, TRANSACTION
from tongbao_platform.api.document.example_values import money as _money
from tongbao_platform.api.document.example_values import only as _only
from tongbao_platform.api.document.example_values import page as _page
from tongbao_platform.api.v1.values import id_sample

_PAYMENT_ID: Final = id_sample("pay")
_MERCHANT_ID: Final = id_sample("mch")
_ACCOUNT_ID: Final = id_sample("acc")
_REFUND_ID: Final = id_sample("ref")
_OTHER_ACCOUNT_ID: Final = "acc_01k8wq3v5rf1msx7r3p9v2c4tb"
_CREATED: Final = "2026-11-22T10:00:00.000Z"
_EXPIRES: Final = "2026-11-22T10:30:00.000Z"


_H5_REQUEST: Final = {
    "merchant_order_no": "20261122-0001",
    "amount": _money(1999),
    "description": "Two coffees",
    "method": {"type": "h5", "return_url": "https://m.shop.example/done"},
    "metadata": {"cart": "9"},
}
_ACCOUNT_REQUEST: Final = {
    "merchant_order_no": "20261122-0002",
    "amount": _money(5000),
    "description": "Invoice 7",
    "method": {"type": "account", "source_account_id": _ACCOUNT_ID, "payee_account_id": _OTHER_ACCOUNT_ID},
}
_PAYMENT: Final = {
    "id": _PAYMENT_ID,
    "object": "payment",
    "livemode": False,
    "revision": 1,
    "status": "requires_action",
    "merchant_id": _MERCHANT_ID,
    "payer_merchant_id": None,
    "merchant_order_no": "20261122-0001",
    "amount": _money(1999),
    "description": "Two coffees",
    "method": {"type": "h5", "return_url": "https://m.shop.example/done"},
    "capture_method": "automatic",
    "expires_at": _EXPIRES,
    "scene": None,
    "metadata": {"cart": "9"},
    "amount_captured": _money(0),
    "amount_capturable": _money(0),
    "capture_before": None,
    "amount_refunded": _money(0),
    "fee": _money(0),
    "next_action": {
        "type": "redirect_to_url",
        "url": "https://pay.tongbao.example/checkout/Jm9sYpG0W1vQ8n2Zt4Xc6Ud3Lk5Hb7Ra9Ef1Ty2Oq0s",
        "expires_at": _EXPIRES,
    },
    "attempts": [],
    "last_error": None,
    "refund_status": "none",
    "split_status": "none",
    "dispute_status": "none",
    "settlement_status": "unsettled",
    "late": False,
    "payer": None,
    "created_at": _CREATED,
    "succeeded_at": None,
}
_AUTHORIZED: Final = {
    **_PAYMENT,
    "revision": 2,
    "status": "authorized",
    "capture_method": "manual",
    "amount_capturable": _money(1999),
    "capture_before": "2026-11-29T10:05:00.000Z",
    "next_action": None,
    "attempts": [
        {
            "number": 1,
            "status": "succeeded",
            "created_at": "2026-11-22T10:05:00.000Z",
            "ended_at": "2026-11-22T10:05:00.000Z",
            "error": None,
        }
    ],
    "payer": {"masked": "*三 ****c4tb"},
}
_PART_CAPTURED: Final = {
    **_AUTHORIZED,
    "revision": 3,
    "amount_captured": _money(1000),
    "amount_capturable": _money(999),
    "fee": _money(6),
}
_VOIDED: Final = {
    **_AUTHORIZED,
    "revision": 3,
    "status": "canceled",
    "amount_capturable": _money(0),
    "capture_before": None,
}
_CLOSED: Final = {**_PAYMENT, "revision": 2, "status": "canceled", "next_action": None}
_REFUND: Final = {
    "id": _REFUND_ID,
    "object": "refund",
    "livemode": False,
    "revision": 1,
    "status": "pending",
    "merchant_id": _MERCHANT_ID,
    "payment_id": _PAYMENT_ID,
    "merchant_refund_no": "R-20261122-0001",
    "amount": _money(500),
    "reason": "One coffee was cold",
    "metadata": {},
    "fee_returned": _money(3),
    "last_error": None,
    "created_at": _CREATED,
    "succeeded_at": None,
}


EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    **ACCOUNT_EXAMPLES,
    "payments.create": {
        "request": {
            "h5": {"summary": "The hosted checkout", "value": _H5_REQUEST},
            "account": {"summary": "From account to account", "value": _ACCOUNT_REQUEST},
        },
        "response": _only("h5", _PAYMENT),
    },
    "payments.list": {"response": _only("page", _page(_PAYMENT))},
    "payments.get": {"response": _only("payment", _PAYMENT)},
    "payments.get_by_merchant_order_no": {"response": _only("payment", _PAYMENT)},
    "payments.close": {"response": _only("closed", _CLOSED)},
    "payments.capture": {
        "request": {
            "all": {"summary": "All that is left", "value": {}},
            "part": {"summary": "A part; the rest later", "value": {"amount": _money(1000), "final": False}},
        },
        "response": _only("part", _PART_CAPTURED),
    },
    "payments.void": {"response": _only("voided", _VOIDED)},
    "refunds.create": {
        "request": _only(
            "part",
            {
                "payment_id": _PAYMENT_ID,
                "merchant_refund_no": "R-20261122-0001",
                "amount": _money(500),
                "reason": "One coffee was cold",
            },
        ),
        "response": _only("refund", _REFUND),
    },
    "refunds.list": {"response": _only("page", _page(_REFUND))},
    "refunds.get": {"response": _only("refund", _REFUND)},
    "refunds.get_by_merchant_refund_no": {"response": _only("refund", _REFUND)},
    "currencies.list": {
        "response": _only("some", {"data": [{"code": "CNY", "numeric": "156", "exponent": 2, "name": "Yuan Renminbi"}]})
    },
    "me.get": {
        "response": _only(
            "client",
            {
                "client_id": "app_sandbox_01k8wq3v5rf1msx7r3p9v2c4ta",
                "object": "client",
                "profile": "merchant",
                "livemode": False,
                "merchants": [
                    {"id": _MERCHANT_ID, "name": "Corner Coffee", "return_origins": ["https://m.shop.example"]}
                ],
                "scopes": ["payments:read", "payments:write"],
                "api_version": "2026-11-22",
                "keys": [
                    {
                        "kid": "2026-11",
                        "alg": "ES256",
                        "use": "sig",
                        "valid_from": _CREATED,
                        "valid_until": None,
                        "last_used_at": None,
                    }
                ],
            },
        )
    },
}

_ENDPOINT_ID: Final = id_sample("whe")
_ENDPOINT: Final = {
    "id": _ENDPOINT_ID,
    "object": "webhook_endpoint",
    "livemode": False,
    "revision": 1,
    "url": "https://shop.example/webhooks",
    "event_types": ["payment.succeeded", "refund.succeeded"],
    "description": "Order service",
    "api_version": "2026-11-22",
    "status": "enabled",
    "disabled_reason": None,
    "metadata": {},
    "created_at": _CREATED,
}
_WITH_SECRET: Final = {**_ENDPOINT, "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}
_ATTEMPT: Final = {
    "number": 1,
    "url": "https://shop.example/webhooks",
    "started_at": _CREATED,
    "duration_ms": 84,
    "response_status": 204,
    "reason": "http_204",
    "detail": "",
    "response_body": "",
    "response_body_truncated": False,
    "late": False,
}
_DELIVERY: Final = {
    "id": id_sample("dlv"),
    "object": "webhook_delivery",
    "livemode": False,
    "revision": 2,
    "status": "succeeded",
    "endpoint_id": _ENDPOINT_ID,
    "event_id": id_sample("evt"),
    "event_type": "payment.succeeded",
    "seq": 1,
    "attempt_count": 1,
    "last_failure": None,
    "next_attempt_at": None,
    "completed_at": _CREATED,
    "attempts": [_ATTEMPT],
    "metadata": {},
    "created_at": _CREATED,
}
_EVENT: Final = {
    "id": id_sample("evt"),
    "type": "payment.canceled",
    "timestamp": _CREATED,
    "livemode": False,
    "api_version": "2026-11-22",
    "seq": None,
    "revision": 2,
    "data": {**_CLOSED},
}

_CLEARING: Final = {
    "payment_id": _PAYMENT_ID,
    "object": "payment_clearing",
    "livemode": False,
    "status": "succeeded",
    "revision": 2,
    "steps": [
        {
            "type": "hold_opened",
            "at": _CREATED,
            "hold_id": id_sample("hld"),
            "amount": _money(5000),
            "expires_at": "2026-11-29T10:00:00.000Z",
        },
        {
            "type": "notified",
            "at": _CREATED,
            "event_id": id_sample("evt"),
            "event_type": "payment.authorized",
            "revision": 1,
            "deliveries": [],
        },
        {
            "type": "posted",
            "at": "2026-11-23T08:00:00.000Z",
            "amount": _money(2000),
            "transactions": [
                {
                    **TRANSACTION,
                    "seq": 6,
                    "amount": _money(2000),
                    "balance_after": _money(101999),
                    "type": "payment",
                    "description": "Invoice 7",
                    "occurred_at": "2026-11-23T08:00:00.000Z",
                    "business_date": "2026-11-23",
                },
            ],
        },
        {
            "type": "hold_released",
            "at": "2026-11-23T08:00:00.000Z",
            "hold_id": id_sample("hld"),
            "amount": _money(3000),
            "reason": "captured",
        },
        {
            "type": "notified",
            "at": "2026-11-23T08:00:00.000Z",
            "event_id": "evt_01k8wq3v5rf1msx7r3p9v2c4tb",
            "event_type": "payment.succeeded",
            "revision": 2,
            "deliveries": [
                {
                    "id": id_sample("dlv"),
                    "endpoint_id": _ENDPOINT_ID,
                    "status": "succeeded",
                    "attempt_count": 1,
                    "last_failure": None,
                    "next_attempt_at": None,
                    "completed_at": "2026-11-23T08:00:00.100Z",
                }
            ],
        },
    ],
}

EXAMPLES.update(
    {
        "payments.clearing": {"response": _only("part_captured", _CLEARING)},
        "webhook_endpoints.create": {
            "request": _only(
                "two",
                {
                    "url": "https://shop.example/webhooks",
                    "event_types": ["payment.succeeded", "refund.succeeded"],
                    "description": "Order service",
                },
            ),
            "response": _only("endpoint", _WITH_SECRET),
        },
        "webhook_endpoints.list": {"response": _only("page", _page(_ENDPOINT))},
        "webhook_endpoints.get": {"response": _only("endpoint", _ENDPOINT)},
        "webhook_endpoints.update": {
            "request": _only("everything", {"event_types": ["*"]}),
            "response": _only("endpoint", {**_ENDPOINT, "revision": 2, "event_types": ["*"]}),
        },
        "webhook_endpoints.rotate_secret": {"response": _only("endpoint", {**_WITH_SECRET, "revision": 2})},
        "webhook_endpoints.send_test": {"response": _only("endpoint", _ENDPOINT)},
        "webhook_deliveries.list": {"response": _only("page", _page(_DELIVERY))},
        "webhook_deliveries.get": {"response": _only("delivery", _DELIVERY)},
        "events.list": {"response": _only("page", _page(_EVENT))},
        "events.get": {"response": _only("event", _EVENT)},
    }
)
