"""Where the key comes from, and that it goes nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.anthropic_model.credentials import DEFAULT_BASE_URL, Credentials, resolve_credentials
from runner.errors import UsageError

KEY = "sk-ant-secret-0123456789"


def test_the_key_comes_before_the_token() -> None:
    found = resolve_credentials({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_AUTH_TOKEN": "token"})
    assert (found.api_key, found.auth_token, found.base_url) == (KEY, None, DEFAULT_BASE_URL)


def test_a_token_alone_and_an_address_are_taken() -> None:
    environ = {
        "ANTHROPIC_API_KEY": " ",
        "ANTHROPIC_AUTH_TOKEN": "token\n",
        "ANTHROPIC_BASE_URL": "http://u:p@gate:8080/x",
    }
    found = resolve_credentials(environ)
    assert (found.api_key, found.auth_token, found.base_url) == (None, "token", "http://u:p@gate:8080/x")
    assert found.host == "gate:8080"


def test_without_any_the_error_says_what_to_set() -> None:
    with pytest.raises(UsageError) as caught:
        resolve_credentials({})
    for word in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "replay:FILE"):
        assert word in caught.value.hint


def test_the_secret_is_in_no_repr() -> None:
    assert KEY not in repr(Credentials(api_key=KEY))
    assert KEY not in repr(Credentials(auth_token=KEY))


@given(st.text(min_size=1))
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(junk: str) -> None:
    sendable = junk.isascii() and junk.isprintable() and " " not in junk
    if sendable:
        assert Credentials(api_key=junk).secret == junk
        return
    with pytest.raises(UsageError) as caught:
        Credentials(api_key=f"sk-ant-secret{junk}")
    assert "sk-ant-secret" not in f"{caught.value!r}{caught.value.hint}"


@pytest.mark.parametrize(
    "address",
    [
        "gate",
        "ftp://gate",
        "http://",
        "https://gate:99999",
        "http://[",
        "file:///etc/passwd",
        "http://gäte",
        "http://a\nb",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="ANTHROPIC_BASE_URL"):
        Credentials(api_key=KEY, base_url=address)


def test_two_secrets_are_refused() -> None:
    for given_secrets in ({}, {"api_key": KEY, "auth_token": "token"}):
        with pytest.raises(UsageError):
            Credentials(**given_secrets)
