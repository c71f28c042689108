from __future__ import annotations

from app.domain import errors


def tree(root):
    return [root, *(found for child in root.__subclasses__() for found in tree(child))]


class TestGatewayErrors:
    def test_codes_are_distinct(self):
        codes = [error.code for error in tree(errors.GatewayError)]
        assert len(codes) == len(set(codes))

    def test_each_stands_in_the_drawn_tree(self):
        assert all(error.__name__ in errors.__doc__ for error in tree(errors.GatewayError))

    def test_a_wrong_field_is_named(self):
        assert errors.InvalidRequest("datum", "too long").field == "datum"

    def test_an_unknown_service_says_which_are_known(self):
        assert errors.UnknownService("Perm", ("Haarschnitt",)).known == ("Haarschnitt",)
