"""The checks of a token request, one file each, in the order of ``table.py``."""
