"""Refunds: a payee's money on its way back to the account that paid."""
