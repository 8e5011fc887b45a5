"""Opaque access tokens: issued, looked up by their hash, ended, purged."""
