"""Writes ``openapi/signature-vectors``: ``python -m tests.unit.identity.signature_vectors`` from the repository's root.

Deterministic: a run changes nothing unless a case changed. Signatures of randomised algorithms are kept from the
committed files while they still verify over what they should cover.
"""
