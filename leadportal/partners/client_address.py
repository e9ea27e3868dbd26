"""The client's address, as far as it can be trusted.

TRUSTED_PROXY_COUNT or TRUSTED_CLIENT_IP_HEADER says which proxies are trusted; what a client itself
writes into X-Forwarded-For is never read.
"""

from ipaddress import IPv6Address, ip_address
from typing import Final

from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

# Behind a unix socket no address is known unless a proxy names it.
UNKNOWN: Final = "unknown"


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address, the connection's if no trusted proxy names one.

    UNKNOWN if there is neither. An IPv4 address mapped into IPv6 is returned as IPv4: limits count
    IPv6 by network, and all mapped addresses are in a single network.
    """
    try:
        found = get_client_ip(request)
    except ImproperlyConfigured:
        # Fewer addresses than trusted proxies: the request has not passed through all of them.
        found = None
    return _plain(found or request.META.get("REMOTE_ADDR") or "")


def _plain(found: str) -> str:
    try:
        address = ip_address(found)
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        # Without a scope ("%eth0"), with which no network can be computed
        return str(address.ipv4_mapped or IPv6Address(int(address)))
    return str(address)
