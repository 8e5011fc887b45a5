"""The OpenAPI document: Litestar's paths, msgspec's schemas, and a pure finalizer over both."""
