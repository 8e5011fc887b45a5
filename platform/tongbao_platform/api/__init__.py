"""The JSON API: a folder per version, one file per resource, and the OpenAPI document built from the same values."""
