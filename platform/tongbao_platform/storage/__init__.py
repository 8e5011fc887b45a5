"""Databases: the only package that speaks an SQL dialect. Tables live with their modules; this moves their rows."""
