"""Webhook endpoints: where a merchant wants its events."""
