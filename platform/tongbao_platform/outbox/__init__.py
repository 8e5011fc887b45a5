"""Events, committed with the change they tell of."""
