"""The gateway's database of a fresh world: migrated, seeded, and copied from a template where it is a file."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from app.settings import Environment, Settings
from app.storage.migrate import upgrade
from app.wiring import build_gateway
from fixtures.seed import SetUpError, Theirs, load_catalogue, write_set_up
from harness.worlds.seeding import RETELL_API_KEY
from harness.worlds.world import Setting, WorldError

FILE = "gateway.sqlite3"


class DatabaseTemplate:
    """A migrated and seeded SQLite file that fresh worlds copy; made when first needed."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def copy_to(self, folder: Path) -> Path:
        """A fresh database in this folder; returns its file."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="askpro-template-"))
            _make(self._folder / FILE)
        return Path(shutil.copyfile(self._folder / FILE, folder / FILE))

    def close(self) -> None:
        """Remove the template."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def set_up(file: Path, setting: Setting) -> Mapping[str, Theirs]:
    """Write what a story finds when it begins; returns what the fake must hold, by account key."""
    if not setting.set_up:
        return {}
    gateway = build_gateway(test_settings(file, "http://127.0.0.1:9"), log_stream=io.StringIO())
    try:
        return write_set_up(gateway.database, setting.set_up, setting.now)
    except SetUpError as error:
        raise WorldError(f"the set-up cannot be written: {error}") from error
    finally:
        gateway.close()


def test_settings(database: Path, calcom_url: str) -> Settings:
    """The settings of a gateway in a test world."""
    return Settings(
        environment=Environment.TEST,
        database_url=f"sqlite:///{database}",
        calcom_base_url=calcom_url,
        retell_api_keys=(RETELL_API_KEY,),
    )


def _make(file: Path) -> None:
    settings = test_settings(file, "http://127.0.0.1:9")
    upgrade(settings.database_url)
    gateway = build_gateway(settings, log_stream=io.StringIO())
    load_catalogue(gateway.database, settings)
    gateway.close()
