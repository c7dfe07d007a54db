"""What went wrong between us and the service: whether to try again, when, and what to tell a person.

Rules that live here and nowhere else:

* Tried again: what passes by itself (overload, rate limits, server errors, a stream that breaks off, a network that is
  away). Not tried again: what only a person can change (key, bill, model name, a request that is wrong or too large),
  and reaching a spend limit, however the service numbers it.
* The service's own word counts: `x-should-retry`, `retry-after-ms` and `retry-after` are obeyed.

Not promised: that no secret is quoted in a service's message; the door removes its own from all it says.
"""

import email.utils
import json
import math
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import anthropic
import httpx2

from runner.adapters.anthropic_model.stream import Malformed, NewerKind

QUOTED_CHARACTERS = 300
"""Most of a service's own message that is repeated to a person. Our choice."""

MAX_CAUSES = 20
"""Longest chain of causes that is followed; the vendor's package and its HTTP library make at most four."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One failed attempt.

    Attributes:
        why: a few words, to be read after "waiting: " or as a sentence.
        hint: what a person can do about it; empty when waiting is all.
        retry: whether the same request may succeed later.
        retry_after_s: how long the service asks to wait; None when it does not say.
    """

    why: str
    hint: str = ""
    retry: bool = False
    retry_after_s: float | None = None


class Stalled(Exception):
    """The stream goes on, but not to an end. `str()` says how."""


class NotAStream(Exception):
    """Something answered that is not the Messages API."""


HANDLED = (
    anthropic.AnthropicError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    Malformed,
    NewerKind,
    NotAStream,
    Stalled,
    UnicodeDecodeError,
)
"""All an attempt can fail with. Anything else is a mistake of ours."""

_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""HTTP status that each type of error has when it does not come inside a stream. Source: the API's error reference."""

_NAMES = {
    400: "the request is wrong",
    401: "the key is not accepted",
    402: "the bill is not paid",
    403: "not permitted",
    404: "not found",
    413: "the request is too large",
    408: "the request timed out",
    409: "a conflict on the service's side",
    429: "rate limit",
    500: "server error",
    502: "bad gateway",
    503: "service unavailable",
    504: "the service timed out",
    529: "overloaded",
}

_HINTS = {
    400: "The request was wrong in a way a new attempt does not mend. If the model's name and settings are right, "
    "please report it.",
    401: "Check the key: it is wrong, expired, or of another service than the address.",
    402: "Check the billing of the key's organization.",
    403: "The key may not do this: check its workspace and whether it may use this model.",
    404: "Check the model's name and, if it is set, ANTHROPIC_BASE_URL.",
    413: "The conversation has outgrown one request (32 MB). Split the task, or let commands print less.",
}
_SPEND_HINT = "A spend limit of the key's organization is reached: raise it, or wait until it starts anew."
_WINDOW_HINT = (
    "The conversation no longer fits into the model's window. Split the task, or take a model with a larger one."
)
_ADDRESS_HINT = "Check ANTHROPIC_BASE_URL and any proxy in between."
_CERTIFICATE_HINT = "If a proxy of your network signs its own certificates, name its authority in SSL_CERT_FILE."


def fault_of(error: Exception) -> Fault:
    """Return what an attempt failed with, given one of the errors in `HANDLED`."""
    match error:
        case anthropic.APIStatusError(status_code=status, response=response):
            return status_fault(status, _as_dict(error.body), response.headers)
        case Malformed() | NewerKind() | NotAStream() | Stalled():
            return _stream_fault(error)
        case UnicodeDecodeError():
            return Fault(why="the stream broke off: bytes that are no text", retry=True)
        case anthropic.APITimeoutError() | httpx2.TimeoutException():
            return Fault(why=_timeout(error), retry=True)
        case anthropic.APIConnectionError() | httpx2.HTTPError() | httpx2.StreamError():
            return _connection_fault(error)
        case _:
            return Fault(why=f"the request could not be sent ({type(error).__name__})", hint=_ADDRESS_HINT)


def error_event_fault(data: str) -> Fault:
    """Return what an `error` event inside a stream stands for. An unknown type counts as a server error."""
    try:
        body = _as_dict(json.loads(data))
    except (ValueError, RecursionError):
        body = {}
    kind = str(_as_dict(body.get("error")).get("type"))
    return status_fault(_STATUS_OF_TYPE.get(kind, 500), body, {})


