"""Services with other teams: the team that is kept, posts added to it, rotas shared out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from capacity.errors import Fault
from capacity.service.model import Objective, Person, Role, Rota, RotaShare, Service
from capacity.service.resolved import activity_slots, is_planned
from capacity.supply.post_types import PostType
from capacity.supply.rota_weeks import duty_shares

Counts = Mapping[str, int]
"""Post type -> posts of it."""


def team_kept(service: Service, keep_team: bool) -> Service:
    """Return the service with the people who stay: everybody, or only those for whom no job plan is proposed.

    Half-days of activities that follow from the plans in force are written down, so that they stay when people go.
    Nothing is given back of a tier and no extra PAs are spent: the team is to cover the requirement within contracts.
    """
    slots = activity_slots(service)
    changed: dict[str, Any] = {
        "posts": (),
        "activities": tuple(row.model_copy(update={"slots": slots[row.activity]}) for row in service.activities),
        "objective": Objective(
            **{**service.objective.model_dump(), "hold_tolerance": 0, "extra_pa_budget": 0},
        ),
    }
    if not keep_team:
        stay = {
            person.person
            for person in service.people
            if person.kind != "vacant" and not is_planned(service, person) and not _is_for_replacing(person)
        }
        changed |= _without(service, stay)
    return service.model_copy(update=changed)


def _is_for_replacing(person: Any) -> bool:
    """Whether the person would have a job plan if they were in post: somebody who has left, say."""
    return bool(person.planned if person.planned is not None else person.staff_group != "resident")


def _without(service: Service, stay: set[str]) -> dict[str, Any]:
    """Every table without the people who go."""
    skills = (skill for skill in service.skills if skill.person in stay)
    return {
        "people": tuple(_unshared(person, stay) for person in service.people if person.person in stay),
        "skills": tuple(
            skill.model_copy(update={"supervised_by": _remaining(service, skill.supervised_by, stay)})
            for skill in skills
        ),
        "rotas": tuple(
            rota.model_copy(
                update={
                    "members": tuple(name for name in rota.members if name in stay),
                    "share": rota.share
                    if rota.share == "pro_rata"
                    else tuple(part for part in rota.share if isinstance(part, RotaShare) and part.person in stay),
                    "duty_weeks": tuple(part for part in rota.duty_weeks if part.person in stay),
                }
            )
            for rota in service.rotas
        ),
        "roles": tuple(_role_without(role, stay) for role in service.roles),
        "job_plans": tuple(row for row in service.job_plans if row.person in stay),
        "objectives": tuple(row for row in service.objectives if row.person is None or row.person in stay),
        "delivered": tuple(row for row in service.delivered if row.person in stay),
    }


def _unshared(person: Person, stay: set[str]) -> Person:
    """Somebody whose other half of a shared post goes has the post alone."""
    if person.shares_with is None or person.shares_with in stay:
        return person
    return person.model_copy(update={"shares_with": None, "overlap": (), "pattern": ()})


def _remaining(service: Service, names: Iterable[str], stay: set[str]) -> tuple[str, ...]:
    people = {person.person for person in service.people}
    return tuple(name for name in names if name in stay or name not in people)


def _role_without(role: Role, stay: set[str]) -> Role:
    held_by = tuple(name for name in role.held_by if name in stay)
    eligible = tuple(name for name in role.eligible if name in stay)
    return role.model_copy(
        update={"held_by": held_by, "eligible": eligible, "fixed": role.fixed if held_by else None},
    )


def team_faults(service: Service, kept: Service, types: Sequence[PostType]) -> list[Fault]:
    """Faults of a team built from scratch: rotas and roles that nobody could take."""
    faults = []
    people = {person.person for person in kept.people}
    for rota in kept.rotas:
        if not rota.members and not any(rota.rota in each.post.rotas for each in types):
            allowed = "the rota named in column rotas of a post"
            faults.append(Fault("posts.csv", None, "rotas", f"no post that joins {rota.rota}", allowed))
    given = {role.role: role.eligible for role in service.roles}
    for role in kept.roles:
        nobody = bool(given[role.role]) and not set(role.eligible) & people
        if nobody and not any(role.role in each.post.roles for each in types):
            allowed = "the role named in column roles of a post"
            faults.append(Fault("posts.csv", None, "roles", f"no post that may hold {role.role}", allowed))
    return faults


def joined(types: Sequence[PostType], counts: Counts) -> dict[str, int]:
    """Rota -> posts that join it."""
    found: dict[str, int] = {}
    for each in types:
        for rota in each.post.rotas:
            found[rota] = found.get(rota, 0) + counts.get(each.id, 0)
    return found


def posts_named(types: Sequence[PostType], counts: Counts) -> list[tuple[str, PostType]]:
    """Id and type of each post of a team, numbered by type: ``like_c01_1``."""
    return [(f"{each.id}_{number}", each) for each in types for number in range(1, counts.get(each.id, 0) + 1)]


def with_team(kept: Service, original: Service, types: Sequence[PostType], counts: Counts) -> Service:
    """Return the service with so many posts of each type, filled, in the team."""
    return with_people(kept, original, posts_named(types, counts), joined(types, counts))


def with_people(
    kept: Service, original: Service, posts: Sequence[tuple[str, PostType]], joining: Mapping[str, int]
) -> Service:
    """Return the service with these posts in the team; ``joining`` is by how many people each rota grows.

    A rota is shared out again: each who joins takes an equal share of its weeks, and the members there were share the
    rest as before. Roles with a list of those eligible are open to posts that name them.
    """
    return kept.model_copy(
        update={
            "people": (*kept.people, *(each.person(name) for name, each in posts)),
            "skills": (*kept.skills, *(skill for name, each in posts for skill in each.skills(name))),
            "rotas": tuple(_shared_out(kept, rota, posts, joining.get(rota.rota, 0)) for rota in kept.rotas),
            "roles": tuple(_opened(role, original, posts) for role in kept.roles),
        }
    )


def _shared_out(kept: Service, rota: Rota, posts: Sequence[tuple[str, PostType]], joining: int) -> Rota:
    new = [name for name, each in posts if rota.rota in each.post.rotas]
    members = (*rota.members, *new)
    by_contract = rota.share == "pro_rata"
    if not new or by_contract or (not rota.share and not rota.duty_weeks and len(new) == joining):
        return rota.model_copy(update={"members": members})
    before = duty_shares(kept, rota)
    team = len(rota.members) + joining
    scale = len(rota.members) / team / sum(before.values()) if before else 0.0
    shares = [RotaShare(person=name, share=share * scale) for name, share in before.items()]
    shares += [RotaShare(person=name, share=1 / max(1, team)) for name in new]
    # which weeks of the cycle those who join are on duty is not known: duty falls anywhere in the year again
    return rota.model_copy(update={"members": members, "share": tuple(shares), "duty_weeks": ()})


def _opened(role: Role, original: Service, posts: Sequence[tuple[str, PostType]]) -> Role:
    listed = next(each.eligible for each in original.roles if each.role == role.role)
    if not listed:
        return role
    new = tuple(name for name, each in posts if role.role in each.post.roles)
    return role.model_copy(update={"eligible": (*role.eligible, *new)})
