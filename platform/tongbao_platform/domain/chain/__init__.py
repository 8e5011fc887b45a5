"""The hash chain: what was booked and audited is sealed in blocks, so that a later edit cannot hide."""
