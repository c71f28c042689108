"""What a conversation needs: its life, changes of appointments, people found by sound, call-backs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from app.storage.models.base import ForeignUid, UtcDateTime

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('identification_failures',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('caller_index', sa.String(length=64), nullable=False),
    sa.Column('failed_at', UtcDateTime(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_identification_failures_company_id_companies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identification_failures')),
    sa.UniqueConstraint('company_id', 'id', name='uq_identification_failures_company_id_id')
    )
    with op.batch_alter_table('identification_failures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identification_failures_company_id'), ['company_id'], unique=False)
        batch_op.create_index('ix_identification_failures_company_id_caller_index', ['company_id', 'caller_index', 'failed_at'], unique=False)

    op.create_table('call_appointments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id', 'appointment_id'], ['appointments.company_id', 'appointments.id'], name=op.f('fk_call_appointments_company_id_appointment_id_appointments')),
    sa.ForeignKeyConstraint(['company_id', 'call_id'], ['calls.company_id', 'calls.id'], name=op.f('fk_call_appointments_company_id_call_id_calls')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_call_appointments_company_id_companies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_appointments')),
    sa.UniqueConstraint('company_id', 'call_id', 'appointment_id', 'relation', name=op.f('uq_call_appointments_company_id_call_id_appointment_id_relation')),
    sa.UniqueConstraint('company_id', 'id', name='uq_call_appointments_company_id_id')
    )
    with op.batch_alter_table('call_appointments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_call_appointments_company_id'), ['company_id'], unique=False)

    with op.batch_alter_table('appointments', schema=None) as batch_op:
        batch_op.create_index('ix_appointments_company_id_customer_id', ['company_id', 'customer_id', 'starts_at'], unique=False)
        batch_op.create_index('ix_appointments_company_id_call_id', ['company_id', 'call_id'], unique=False)

    with op.batch_alter_table('booking_attempts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('customer_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_booking_attempts_company_id_call_id', ['company_id', 'call_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_booking_attempts_company_id_customer_id_customers'), 'customers', ['company_id', 'customer_id'], ['company_id', 'id'])
        batch_op.add_column(sa.Column('kind', sa.String(length=20), nullable=False, server_default='book'))
        batch_op.add_column(sa.Column('fee_cents', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('changes_booking_uid', ForeignUid(), nullable=True))

    with op.batch_alter_table('branches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('minimum_notice_minutes', sa.Integer(), nullable=True))

    with op.batch_alter_table('callback_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('customer_name', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('phone', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('preferred_time', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('note', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('status', sa.String(length=20), nullable=False, server_default='open'))

    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('caller_index', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('dialled_number', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('last_event_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('outcome', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('disconnection_reason', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('transcript', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('analysis', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('latency', sa.JSON(), nullable=False, server_default=sa.text("('{}')")))
        batch_op.add_column(sa.Column('cost_cents', sa.Float(), nullable=True))
        batch_op.create_index('ix_calls_company_id_caller_index', ['company_id', 'caller_index'], unique=False)
        batch_op.create_index('ix_calls_status_started_at', ['status', 'started_at'], unique=False)

    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('name_key', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('note', sa.Text(), nullable=True))
        batch_op.create_index('ix_customers_company_id_name_key', ['company_id', 'name_key'], unique=False)

    with op.batch_alter_table('modifications', schema=None) as batch_op:
        batch_op.add_column(sa.Column('call_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_modifications_company_id_call_id_calls'), 'calls', ['company_id', 'call_id'], ['company_id', 'id'])

    with op.batch_alter_table('outbox_messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sealed_text', sa.Text(), nullable=True))

    with op.batch_alter_table('phone_numbers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('endpoint_token_hash', sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_phone_numbers_endpoint_token_hash'), ['endpoint_token_hash'])

    with op.batch_alter_table('services', schema=None) as batch_op:
        batch_op.add_column(sa.Column('synonyms', sa.JSON(), nullable=False, server_default=sa.text("('[]')")))

    with op.batch_alter_table('slot_reservations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('released_at', UtcDateTime(), nullable=True))

    with op.batch_alter_table('tool_calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tool_call_id', ForeignUid(), nullable=True))
        batch_op.add_column(sa.Column('arguments', sa.Text(), nullable=True))
        batch_op.create_index('ix_tool_calls_company_id_call_id', ['company_id', 'call_id'], unique=False)

    with op.batch_alter_table('webhook_events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.String(length=20), nullable=False, server_default='calcom'))



def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table('webhook_events', schema=None) as batch_op:
        batch_op.drop_column('source')

    with op.batch_alter_table('tool_calls', schema=None) as batch_op:
        batch_op.drop_index('ix_tool_calls_company_id_call_id')
        batch_op.drop_column('arguments')
        batch_op.drop_column('tool_call_id')

    with op.batch_alter_table('slot_reservations', schema=None) as batch_op:
        batch_op.drop_column('released_at')

    with op.batch_alter_table('services', schema=None) as batch_op:
        batch_op.drop_column('synonyms')

    with op.batch_alter_table('phone_numbers', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_phone_numbers_endpoint_token_hash'), type_='unique')
        batch_op.drop_column('endpoint_token_hash')

    with op.batch_alter_table('outbox_messages', schema=None) as batch_op:
        batch_op.drop_column('sealed_text')

    with op.batch_alter_table('modifications', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_modifications_company_id_call_id_calls'), type_='foreignkey')
        batch_op.drop_column('call_id')

    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.drop_index('ix_customers_company_id_name_key')
        batch_op.drop_column('note')
        batch_op.drop_column('name_key')

    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.drop_index('ix_calls_status_started_at')
        batch_op.drop_index('ix_calls_company_id_caller_index')
        batch_op.drop_column('cost_cents')
        batch_op.drop_column('latency')
        batch_op.drop_column('analysis')
        batch_op.drop_column('transcript')
        batch_op.drop_column('disconnection_reason')
        batch_op.drop_column('outcome')
        batch_op.drop_column('last_event_at')
        batch_op.drop_column('dialled_number')
        batch_op.drop_column('caller_index')

    with op.batch_alter_table('callback_requests', schema=None) as batch_op:
        batch_op.drop_column('status')
        batch_op.drop_column('note')
        batch_op.drop_column('preferred_time')
        batch_op.drop_column('phone')
        batch_op.drop_column('customer_name')

    with op.batch_alter_table('branches', schema=None) as batch_op:
        batch_op.drop_column('minimum_notice_minutes')

    with op.batch_alter_table('booking_attempts', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_booking_attempts_company_id_customer_id_customers'), type_='foreignkey')
        batch_op.drop_index('ix_booking_attempts_company_id_call_id')
        batch_op.drop_column('customer_id')
        batch_op.drop_column('changes_booking_uid')
        batch_op.drop_column('fee_cents')
        batch_op.drop_column('kind')

    with op.batch_alter_table('appointments', schema=None) as batch_op:
        batch_op.drop_index('ix_appointments_company_id_call_id')
        batch_op.drop_index('ix_appointments_company_id_customer_id')

    with op.batch_alter_table('call_appointments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_call_appointments_company_id'))

    op.drop_table('call_appointments')
    with op.batch_alter_table('identification_failures', schema=None) as batch_op:
        batch_op.drop_index('ix_identification_failures_company_id_caller_index')
        batch_op.drop_index(batch_op.f('ix_identification_failures_company_id'))

    op.drop_table('identification_failures')
