"""Which host names the app answers to, and which origins may talk to it."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from streamlit import config

from digitcnn.settings import Settings

# Which pages may frame the app: its own only. In a frame of another site its buttons could be
# pressed by people who do not know it. `nosniff`: a file is what it says it is.
HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


def why_not(peer: str, headers: Mapping[str, str], settings: Settings) -> str | None:
    """Why a request is not answered, as a sentence; ``None`` if it may be.

    Args:
        peer: the address it comes from.
        headers: of the request, names in lower case.
        settings: of the app.
    """
    host = headers.get("host", "")
    hostname = _hostname(f"//{host}")
    if hostname is None:
        return "This request names no host."
    names = {*settings.hosts, *filter(None, (config.get_option("browser.serverAddress"),))}
    if not settings.public or settings.hosts:
        if not (_is_local(hostname) or hostname in names):
            return (
                f"This app does not answer to the name {hostname}. Its operator can add "
                "it to DIGITCNN_HOSTS."
            )
        if not settings.hosts and not _is_local(peer):
            return (
                "This app is private: it answers only this machine. Its operator can open it "
                "with DIGITCNN_HOSTS, or to strangers with DIGITCNN_PUBLIC=1."
            )
    origin = headers.get("origin")
    if origin is None or _is_own(origin, host) or _hostname(origin) in allowed_hosts():
        return None
    if settings.public and not config.get_option("server.enableCORS"):
        return None
    return "This app refuses requests from other sites' pages."


def allowed_hosts() -> set[str]:
    """The hosts whose pages Streamlit's own configuration allows besides the app's."""
    origins = config.get_option("server.corsAllowedOrigins")
    return {name for name in map(_hostname, map(str.strip, origins)) if name}


def _is_own(origin: str, host: str) -> bool:
    """Whether an origin is the host's own; behind a proxy with TLS the scheme may differ."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _hostname(url: str) -> str | None:
    try:
        name = urlsplit(url).hostname
    except ValueError:
        return None
    return name.rstrip(".") if name else None


def _is_local(name: str) -> bool:
    """Whether a name or an address is this machine's own, in every case."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
