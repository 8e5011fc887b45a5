# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""The operations, by resource."""
