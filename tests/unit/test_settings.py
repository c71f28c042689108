from __future__ import annotations

from dataclasses import fields

import pytest

from app.settings import VARIABLES, Environment, Settings, SettingsError

SECRETS = {
    "ASKPRO_RETELL_API_KEYS": "retell-one,retell-two",
    "ASKPRO_SECRET_KEY": "session-secret",
    "ASKPRO_ENCRYPTION_KEYS": "newest-key,older-key",
    "ASKPRO_INDEX_KEY": "blind-index-secret",
    "ASKPRO_SMTP_URL": "smtp://postman:letterbox@mail.example",
    "ASKPRO_DATABASE_URL": "postgresql://askpro:database-secret@db.example/askpro",
    "ASKPRO_REDIS_URL": "redis://:redis-secret@cache.example",
}
PRODUCTION = SECRETS | {"ASKPRO_ENV": "production", "ASKPRO_CALCOM_BASE_URL": "https://api.cal.com/"}


def faults(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return str(caught.value)


class TestFromEnv:
    def test_nothing_set_is_a_development_gateway(self):
        assert Settings.from_env({}) == Settings()
        assert Settings().environment is Environment.DEVELOPMENT

    def test_everything_set_is_read(self):
        settings = Settings.from_env(PRODUCTION | {"ASKPRO_LOG_LEVEL": "debug"})
        assert settings.environment is Environment.PRODUCTION
        assert settings.retell_api_keys == ("retell-one", "retell-two")
        assert settings.encryption_keys == ("newest-key", "older-key")
        assert settings.calcom_base_url == "https://api.cal.com"
        assert settings.log_level == "DEBUG"

    def test_an_empty_variable_counts_as_not_set(self):
        assert Settings.from_env({"ASKPRO_LOG_LEVEL": "  "}).log_level == "INFO"

    def test_other_programs_variables_are_not_ours(self):
        assert Settings.from_env({"PATH": "/bin", "MYASKPRO_X": "1"}) == Settings()

    def test_the_test_benchs_variables_are_passed_over(self):
        assert Settings.from_env({"ASKPRO_CLOCK_FILE": "/tmp/clock"}) == Settings()


class TestFaults:
    def test_every_one_is_named_at_once(self):
        text = faults(
            {
                "ASKPRO_ENV": "staging",
                "ASKPRO_LOG_LEVEL": "LOUD",
                "ASKPRO_CALCOM_BASE_URL": "api.cal.com",
                "ASKPRO_RETELL_API_KEYS": ",",
                "ASKPRO_COLOUR": "blue",
            }
        )
        assert "ASKPRO_ENV: 'staging' is none of production, development, test" in text
        assert "ASKPRO_LOG_LEVEL: 'LOUD' is none of" in text
        assert "ASKPRO_CALCOM_BASE_URL: 'api.cal.com' is no URL" in text
        assert "ASKPRO_RETELL_API_KEYS: needs at least one key" in text
        assert "ASKPRO_COLOUR: no such setting" in text

    def test_an_unknown_one_is_told_with_those_that_exist(self):
        text = faults({"ASKPRO_DATABSE_URL": "sqlite://"})
        assert all(variable.name in text for variable in VARIABLES)

    @pytest.mark.parametrize(
        "name", [variable.name for variable in VARIABLES if variable.needed_in_production]
    )
    def test_production_names_each_missing_secret(self, name):
        text = faults({key: value for key, value in PRODUCTION.items() if key != name})
        assert f"{name}: missing" in text
        assert text.count("missing") == 1

    def test_production_names_all_of_them_together(self):
        text = faults({"ASKPRO_ENV": "production"})
        wanted = [variable for variable in VARIABLES if variable.needed_in_production]
        assert text.count("missing") == len(wanted)
        assert all(variable.purpose in text for variable in wanted)

    def test_no_value_of_a_secret_is_repeated(self):
        assert "hunter2" not in faults({"ASKPRO_SECRET_KEY": "hunter2", "ASKPRO_ENV": "nowhere"})


class TestSettings:
    def test_they_print_without_their_secrets(self):
        text = repr(Settings.from_env(PRODUCTION))
        for secret in ("retell-one", "session-secret", "older-key", "blind-index-secret"):
            assert secret not in text
        for secret in ("letterbox", "database-secret", "redis-secret"):
            assert secret not in text

    def test_every_one_has_its_variable(self):
        assert {variable.field for variable in VARIABLES} == {field.name for field in fields(Settings)}

    @pytest.mark.parametrize("field", ["secret_key", "index_key"])
    def test_a_default_secret_says_what_it_is_for(self, field):
        assert getattr(Settings(), field).endswith("for-development-only")
