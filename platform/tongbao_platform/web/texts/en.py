"""The English wording."""

from typing import Final

EN: Final[dict[str, str]] = {
    "brand": "Tongbao",
    "language.switch": "Language",
    "sandbox.badge": "Sandbox",
    "sandbox.note": "no real money moves",
    "page.title": "{heading} – Tongbao Checkout",
    "page.title_error": "Error: {heading} – Tongbao Checkout",
    "footer.safety": "Tongbao staff never ask for your password or PIN.",
    # order
    "order.heading": "Order",
    "order.pay_to": "Pay to",
    "order.paid_to": "Paid to",
    "order.amount": "Amount",
    "order.description": "For",
    "order.number": "Order number",
    "order.expires": "Pay before",
    "order.time_zone": "Beijing time",
    "order.back": "Not now, back to the merchant",
    # errors
    "problem.heading": "Please check the following",
    "problem.prefix": "Error: ",
    "problem.login_missing": "Enter your login name",
    "problem.password_missing": "Enter your password",
    "problem.credentials_wrong": "The login name or password is not right. Try again",
    "problem.credentials_locked": "Too many tries. Wait a few minutes, then log in again",
    "problem.form_expired": "This page was open for too long. Submit it again",
    "problem.account_missing": "Choose the account to pay from",
    "problem.account_unknown": "That account cannot be used. Choose another one",
    "problem.pin_missing": "Enter your payment PIN",
    "problem.pin_format": "The payment PIN is 6 digits",
    "problem.pin_wrong": "The payment PIN is not right. Try again",
    "problem.pin_wrong.one": "The payment PIN is not right. You have 1 try left before it is locked",
    "problem.pin_wrong.other": "The payment PIN is not right. You have {count} tries left",
    # login
    "login.heading": "Log in to pay",
    "login.login": "Login name",
    "login.password": "Password",
    "login.submit": "Continue",
    "login.hint": "You check everything on the next page. Nothing is charged yet.",
    "login.notice.session_expired.title": "Your session has ended",
    "login.notice.session_expired.body": "To keep your money safe, please log in again. The order has not been paid.",
    "login.notice.logged_out.title": "You are logged out",
    "login.notice.logged_out.body": "The order has not been paid. To pay it, log in again.",
    # confirm
    "confirm.heading": "Confirm the payment",
    "confirm.payer": "Paying as",
    "confirm.logout": "Log out",
    "confirm.account": "Pay from",
    "account.current": "Current account",
    "confirm.available": "Available",
    "confirm.short": "Not enough",
    "confirm.pin": "Payment PIN",
    "confirm.pin_hint": "6 digits, not your login password",
    "confirm.submit": "Pay {amount}",
    "confirm.submit_held": "Set aside {amount}",
    "confirm.held_first": (
        "The amount is set aside now. The merchant charges it later, in whole or in part; what it does not charge is "
        "free again after seven days at the latest."
    ),
    "confirm.decline": "Do not pay this order",
    # results
    "back.to": "Back to {merchant}",
    "retry": "Try again",
    "pin_locked.title": "Your payment PIN is locked",
    "pin_locked.body": (
        "The PIN was wrong too many times, so it was locked to protect your money. Nothing was charged. "
        "Your bank can unlock it for you."
    ),
    "authorized.title": "Amount set aside",
    "authorized.body": "{merchant} can charge it, or a part of it. Nothing has been charged yet.",
    "authorized.until": "Set aside until",
    "succeeded.title": "Payment successful",
    "succeeded.body": "{merchant} has been paid.",
    "succeeded.paid_at": "Paid at",
    "succeeded.account": "Paid from",
    "succeeded.charged": "Charged",
    "processing.title": "Still processing",
    "processing.body": (
        "The bank is working on this payment. Please do not pay again; look for the result in a moment."
    ),
    "processing.refresh": "Check the result",
    "declined.title": "The payment did not go through",
    "declined.insufficient_funds": (
        "There is not enough money in the account. Nothing was charged. Use another account, or top up and try again."
    ),
    "declined.limit_exceeded": "This payment is above your payment limit. Nothing was charged.",
    "declined.account_unavailable": "The account you chose cannot pay at the moment. Nothing was charged.",
    "declined.no_account": "You have no account that can pay in this currency. Nothing was charged.",
    "declined.declined_by_payer": "You chose not to pay. Nothing was charged.",
    "declined.declined_by_payer.title": "You did not pay this order",
    "declined.refused_by_bank": (
        "The bank did not approve this payment. Nothing was charged. Your bank can tell you more."
    ),
    "expired.title": "This order has expired",
    "expired.body": (
        "The time to pay has passed. Nothing was charged. If you still want it, order again at the merchant."
    ),
    "already_paid.title": "This order is already paid",
    "already_paid.by_you": "You have paid this order before. You will not be charged again.",
    "already_paid.by_another": "This order has been paid. There is nothing left to pay.",
    "canceled.title": "This order was canceled",
    "canceled.body": "The order was canceled. Nothing was charged.",
    "owned_by_another.title": "Someone else is paying this order",
    "owned_by_another.body": (
        "Another person logged in first and started to pay. You were not charged. "
        "To pay it yourself, go back to the merchant and order again."
    ),
    # pages without an order
    "not_found.title": "We cannot find this payment",
    "not_found.body": (
        "The link may be incomplete or no longer valid. Go back to the merchant and start the payment again."
    ),
    "problem_page.bad_request.title": "We cannot handle this request",
    "problem_page.bad_request.body": "Go back to the merchant and start the payment again.",
    "problem_page.internal.title": "Something went wrong on our side",
    "problem_page.internal.body": (
        "Check the order with the merchant before you try to pay again. The problem has been recorded."
    ),
    "problem_page.unavailable.title": "The service is briefly unavailable",
    "problem_page.unavailable.body": "Wait a moment, then reload the page to see the state of the order.",
    "too_many_requests.title": "Too many requests",
    "too_many_requests.body.one": "Wait 1 second, then reload the page.",
    "too_many_requests.body.other": "Wait {count} seconds, then reload the page.",
    "request_id": "Request number",
    "request_id.hint": "Please quote it when you contact support.",
}
