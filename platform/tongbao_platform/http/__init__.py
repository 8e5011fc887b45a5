"""What every HTTP surface shares: the pipeline (one short file per step, one visible list), problems, strict decoding.

Read ``pipeline.py`` first: the list there is the order in which a request is looked at.
"""
