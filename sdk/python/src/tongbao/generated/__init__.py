# Generated from openapi/tongbao-v1.json by sdk/generator/generate.py. Do not edit.
"""What is generated from the API's document."""
