"""How one payment was cleared: hold, postings, release, and whom it was told to."""
