"""Reads the API's document and writes the SDK's generated part and the portal's reference pages."""
