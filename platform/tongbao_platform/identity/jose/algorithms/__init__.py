"""Signature algorithms, one file each; a new one is one more file and one line in ``registry``."""
