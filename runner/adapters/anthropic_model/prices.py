"""What the models cost and what fits into them.

Rules that live here and nowhere else:

* Spend is never counted too low: it is rounded up, and an unknown model costs the dearest price of the table.
* A model is found by its name or by its name with a date, never by the mere beginning of its name: a price must not
  be taken for that of a later, dearer model.

Not promised: discounts and surcharges (priority or fast service, a region, batches) and anything a gateway adds.

The table is the vendor's published one as read in November 2026, in USD per million tokens. The write price is that
of the five-minute cache, the only one asked for: 1.25 times the input price where none was published. The second tier
of Haiku 5.5 keeps the ratios of the first one. This module does not import the vendor's package.
"""

import re

from runner.types import Usage, Word

DEFAULT_MODEL = "claude-opus-5-5"
"""The model of a run that names none: the vendor's recommended starting point as of November 2026."""

PRICES_AS_OF = "2026-11-12"
"""The day up to which the vendor's prices were read."""


class Price(Word, frozen=True, kw_only=True):
    """Billionths of a dollar per token, which is thousandths of the USD per million tokens a price list shows."""

    input_nusd: int
    output_nusd: int
    cache_read_nusd: int
    cache_write_nusd: int


class Card(Word, frozen=True, kw_only=True):
    """What is known of a model.

    Attributes:
        long_price: of a whole request whose prompt is longer than `long_tokens`; None when there is one price only.
        context_tokens: prompt and answer together.
        output_tokens: the longest answer.
    """

    model: str
    price: Price
    context_tokens: int
    output_tokens: int
    long_tokens: int = 0
    long_price: Price | None = None

    def price_of(self, prompt_tokens: int) -> Price:
        """Return the price of a request whose prompt, cached parts included, has that many tokens."""
        if self.long_price is not None and prompt_tokens > self.long_tokens:
            return self.long_price
        return self.price


def _price(input_usd: float, output_usd: float, read_usd: float, write_usd: float) -> Price:
    """Return the price whose columns are written as a price list writes them, in USD per million tokens."""
    return Price(
        input_nusd=round(input_usd * 1000),
        output_nusd=round(output_usd * 1000),
        cache_read_nusd=round(read_usd * 1000),
        cache_write_nusd=round(write_usd * 1000),
    )


def _card(model: str, price: Price) -> Card:
    return Card(model=model, price=price, context_tokens=1_000_000, output_tokens=128_000)


CARDS = (
    _card("claude-fable-5-2", _price(8, 40, 0.20, 10)),
    _card("claude-mythos-5-2", _price(8, 40, 0.20, 10)),
    _card("claude-fable-5-1", _price(10, 50, 0.25, 12.50)),
    _card("claude-opus-5-5", _price(4, 20, 0.20, 5)),
    _card("claude-opus-5", _price(5, 25, 0.50, 6.25)),
    _card("claude-sonnet-5-5", _price(2, 10, 0.10, 2.50)),
    _card("claude-sonnet-5", _price(2, 10, 0.20, 2.50)),
    Card(
        model="claude-haiku-5-5",
        price=_price(0.10, 0.50, 0.01, 0.125),
        context_tokens=1_000_000,
        output_tokens=128_000,
        long_tokens=100_000,
        long_price=_price(0.50, 2.50, 0.05, 0.625),
    ),
    Card(
        model="claude-haiku-4-5",
        price=_price(1, 5, 0.10, 1.25),
        context_tokens=200_000,
        output_tokens=64_000,
    ),
)
"""Every model whose price is known."""

DEAREST = Price(
    input_nusd=max(card.price.input_nusd for card in CARDS),
    output_nusd=max(card.price.output_nusd for card in CARDS),
    cache_read_nusd=max(card.price.cache_read_nusd for card in CARDS),
    cache_write_nusd=max(card.price.cache_write_nusd for card in CARDS),
)
"""What an unknown model is taken to cost: the highest of each column."""

_DATED = re.compile(r"(?P<model>.+?)(?:[-@]20\d{6}|-latest)")


def card_of(model: str) -> Card | None:
    """Return what is known of a model, given by its name, optionally with a date or `-latest`; None when unknown."""
    dated = _DATED.fullmatch(model)
    names = (model, dated["model"]) if dated else (model,)
    return next((card for card in CARDS if card.model in names), None)


def cost(model: str, tokens: Usage) -> Usage:
    """Return the same token counts with what they cost, rounded up to the next millionth of a dollar.

    Args:
        model: the one that answered; when unknown, the dearest price counts.
        tokens: the counts of one request. Requests are priced one by one, because a long prompt may cost more.
    """
    prompt_tokens = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens
    card = card_of(model)
    price = card.price_of(prompt_tokens) if card else DEAREST
    spend_nusd = (
        tokens.input_tokens * price.input_nusd
        + tokens.output_tokens * price.output_nusd
        + tokens.cache_read_tokens * price.cache_read_nusd
        + tokens.cache_write_tokens * price.cache_write_nusd
    )
    return Usage(
        input_tokens=tokens.input_tokens,
        output_tokens=tokens.output_tokens,
        cache_read_tokens=tokens.cache_read_tokens,
        cache_write_tokens=tokens.cache_write_tokens,
        spend_musd=-(-spend_nusd // 1000),
    )
