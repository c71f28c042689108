"""The two functions a conversation is made of: is the wished time free, and book it."""

from __future__ import annotations

from app.domain.names import spoken_name
from app.domain.people import plausible_email
from app.domain.speech import Answer, VoiceStatus
from app.storage.encryption import normalise_phone
from app.usecases.booking import book_appointment
from app.usecases.checking import UnderstoodWish, answer_check, understand_wish_or_window
from app.usecases.commands import AppointmentWish, BookAppointment, CallContext
from app.usecases.parts import Parts
from app.usecases.wished_time import is_read_back


def check_availability(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return whether the wished time is free, with verified alternatives when it is not."""
    return answer_check(parts, context, understand_wish_or_window(parts, context, wish.of_new_time()))


def collect_appointment(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Book when the wish is confirmed, else only check: a missing flag never books (incident 1.8).

    Nor does a wish whose words have two readings, before its full date was read back in this call.
    """
    understood = understand_wish_or_window(parts, context, wish.of_new_time())
    if not isinstance(understood, UnderstoodWish):
        return answer_check(parts, context, understood)
    if not wish.confirmed or not is_read_back(parts, context, understood.time):
        return answer_check(parts, context, understood, awaiting_confirmation=True)
    if spoken_name(wish.name) is None:
        return Answer(VoiceStatus.MISSING_CUSTOMER_NAME, context.zone, missing=("name",))
    assert wish.name is not None  # noqa: S101 - a missing name is a placeholder
    return book_appointment(
        parts,
        BookAppointment(
            context=context,
            service=understood.service,
            start=understood.start,
            name=wish.name.strip(),
            phone=normalise_phone(wish.phone or context.caller_number),
            email=plausible_email(wish.email),
        ),
    )
