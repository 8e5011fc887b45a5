"""Payments: a payer's money on its way to a merchant, whatever the method."""
