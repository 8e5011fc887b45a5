"""Events, as merchants and the relay read them. They are written by the committer, with the change they tell of."""
