"""Who pays: the key or token for the Messages API, and where that API is.

Rules that live here and nowhere else:

* The environment's names are the vendor's own: ANTHROPIC_API_KEY before ANTHROPIC_AUTH_TOKEN, and ANTHROPIC_BASE_URL.
* A secret is checked for being sendable before anything else sees it, because libraries quote a header they refuse.
* A secret is in no `repr` and in no error's text.

Not promised: that the service accepts it; that is known with the first request. Profiles and workload identity, which
the vendor's package can also find, are not used: a run must not depend on files nobody named. This module does not
import the vendor's package.
"""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.errors import UsageError

DEFAULT_BASE_URL = "https://api.anthropic.com"
"""The vendor's own service."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Exactly one of `api_key` and `auth_token`, and the service's address.

    Raises:
        UsageError: none or both are given, one cannot be sent in a header, or the address is not one.
    """

    api_key: str | None = field(default=None, repr=False)
    auth_token: str | None = field(default=None, repr=False)
    base_url: str = DEFAULT_BASE_URL

    def __post_init__(self) -> None:
        """Refuse to exist unusable."""
        if (self.api_key is None) == (self.auth_token is None):
            raise UsageError(
                "the model needs exactly one of an API key and an auth token",
                hint="Set ANTHROPIC_API_KEY, or ANTHROPIC_AUTH_TOKEN, or use a recorded model with `replay:FILE`.",
            )
        if not (self.secret.isascii() and self.secret.isprintable() and self.secret and " " not in self.secret):
            raise UsageError(
                f"{self.variable} holds characters no key has (spaces, line breaks or letters beyond ASCII)",
                hint="Copy the key again; it is not shown here.",
            )
        _check_address(self.base_url)

    @property
    def secret(self) -> str:
        """The key or the token."""
        return self.api_key or self.auth_token or ""

    @property
    def variable(self) -> str:
        """The environment variable it usually comes from."""
        return "ANTHROPIC_API_KEY" if self.api_key is not None else "ANTHROPIC_AUTH_TOKEN"

    @property
    def host(self) -> str:
        """Host and, if given, port of the service: what may be shown of its address."""
        parts = urllib.parse.urlsplit(self.base_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"


def resolve_credentials(environ: Mapping[str, str]) -> Credentials:
    """Return the credentials an environment holds. Empty variables count as unset, space around values is ignored.

    Raises:
        UsageError: there are none, or they are unusable.
    """
    api_key, auth_token, base_url = (
        environ.get(name, "").strip() or None
        for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL")
    )
    if api_key is None and auth_token is None:
        raise UsageError(
            "there is no API key for the model",
            hint="Set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN), or use a recorded model with `replay:FILE`.",
        )
    return Credentials(
        api_key=api_key,
        auth_token=None if api_key else auth_token,
        base_url=base_url or DEFAULT_BASE_URL,
    )


def _check_address(base_url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(base_url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not base_url.isascii() or not base_url.isprintable():
        raise UsageError(
            "ANTHROPIC_BASE_URL is not the address of a service",
            hint=f"It looks like {DEFAULT_BASE_URL}; unset it to use that one.",
        )
