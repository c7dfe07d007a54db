from basket import discounted, total


def test_nothing_is_taken_off_without_a_discount():
    assert total([199, 250]) == 449


def test_half_a_cent_is_rounded_up():
    assert discounted(250, 15) == 213  # 212.5


def test_the_discount_is_taken_from_the_sum():
    assert total([5, 5, 5], percent=10) == 14  # 13.5, not 3 times 4.5
