"""The public keys that clients registered: several at a time, each with its validity, so that they can be rotated."""
