"""Event types by the slugs of who owns them (reference, slots and creating a booking)."""

from __future__ import annotations

from simulator.calcom.errors import HttpException
from simulator.calcom.world import EventType, Person, Team, World


def find_by_slug(
    world: World,
    slug: str,
    *,
    username: str | None = None,
    team_slug: str | None = None,
    organization_slug: str | None = None,
) -> EventType | None:
    """The event type of a user or of a team; 404 naming the user or team that isn't there."""
    if username:
        person = find_user(world, username, organization_slug)
        return next(
            (kind for kind in world.event_types.values() if _is_users(world, kind, slug, person)), None
        )
    team = find_team(world, str(team_slug), organization_slug)
    return next(
        (kind for kind in world.event_types.values() if kind.slug == slug and kind.team_id == team.id), None
    )


def find_user(world: World, username: str, organization_slug: str | None = None) -> Person:
    """The account's owner or a host by name; 404 for anybody else, and for another organization's."""
    if _is_inside(world, organization_slug):
        for person in world.hosts.values():
            if person.username == username:
                return person
    raise HttpException(404, f"User with username {username} not found")


def find_team(world: World, slug: str, organization_slug: str | None = None) -> Team:
    """A team of the account by its slug, or a 404."""
    if _is_inside(world, organization_slug):
        for team in world.teams.values():
            if team.slug == slug:
                return team
    raise HttpException(404, f"Team with slug {slug} not found")


def _is_inside(world: World, organization_slug: str | None) -> bool:
    if not organization_slug:
        return True
    return world.organization is not None and world.organization.slug == organization_slug


def _is_users(world: World, kind: EventType, slug: str, person: Person) -> bool:
    if kind.slug != slug or kind.team_id is not None:
        return False
    return person.id == world.user.id or person.id in kind.host_ids
