"""The Tongbao server: an open-banking payment platform. Start reading at ``processes/`` or ``execution/``."""
