"""Webhook endpoints: where a merchant wants to be told of its events, and with which secret."""
