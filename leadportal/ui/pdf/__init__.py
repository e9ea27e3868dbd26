"""PDF documents from HTML."""
