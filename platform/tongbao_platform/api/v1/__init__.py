"""Version 1. Each resource file holds its wire structs, its renderer and its operations; ``operations.py`` lists them all."""
