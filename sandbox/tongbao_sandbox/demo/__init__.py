"""The demo: the whole story of a payment, played over real HTTP and checked to the last fen."""
