"""One file per request that the pages make; ``router.py`` lists them, ``visit`` and ``state`` hold what they share."""
