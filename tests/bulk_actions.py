"""Where an action of one of the admin's lists leads."""

import re
from typing import Any

from django.test import Client

SELECTED = re.compile(r"[?&](selected|up_to)=")  # in the address of an action's page


def arrived(client: Client, response: Any) -> Any:
    """Return the action's page where a list has led to one, else what the list has answered."""
    leads_on = response.status_code == 302 and SELECTED.search(response.url)
    return client.get(response.url) if leads_on else response
