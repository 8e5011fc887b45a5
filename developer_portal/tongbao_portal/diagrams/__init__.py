"""Diagrams as SVG that stands inside the page, so that it follows the page's colours and needs no script."""
