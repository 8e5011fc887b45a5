"""The nouns of the business, a folder each: model, states, errors, events, tables, store, and one file per verb."""
