"""One file per running process, and ``wiring.py``, which builds what they need."""
