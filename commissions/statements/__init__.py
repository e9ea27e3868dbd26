"""The Commissions tab: overview, earnings by month, statements and their documents."""