def status_fault(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Fault:
    """Return what a status with its body and headers means.

    Args:
        status: of HTTP, or the one that belongs to the type of an error inside a stream.
        body: the error's JSON, `{"error": {"type": ..., "message": ..., "details": ...}}`; may be anything else.
        headers: read without regard to case; may be empty.
    """
    headers = {name.lower(): value for name, value in headers.items()}
    told = _as_dict(body.get("error"))
    message = printable(str(told.get("message") or ""))
    wait_s = _retry_after_s(headers)
    spent = _is_spend_limit(status, told, message, wait_s)
    retry = not spent and (status in {408, 409, 429} or status >= HTTPStatus.INTERNAL_SERVER_ERROR)
    if not spent and headers.get("x-should-retry") in {"true", "false"}:
        retry = headers["x-should-retry"] == "true"
    name = _NAMES.get(
        status, "server error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "the service refused the request"
    )
    if retry:
        return Fault(why=f"{name} ({status})", retry=True, retry_after_s=wait_s)
    request = re.sub(r"[^A-Za-z0-9_-]", "", headers.get("request-id") or str(body.get("request_id") or ""))[:64]
    why = f"{'a spend limit is reached' if spent else name} ({status}{f', request {request}' if request else ''})"
    return Fault(why=f"{why}: {message}" if message else why, hint=_hint(status, message, spent=spent))


def _hint(status: int, message: str, *, spent: bool) -> str:
    if spent:
        return _SPEND_HINT
    if status == HTTPStatus.BAD_REQUEST and "prompt is too long" in message.lower():
        return _WINDOW_HINT
    if status == HTTPStatus.BAD_REQUEST and "credit balance" in message.lower():
        return _HINTS[402]
    return _HINTS.get(status, _ADDRESS_HINT)


def printable(text: str) -> str:
    """Return foreign text as one line fit for a terminal, cut to `QUOTED_CHARACTERS`."""
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * QUOTED_CHARACTERS])
    line = " ".join(line.split())
    return line if len(line) <= QUOTED_CHARACTERS else f"{line[:QUOTED_CHARACTERS]} ..."


def _stream_fault(error: Exception) -> Fault:
    if isinstance(error, NewerKind):
        return Fault(why=f"the service sent {error}", hint="Update runner.")
    if isinstance(error, NotAStream):
        return Fault(why=f"what answered is not the Messages API ({error})", hint=_ADDRESS_HINT)
    return Fault(why=f"the stream broke off: {printable(str(error))}", retry=True)


def _connection_fault(error: Exception) -> Fault:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Fault(why="the service's certificate cannot be verified", hint=_CERTIFICATE_HINT)
    if any(isinstance(cause, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)) for cause in causes):
        return Fault(why="the request could not be sent", hint=_ADDRESS_HINT)
    if isinstance(error, anthropic.APIConnectionError):
        return Fault(why="no connection", hint=_ADDRESS_HINT, retry=True)
    return Fault(why="the stream broke off", retry=True)


def _timeout(error: Exception) -> str:
    connecting = any(isinstance(cause, httpx2.ConnectTimeout) for cause in _causes(error))
    return "no connection in time" if connecting else "no sign of life"


def _is_spend_limit(status: int, told: Mapping[str, Any], message: str, wait_s: float | None) -> bool:
    """Whether money is what is short. The service sends no `retry-after` then, and since 2026 a code of its own."""
    if status != HTTPStatus.TOO_MANY_REQUESTS:
        return False
    code = str(_as_dict(told.get("details")).get("error_code"))
    if code.endswith("spend_limit_reached"):
        return True
    return wait_s is None and re.search(r"spend|billing|credit|usage limit", message, re.IGNORECASE) is not None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how long the service asks to wait: milliseconds, else seconds, else a date; None when it does not say."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait_s = float(headers[name]) * unit_s
        except (KeyError, ValueError):
            continue
        return wait_s if math.isfinite(wait_s) and wait_s >= 0 else None
    date = email.utils.parsedate_tz(headers.get("retry-after"))
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None


def _as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised from. What merely happened before it is not asked."""
    cause: BaseException | None = error
    for _ in range(MAX_CAUSES):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__
