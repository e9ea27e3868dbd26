"""Sales' queue, lead page and decisions in the Django admin."""
