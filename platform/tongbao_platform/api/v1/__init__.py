"""Version 1: each resource file holds its wire structs, renderer and operations; ``operations.py`` lists them all."""
