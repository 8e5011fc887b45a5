"""API clients: a merchant's application that may ask for tokens."""
