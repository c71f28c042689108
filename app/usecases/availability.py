"""The two functions a conversation is made of: is the wished time free, and book it."""

from __future__ import annotations

from app.domain.speech import Answer
from app.usecases.agreement import with_offered_date
from app.usecases.booking import book_appointment
from app.usecases.checking import UnderstoodWish, answer_check, understand_wish_or_window
from app.usecases.commands import AppointmentWish, BookAppointment, CallContext
from app.usecases.parts import Parts
from app.usecases.persons import person_of
from app.usecases.wished_time import is_read_back


def check_availability(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Return whether the wished time is free, with verified alternatives when it is not."""
    return answer_check(parts, context, understand_wish_or_window(parts, context, wish.of_new_time()))


def collect_appointment(parts: Parts, context: CallContext, wish: AppointmentWish) -> Answer:
    """Book when the wish is confirmed, else only check: a missing flag never books (incident 1.8).

    Nor does a wish whose words have two readings, before its full date was read back in this call.
    """
    wish = wish.of_new_time()
    if wish.confirmed:
        wish = with_offered_date(parts, context, wish)
    understood = understand_wish_or_window(parts, context, wish)
    if not isinstance(understood, UnderstoodWish):
        return answer_check(parts, context, understood)
    if not wish.confirmed or not is_read_back(parts, context, understood.time):
        return answer_check(parts, context, understood, awaiting_confirmation=True)
    person = person_of(parts, context, wish)
    if isinstance(person, Answer):
        return person
    return book_appointment(
        parts,
        BookAppointment(
            context=context,
            service=understood.service,
            start=understood.start,
            name=person.name,
            phone=person.phone,
            email=person.email,
            customer_ids=person.customer_ids,
            for_other=person.for_other,
            another=wish.another,
        ),
    )
