"""PDF, page by page and object by object."""
