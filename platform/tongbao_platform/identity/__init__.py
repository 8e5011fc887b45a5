"""Who is calling, and how they prove it: clients, their keys and tokens, request signatures, and secrets at rest.

``jose``, ``request_signature``, ``client_assertion``, ``token_hash`` and ``vault`` are pure: they open no file, socket
or database, and are handed the time and a way to look up keys.
"""
