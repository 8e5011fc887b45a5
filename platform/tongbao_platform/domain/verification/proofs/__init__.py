"""The proofs as queries that return nothing when the books are right, one file per subject.

They are plain SQL that both databases read, on the tables themselves: a verifier that shared code with the writer would
share its mistakes. Each row is (subject, detail).

Names in braces are conditions that limit a proof to what happened recently (see ``store.SCOPES``); a full run puts
nothing in their place.
"""
