"""How an operation runs: one write path for everything that changes a row.

Read ``operation.py`` (what an operation is), then ``committer.py`` (how a batch of them becomes one transaction).
"""
