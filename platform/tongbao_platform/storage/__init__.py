"""Databases: the only package that speaks an SQL dialect. Tables live with their modules; this knows how to move rows."""
