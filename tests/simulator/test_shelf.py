from __future__ import annotations

import pytest

from simulator.control.shelf import Record, Shelf


def record(number: int) -> Record:
    return number, b"said %d" % number


def filled(count: int) -> Shelf:
    shelf = Shelf()
    for number in range(1, count + 1):
        shelf.append(*record(number))
    return shelf


class TestShelf:
    @pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 200])
    def test_all_come_back_in_order_whole_and_from_any_number_on(self, count: int) -> None:
        shelf = filled(count)
        assert len(shelf) == count
        assert list(shelf.records_above(0)) == [record(number) for number in range(1, count + 1)]
        assert list(shelf.records_above(40)) == [record(number) for number in range(41, count + 1)]

    @pytest.mark.parametrize("count", [1, 31, 32, 33, 70])
    def test_the_oldest_go_one_by_one_while_new_ones_come(self, count: int) -> None:
        shelf = filled(count)
        for number in range(1, 200):
            assert shelf.pop_oldest() == record(number)
            shelf.append(*record(count + number))
            assert len(shelf) == count
        assert list(shelf.records_above(0)) == [record(number) for number in range(200, 200 + count)]

    def test_an_empty_one_has_no_oldest(self) -> None:
        with pytest.raises(IndexError):
            Shelf().pop_oldest()

    def test_who_ended_later_than_newer_ones_is_found_by_number(self) -> None:
        shelf = Shelf()
        for number in [50, *range(1, 50), *range(51, 80)]:
            shelf.append(*record(number))
        assert [number for number, _ in shelf.records_above(49)] == [50, *range(51, 80)]

    def test_a_copy_keeps_what_it_had(self) -> None:
        shelf = filled(40)
        copy = shelf.copy()
        shelf.append(*record(41))
        shelf.pop_oldest()
        assert list(copy.records_above(0)) == [record(number) for number in range(1, 41)]

    def test_repetitions_take_little_room(self) -> None:
        shelf = Shelf()
        for number in range(320):
            shelf.append(number, b"the same thousand bytes" * 50)
        assert sum(len(block) for _, block in shelf._blocks) < 320 * 1150 / 10
