"""Schema changes, numbered; each runs on SQLite and PostgreSQL."""
