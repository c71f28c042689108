from __future__ import annotations

import smtplib
import socket
import threading

import pytest

from app.mail import SENDER, LogMailer, SmtpMailer
from app.usecases.ports import Mail, MailNotSent

MAIL = Mail("erika@example.com", "Terminbestätigung", "Guten Tag\n", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")


class SmtpServer:
    """Takes one mail over a real socket, or refuses the recipient."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.lines: list[str] = []
        self._refuses = refuses
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rwb") as wire:
            self._say(wire, "220 ready")
            for line in iter(lambda: wire.readline().decode().rstrip(), ""):
                self.lines.append(line)
                verb = line[:4].upper()
                if verb == "DATA":
                    self._say(wire, "354 go on")
                    self.lines += list(iter(lambda: wire.readline().decode().rstrip("\r\n"), "."))
                if verb == "QUIT":
                    self._say(wire, "221 bye")
                    return
                self._say(wire, "550 no such person" if verb == "RCPT" and self._refuses else "250 ok")

    @staticmethod
    def _say(wire, line: str) -> None:
        wire.write(f"{line}\r\n".encode())
        wire.flush()

    def close(self) -> None:
        self._thread.join(10)
        self._socket.close()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class ListLog:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict]] = []

    def info(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))


class TestSmtpMailer:
    def test_a_mail_arrives_with_its_calendar_file(self):
        server = SmtpServer()
        SmtpMailer(server.url).send(MAIL)
        server.close()
        assert "<erika@example.com>" in server.text
        assert f"From: {SENDER}" in server.text
        assert "text/calendar" in server.text
        assert "termin.ics" in server.text

    def test_one_without_a_file_is_plain_text(self):
        server = SmtpServer()
        SmtpMailer(server.url).send(Mail("erika@example.com", "Hallo", "Guten Tag\n"))
        server.close()
        assert "text/calendar" not in server.text

    def test_a_refused_mail_is_not_sent(self):
        server = SmtpServer(refuses=True)
        with pytest.raises(MailNotSent, match="SMTPRecipientsRefused"):
            SmtpMailer(server.url).send(MAIL)
        server.close()

    def test_no_server_is_not_sent_either(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with pytest.raises(MailNotSent, match="ConnectionRefusedError"):
            SmtpMailer(f"smtp://127.0.0.1:{port}").send(MAIL)


class TestLoggingIn:
    @pytest.mark.parametrize(
        ("url", "kind", "wanted"),
        [
            ("smtp://post:man%40er@mail.example:25", "SMTP", ["starttls", ("login", "post", "man@er")]),
            ("smtps://post:box@mail.example", "SMTP_SSL", [("login", "post", "box")]),
            ("smtp://mail.example", "SMTP", []),
        ],
    )
    def test_a_password_travels_encrypted_only(self, monkeypatch, url, kind, wanted):
        seen: list[object] = []

        class Server:
            def __init__(self, host, port, timeout):
                self.address = (host, port)

            def __enter__(self):
                return self

            def __exit__(self, *_error):
                return None

            def starttls(self):
                seen.append("starttls")

            def login(self, user, password):
                seen.append(("login", user, password))

            def send_message(self, message):
                assert message["To"] == "erika@example.com"

        monkeypatch.setattr(smtplib, kind, Server)
        SmtpMailer(url).send(MAIL)
        assert seen == wanted


class TestLogMailer:
    def test_it_notes_the_subject_and_nobodys_address(self):
        log = ListLog()
        LogMailer(log).send(MAIL)
        assert log.events == [("mail.logged", {"subject": "Terminbestätigung"})]
