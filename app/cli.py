"""The command `askpro`: parse, call a use case, print. Other packages add commands by entry point."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points

import click

from app.clock import SystemClock
from app.german_command import german
from app.jobs.loop import run_forever
from app.settings import Settings, SettingsError
from app.usecases.service_saving import CheckedService
from app.wiring import Gateway, build_gateway

WRONG_USE = 2
DID_NOT_HOLD = 1
GATEWAY_THREADS = 16
GATEWAY_PROCESSES = 2
"""Two sync workers alone fall to 44 bookings a second when Cal.com takes 20 ms (design, section 6)."""
COMMAND_GROUP = "askpro.commands"


@click.group()
def main() -> None:
    """Run the AskPro gateway and its test bench.

    Exits 0 when all held, 1 when something did not, 2 for wrong use, 3 when the stack did not start, 4 when a
    result is inconclusive.
    """


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
def gateway(host: str, port: int) -> None:
    """Serve the gateway as production does: two processes, sixteen threads each."""
    from granian import Granian  # noqa: PLC0415 - only this command serves
    from granian.constants import Interfaces  # noqa: PLC0415

    _settings()
    Granian(
        "app:create_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=GATEWAY_PROCESSES,
        blocking_threads=GATEWAY_THREADS,
    ).serve()


@main.command()
@click.option("--once", is_flag=True, help="Do what is due and stop.")
def worker(*, once: bool) -> None:
    """Finish open attempts, apply waiting webhooks, deliver messages."""
    built = _gateway()
    if once:
        click.echo(f"{built.run_worker()} done")
        return
    run_forever(built.run_worker, clock=SystemClock(), stop=lambda: False, log=built.log)


@main.command()
@click.option("--company", type=int, default=None, help="Only this company's id.")
def reconcile(company: int | None) -> None:
    """Compare our appointments with Cal.com's bookings; exits 1 when they differ."""
    found = 0
    for summary in _gateway().reconcile(company):
        if summary.failed:
            click.echo(
                f"company {summary.company_id}: Cal.com could not be read ({summary.failed})", err=True
            )
            found += 1
            continue
        click.echo(
            f"company {summary.company_id}: {summary.appointments} appointments, {summary.bookings} bookings, "
            f"{len(summary.differences)} findings"
        )
        for difference in summary.differences:
            found += 1
            side = difference.appointment_id or difference.calcom_booking_uid
            click.echo(f"  {difference.kind}  {side}  {difference.detail}")
    if found:
        sys.exit(DID_NOT_HOLD)


@main.group()
def services() -> None:
    """Look after what can be booked."""


@services.command()
@click.option("--company", type=int, default=None, help="Only this company's id.")
def check(company: int | None) -> None:
    """Hold every active service against its event type at Cal.com; exits 1 when one can't be booked as it is."""
    checked = _gateway().check_services(company)
    if company is not None and not checked:
        click.echo(f"company {company} has no services", err=True)
        sys.exit(WRONG_USE)
    for service in checked:
        click.echo(
            f"company {service.company_id}: service {service.service_id} {service.name}, {_verdict(service)}"
        )
        for problem in service.problems:
            click.echo(f"  {problem}")
    if any(service.problems for service in checked):
        sys.exit(DID_NOT_HOLD)


def _verdict(service: CheckedService) -> str:
    return f"{len(service.problems)} problems" if service.problems else "fits"


main.add_command(german)


def _settings() -> Settings:
    try:
        return Settings.from_env(os.environ)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_USE)


def _gateway() -> Gateway:
    return build_gateway(_settings())


def _add_commands_of_others() -> None:
    for entry in entry_points(group=COMMAND_GROUP):
        main.add_command(entry.load(), entry.name)


_add_commands_of_others()
