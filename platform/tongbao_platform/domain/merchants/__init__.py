"""Merchants: who is paid, at which fee, into which accounts."""
