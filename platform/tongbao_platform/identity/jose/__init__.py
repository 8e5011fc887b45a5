"""JSON Web Signatures, keys and thumbprints: the only place where a token's cryptography happens.

``cryptography`` signs and verifies; ``jwcrypto`` parses and holds keys, and is the differential oracle in the tests. It
is never handed a signature to verify here, for it takes several malformed ones (RFC 7515 forms with padding, blanks or
spare bits, ES256 signatures that are too long), and repeated header members.
"""
