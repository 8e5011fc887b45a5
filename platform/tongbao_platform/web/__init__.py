"""The HTML pages: hosted checkout. Start reading at ``page`` (rendering, headers) and ``views`` (what a page shows)."""
