"""Values every layer shares: money, ids, time, callers, refusals. No input or output happens here."""
