"""What a reply costs: never counted too low."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.anthropic_model.prices import CARDS, DEAREST, DEFAULT_MODEL, card_of, cost
from runner.types import Usage

counts = st.integers(0, 2_000_000)
usages = st.builds(
    lambda a, b, c, d: Usage(input_tokens=a, output_tokens=b, cache_read_tokens=c, cache_write_tokens=d),
    counts,
    counts,
    counts,
    counts,
)


@pytest.mark.parametrize(
    ("model", "tokens", "musd"),
    [
        ("claude-opus-5-5", Usage(input_tokens=1_000_000), 4_000_000),
        ("claude-opus-5-5", Usage(output_tokens=1_000_000), 20_000_000),
        ("claude-opus-5-5", Usage(cache_read_tokens=1_000_000), 200_000),
        ("claude-opus-5-5", Usage(cache_write_tokens=1_000_000), 5_000_000),
        ("claude-sonnet-5-5", Usage(cache_read_tokens=1), 1),
        ("claude-haiku-5-5", Usage(input_tokens=100_000, output_tokens=1000), 10_500),
        ("claude-haiku-5-5", Usage(input_tokens=100_001, output_tokens=1000), 52_501),
        ("claude-haiku-5-5", Usage(cache_read_tokens=100_001), 5001),
        ("claude-haiku-4-5-20251001", Usage(output_tokens=3), 15),
        ("never-heard-of", Usage(input_tokens=1, output_tokens=1, cache_read_tokens=2, cache_write_tokens=2), 86),
        ("claude-opus-5-5", Usage(), 0),
    ],
)
def test_the_price_list_is_applied(model: str, tokens: Usage, musd: int) -> None:
    assert cost(model, tokens).spend_musd == musd


@given(st.sampled_from([card.model for card in CARDS]), usages)
def test_an_unknown_model_is_never_cheaper_than_a_known_one(model: str, tokens: Usage) -> None:
    assert cost("never-heard-of", tokens).spend_musd >= cost(model, tokens).spend_musd


@given(st.sampled_from([card.model for card in CARDS]), usages, usages)
def test_more_tokens_never_cost_less_and_counts_stay(model: str, tokens: Usage, more: Usage) -> None:
    assert cost(model, tokens + more).spend_musd >= cost(model, tokens).spend_musd
    assert cost(model, tokens).tokens == tokens.tokens


@pytest.mark.parametrize(
    "name", ["claude-opus-5-5", "claude-opus-5-5-20260922", "claude-opus-5-5-latest", "claude-opus-5-5@20260922"]
)
def test_a_dated_name_is_the_same_model(name: str) -> None:
    card = card_of(name)
    assert card is not None
    assert card.model == "claude-opus-5-5"


@pytest.mark.parametrize(
    "name", ["claude-opus-5-9", "claude-opus-5-5-turbo", "claude", "", "xclaude-opus-5-5", "claude-opus-5-5\n"]
)
def test_a_later_model_is_not_taken_for_an_earlier_one(name: str) -> None:
    assert card_of(name) is None


def test_the_default_model_is_known() -> None:
    assert card_of(DEFAULT_MODEL) is not None


def test_no_two_models_share_a_name_and_every_answer_fits_its_window() -> None:
    assert len({card.model for card in CARDS}) == len(CARDS)
    assert all(0 < card.output_tokens < card.context_tokens for card in CARDS)
    assert all(card.price.cache_read_nusd < card.price.input_nusd < card.price.output_nusd for card in CARDS)
    assert DEAREST.output_nusd == 50_000
