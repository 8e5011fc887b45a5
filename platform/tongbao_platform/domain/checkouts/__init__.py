"""Checkouts: the page on which one payment is approved, reached by a secret token and owned by the first payer."""
