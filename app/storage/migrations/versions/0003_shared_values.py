"""Breaker, pace and slot-list generations as rows, so that all processes of a gateway agree without Redis."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from app.storage.models.base import UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table('shared_values',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('value', sa.String(length=1000), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_shared_values_company_id_companies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shared_values')),
    sa.UniqueConstraint('company_id', 'id', name='uq_shared_values_company_id_id'),
    sa.UniqueConstraint('company_id', 'name', name=op.f('uq_shared_values_company_id_name'))
    )
    with op.batch_alter_table('shared_values', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_shared_values_company_id'), ['company_id'], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table('shared_values', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shared_values_company_id'))

    op.drop_table('shared_values')
