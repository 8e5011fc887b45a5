"""Customers of the bank: who pays, and how they prove it."""
