"""What the portal's pages are measured beside: the same rows by plain means, in the same server."""
