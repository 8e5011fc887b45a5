"""The book: accounts, transfers, entries, holds. It knows money and nothing of payments."""
