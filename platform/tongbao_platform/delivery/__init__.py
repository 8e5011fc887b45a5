"""Webhooks on their way out: when each is tried, how it is signed and sent, and what the answer means."""
