"""Merchants, customers, payments, refunds, identity, webhooks."""

import sqlalchemy as sa
from alembic import op

from tongbao_platform.storage.migrations.column_types import ASCII, FLAG, OCTETS, WHOLE, WORDS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _access_token()
    _checkout()
    _client()
    _client_key()
    _client_key_use()
    _customer()
    _login_session()
    _merchant()
    _payment()
    _platform_key()
    _refund()
    _webhook_attempt()
    _webhook_delivery()
    _webhook_endpoint()


def downgrade() -> None:
    """Money is never migrated backward: restore a backup instead."""
    raise RuntimeError("restore a backup instead")


def _access_token() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("client_id", ASCII, nullable=False),
        sa.Column("key_id", ASCII, nullable=False),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("issued_at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=False),
        sa.Column("revoked_at", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_access_token"),
    )
    op.create_index("ix_access_token_expires_at", "access_token", ["expires_at"])


def _checkout() -> None:
    op.create_table(
        "checkout",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("token_hash", OCTETS, nullable=False),
        sa.Column("customer_id", ASCII, nullable=True),
        sa.Column("claimed_at", WHOLE, nullable=True),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=False),
        sa.CheckConstraint("(customer_id IS NULL) = (claimed_at IS NULL)", name="ck_checkout_claimed"),
        sa.PrimaryKeyConstraint("id", name="pk_checkout"),
        sa.UniqueConstraint("token_hash", name="uq_checkout_token_hash"),
    )


