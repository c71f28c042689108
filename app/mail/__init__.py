"""Sending mail: to a server, or to the e-mail log only."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from app.usecases.ports import Log, Mail, MailNotSent

SENDER = "termine@askpro.example"
SMTP_SECONDS = 20
DEFAULT_PORT = 587


class LogMailer:
    """Sends nothing: the outbox keeps the mail, and that is the e-mail log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def send(self, mail: Mail) -> None:
        """Note that a mail would have left."""
        self._log.info("mail.logged", subject=mail.subject)


class SmtpMailer:
    """Sends through one server; smtp:// with STARTTLS, smtps:// with TLS from the start."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def send(self, mail: Mail) -> None:
        """Send one mail, or raise MailNotSent."""
        try:
            with self._connect() as server:
                server.send_message(_message(mail))
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSent(type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port or DEFAULT_PORT
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SMTP_SECONDS)
        else:
            server = smtplib.SMTP(host, port, timeout=SMTP_SECONDS)
            if self._url.username:
                server.starttls()
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))
        return server


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message.set_content(mail.body)
    if mail.calendar_file:
        message.add_attachment(
            mail.calendar_file.encode(), maintype="text", subtype="calendar", filename="termin.ics"
        )
    return message
