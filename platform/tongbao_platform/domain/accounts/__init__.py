"""Accounts as the API shows them: a view of the book, limited to one owner."""
