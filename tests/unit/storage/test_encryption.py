from __future__ import annotations

import pytest

from app.storage.encryption import Vault, VaultError, normalise_email, normalise_phone

NUMBER = "+4917139200107"


@pytest.fixture
def vault() -> Vault:
    return Vault(["a secret of any form"], "index secret")


class TestSealing:
    def test_opens_what_it_sealed(self, vault):
        assert vault.open(vault.seal("Übermorgen, 14:00")) == "Übermorgen, 14:00"

    def test_never_seals_twice_alike(self, vault):
        assert vault.seal(NUMBER) != vault.seal(NUMBER)

    def test_hides_the_text(self, vault):
        assert NUMBER not in vault.seal(NUMBER)

    def test_passes_none_through(self, vault):
        assert vault.seal_optional(None) is None
        assert vault.open_optional(None) is None

    def test_refuses_a_changed_token(self, vault):
        token = vault.seal(NUMBER)
        changed = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
        with pytest.raises(VaultError):
            vault.open(changed)

    @pytest.mark.parametrize("token", ["", "plain text", NUMBER])
    def test_refuses_what_is_no_token(self, vault, token):
        with pytest.raises(VaultError):
            vault.open(token)

    def test_does_not_tell_when_something_was_sealed(self, vault):
        assert vault.seal("a")[:12] == vault.seal("b")[:12]  # version and a timestamp of zero

    def test_prints_without_its_keys(self, vault):
        assert repr(vault) == "Vault(***)"

    @pytest.mark.parametrize(("keys", "index"), [([], "i"), ([""], "i"), (["k", ""], "i"), (["k"], "")])
    def test_refuses_empty_secrets(self, keys, index):
        with pytest.raises(VaultError):
            Vault(keys, index)


class TestRotation:
    def test_the_first_key_seals_and_every_key_opens(self):
        old, both = Vault(["old"], "i"), Vault(["new", "old"], "i")
        assert both.open(old.seal("x")) == "x"
        assert Vault(["new"], "i").open(both.seal("x")) == "x"

    def test_a_rotated_value_outlives_the_old_key(self):
        token = Vault(["new", "old"], "i").rotate(Vault(["old"], "i").seal("x"))
        assert Vault(["new"], "i").open(token) == "x"
        with pytest.raises(VaultError):
            Vault(["old"], "i").open(token)

    def test_refuses_to_rotate_what_it_cannot_open(self, vault):
        with pytest.raises(VaultError):
            vault.rotate(Vault(["foreign"], "i").seal("x"))


class TestBlindIndexes:
    @pytest.mark.parametrize(
        "written", ["0171 39200107", "0049 171 392 001 07", "+49 (0)171 39200107", "+49-171-39200107"]
    )
    def test_one_number_has_one_index_however_it_is_written(self, vault, written):
        assert vault.phone_index(written) == vault.phone_index(NUMBER)
        assert vault.phone_tail_index(written) == vault.phone_tail_index(NUMBER)

    def test_the_tail_finds_the_number_under_another_country_code(self, vault):
        assert vault.phone_index("+4317139200107") != vault.phone_index(NUMBER)
        assert vault.phone_tail_index("+4317139200107") == vault.phone_tail_index(NUMBER)

    @pytest.mark.parametrize("nobody", [None, "", "anonymous", "unknown"])
    def test_a_withheld_number_is_nobodys(self, vault, nobody):
        assert vault.phone_index(nobody) is None
        assert vault.phone_tail_index(nobody) is None

    def test_a_short_number_has_no_tail(self, vault):
        assert vault.phone_tail_index("110") is None

    def test_an_address_has_one_index_in_any_case(self, vault):
        assert vault.email_index(" Erika@Example.COM ") == vault.email_index("erika@example.com")
        assert vault.email_index("") is None

    def test_an_index_says_nothing_without_its_key(self):
        assert Vault(["k"], "one").phone_index(NUMBER) != Vault(["k"], "other").phone_index(NUMBER)

    def test_kinds_of_indexes_never_meet(self, vault):
        indexes = {
            vault.phone_index("39200107"),
            vault.phone_tail_index(NUMBER),
            vault.email_index("39200107"),
        }
        assert len(indexes) == 3

    def test_survives_the_rotation_of_encryption_keys(self):
        assert Vault(["new", "old"], "i").phone_index(NUMBER) == Vault(["old"], "i").phone_index(NUMBER)


class TestNormalising:
    def test_an_unreadable_number_keeps_its_digits(self):
        assert normalise_phone("+1") == "1"

    def test_addresses_are_trimmed_and_folded(self):
        assert normalise_email(" STRASSE@Example.com") == "strasse@example.com"
