"""What the portal is compared with: the same job done the usual way."""
