"""What the portal is measured against: the same job done the usual way."""