def _client() -> None:
    op.create_table(
        "client",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("profile", ASCII, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("scopes", WORDS, nullable=False),
        sa.Column("api_version", ASCII, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("key_count", WHOLE, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_client"),
    )
    op.create_index("ix_client_merchant_id", "client", ["merchant_id"])


def _client_key() -> None:
    op.create_table(
        "client_key",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("client_id", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("kid", ASCII, nullable=False),
        sa.Column("alg", ASCII, nullable=False),
        sa.Column("public_jwk", WORDS, nullable=False),
        sa.Column("use", ASCII, nullable=False),
        sa.Column("valid_from", WHOLE, nullable=False),
        sa.Column("valid_until", WHOLE, nullable=True),
        sa.Column("revoked_at", WHOLE, nullable=True),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_client_key"),
        sa.UniqueConstraint("client_id", "kid", name="uq_client_key_client_id_kid"),
    )


def _client_key_use() -> None:
    op.create_table(
        "client_key_use",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("last_used_at", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_client_key_use"),
    )


def _customer() -> None:
    op.create_table(
        "customer",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("login", WORDS, nullable=False),
        sa.Column("password_hash", ASCII, nullable=False),
        sa.Column("pin_hash", ASCII, nullable=False),
        sa.Column("name_masked", WORDS, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("pin_failures", WHOLE, nullable=False),
        sa.Column("pin_locked_at", WHOLE, nullable=True),
        sa.Column("sign_in_failures", WHOLE, nullable=False),
        sa.Column("sign_in_blocked_until", WHOLE, nullable=True),
        sa.CheckConstraint("pin_failures >= 0 AND sign_in_failures >= 0", name="ck_customer_failures"),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sa.UniqueConstraint("login", name="uq_customer_login"),
    )


def _login_session() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("token_hash", OCTETS, nullable=False),
        sa.Column("customer_id", ASCII, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.UniqueConstraint("token_hash", name="uq_login_session_token_hash"),
    )
    op.create_index("ix_login_session_expires_at", "login_session", ["expires_at"])


def _merchant() -> None:
    op.create_table(
        "merchant",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("fee_rate_ppm", WHOLE, nullable=False),
        sa.Column("return_origins", WORDS, nullable=False),
        sa.Column("settlement_accounts", WORDS, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("late_payment", ASCII, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.CheckConstraint("fee_rate_ppm BETWEEN 0 AND 1000000", name="ck_merchant_fee_rate"),
        sa.PrimaryKeyConstraint("id", name="pk_merchant"),
    )


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("payer_merchant_id", ASCII, nullable=True),
        sa.Column("creator_merchant_id", ASCII, nullable=False),
        sa.Column("client_id", ASCII, nullable=False),
        sa.Column("merchant_order_no", ASCII, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("currency", ASCII, nullable=False),
        sa.Column("description", WORDS, nullable=False),
        sa.Column("method_type", ASCII, nullable=False),
        sa.Column("method", WORDS, nullable=False),
        sa.Column("capture_method", ASCII, nullable=False),
        sa.Column("scene", WORDS, nullable=True),
        sa.Column("metadata", WORDS, nullable=False),
        sa.Column("fee_rate_ppm", WHOLE, nullable=False),
        sa.Column("payee_account_id", ASCII, nullable=False),
        sa.Column("fee_account_id", ASCII, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=True),
        sa.Column("checkout_token_sealed", OCTETS, nullable=True),
        sa.Column("amount_captured_minor", WHOLE, nullable=False),
        sa.Column("amount_refunded_minor", WHOLE, nullable=False),
        sa.Column("refund_reserved_minor", WHOLE, nullable=False),
        sa.Column("refund_count", WHOLE, nullable=False),
        sa.Column("fee_minor", WHOLE, nullable=False),
        sa.Column("fee_returned_minor", WHOLE, nullable=False),
        sa.Column("refund_status", ASCII, nullable=False),
        sa.Column("split_status", ASCII, nullable=False),
        sa.Column("dispute_status", ASCII, nullable=False),
        sa.Column("settlement_status", ASCII, nullable=False),
        sa.Column("late", FLAG, nullable=False),
        sa.Column("last_error", WORDS, nullable=True),
        sa.Column("attempts", WORDS, nullable=False),
        sa.Column("payer_customer_id", ASCII, nullable=True),
        sa.Column("payer_account_id", ASCII, nullable=True),
        sa.Column("payer_masked", WORDS, nullable=True),
        sa.Column("succeeded_at", WHOLE, nullable=True),
        sa.CheckConstraint("(status = 'succeeded') = (succeeded_at IS NOT NULL)", name="ck_payment_succeeded"),
        sa.CheckConstraint(
            "0 <= amount_refunded_minor AND amount_refunded_minor <= refund_reserved_minor"
            " AND refund_reserved_minor <= amount_captured_minor",
            name="ck_payment_refunds",
        ),
        sa.CheckConstraint(
            "0 <= fee_returned_minor AND fee_returned_minor <= fee_minor AND fee_minor <= amount_captured_minor",
            name="ck_payment_fee",
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND amount_captured_minor BETWEEN 0 AND amount_minor", name="ck_payment_amount"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment"),
    )
    _payment_indexes()


def _payment_indexes() -> None:
    op.create_index(
        "ix_payment_due",
        "payment",
        ["expires_at"],
        postgresql_where=sa.text("status = 'requires_action'"),
        sqlite_where=sa.text("status = 'requires_action'"),
    )
    op.create_index("ix_payment_payee", "payment", ["merchant_id", "created_at", "id"])
    op.create_index(
        "ix_payment_payer",
        "payment",
        ["payer_merchant_id", "created_at", "id"],
        postgresql_where=sa.text("payer_merchant_id IS NOT NULL"),
        sqlite_where=sa.text("payer_merchant_id IS NOT NULL"),
    )
    op.create_index("uq_payment_order_no", "payment", ["creator_merchant_id", "merchant_order_no"], unique=True)


def _platform_key() -> None:
    op.create_table(
        "platform_key",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("alg", ASCII, nullable=False),
        sa.Column("public_jwk", WORDS, nullable=False),
        sa.Column("sealed_private", WORDS, nullable=True),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("announced_at", WHOLE, nullable=False),
        sa.Column("activated_at", WHOLE, nullable=True),
        sa.Column("retired_at", WHOLE, nullable=True),
        sa.Column("revision", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_platform_key"),
    )


def _refund() -> None:
    op.create_table(
        "refund",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("client_id", ASCII, nullable=False),
        sa.Column("payment_id", ASCII, nullable=False),
        sa.Column("merchant_refund_no", ASCII, nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("currency", ASCII, nullable=False),
        sa.Column("reason", WORDS, nullable=True),
        sa.Column("metadata", WORDS, nullable=False),
        sa.Column("fee_returned_minor", WHOLE, nullable=False),
        sa.Column("from_account_id", ASCII, nullable=False),
        sa.Column("to_account_id", ASCII, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("last_error", WORDS, nullable=True),
        sa.Column("succeeded_at", WHOLE, nullable=True),
        sa.CheckConstraint("amount_minor > 0", name="ck_refund_amount"),
        sa.CheckConstraint("fee_returned_minor BETWEEN 0 AND amount_minor", name="ck_refund_fee"),
        sa.PrimaryKeyConstraint("id", name="pk_refund"),
    )
    op.create_index("ix_refund_merchant", "refund", ["merchant_id", "created_at", "id"])
    op.create_index("ix_refund_payment_id", "refund", ["payment_id"])
    op.create_index("uq_refund_refund_no", "refund", ["merchant_id", "merchant_refund_no"], unique=True)


def _webhook_attempt() -> None:
    op.create_table(
        "webhook_attempt",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("delivery_id", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("url", WORDS, nullable=False),
        sa.Column("started_at", WHOLE, nullable=False),
        sa.Column("duration_ms", WHOLE, nullable=False),
        sa.Column("late", FLAG, nullable=False),
        sa.Column("response_status", WHOLE, nullable=True),
        sa.Column("reason", ASCII, nullable=False),
        sa.Column("detail", WORDS, nullable=False),
        sa.Column("response_headers", WORDS, nullable=False),
        sa.Column("response_body", OCTETS, nullable=False),
        sa.Column("response_body_truncated", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempt"),
    )
    op.create_index("uq_webhook_attempt_number", "webhook_attempt", ["delivery_id", "number"], unique=True)


def _webhook_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("endpoint_id", ASCII, nullable=False),
        sa.Column("event_id", ASCII, nullable=False),
        sa.Column("event_type", ASCII, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("body", OCTETS, nullable=False),
        sa.Column("due_at", WHOLE, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("replay_no", WHOLE, nullable=False),
        sa.Column("lease_token", WHOLE, nullable=False),
        sa.Column("attempt_count", WHOLE, nullable=False),
        sa.Column("last_failure", ASCII, nullable=True),
        sa.Column("completed_at", WHOLE, nullable=True),
        sa.CheckConstraint("seq > 0", name="ck_webhook_delivery_seq"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
    )
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["due_at", "id"],
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_webhook_delivery_merchant", "webhook_delivery", ["merchant_id", "id"])
    op.create_index(
        "uq_webhook_delivery_event", "webhook_delivery", ["event_id", "endpoint_id", "replay_no"], unique=True
    )
    op.create_index("uq_webhook_delivery_seq", "webhook_delivery", ["endpoint_id", "seq", "replay_no"], unique=True)


def _webhook_endpoint() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("livemode", FLAG, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("status", ASCII, nullable=False),
        sa.Column("merchant_id", ASCII, nullable=False),
        sa.Column("client_id", ASCII, nullable=False),
        sa.Column("url", WORDS, nullable=False),
        sa.Column("event_types", WORDS, nullable=False),
        sa.Column("description", WORDS, nullable=True),
        sa.Column("api_version", ASCII, nullable=False),
        sa.Column("metadata", WORDS, nullable=False),
        sa.Column("secret_sealed", WORDS, nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
        sa.Column("last_seq", WHOLE, nullable=False),
        sa.Column("disabled_reason", ASCII, nullable=True),
        sa.Column("disabled_at", WHOLE, nullable=True),
        sa.Column("previous_secret_sealed", WORDS, nullable=True),
        sa.Column("previous_secret_expires_at", WHOLE, nullable=True),
        sa.CheckConstraint("last_seq >= 0", name="ck_webhook_endpoint_last_seq"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoint"),
    )
    op.create_index("ix_webhook_endpoint_merchant", "webhook_endpoint", ["merchant_id", "id"])
