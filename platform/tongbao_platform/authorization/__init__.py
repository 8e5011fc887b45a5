"""The authorization server's endpoints: metadata, key set, token.

``router.py`` lists the routes, ``token_checks/table.py`` the checks of a token request, one short file each.
"""
