"""Webhook deliveries: one event on its way to one endpoint, and each attempt to bring it there."""
