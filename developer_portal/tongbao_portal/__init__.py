"""The developer portal: what stands beside the documentation pages in ``developer_portal/docs``."""
