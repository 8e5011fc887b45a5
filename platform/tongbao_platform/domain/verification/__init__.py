"""Proof that the books are right: looked at from outside, not through the stores that wrote them."""
