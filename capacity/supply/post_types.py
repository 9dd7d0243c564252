"""Types of posts that may be created: those of posts.csv, or else types like the people in post."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from capacity.errors import Fault, Finding, InputError
from capacity.service.model import Person, Post, PostSkill, Service, Skill
from capacity.service.places import faults_in_place
from capacity.service.resolved import contract_minutes, eligible_people, is_planned, policy_of

HOURS_STEP = 0.25
"""Hours to which contracts are rounded where a type is taken from people in post; PAs are rounded to whole ones."""


@dataclass(frozen=True)
class PostType:
    """A type of post: its row, the WTE of one post, and its price a year (None where none is given)."""

    post: Post
    wte: float
    pounds: float | None
    like: tuple[str, ...] = ()
    """People in post it was taken from; empty where posts.csv has it."""

    @property
    def id(self) -> str:
        """Id of the type."""
        return self.post.post

    @property
    def group(self) -> str:
        """Staff group and grade, such as ``nurse 7``."""
        return f"{self.post.staff_group} {self.post.grade}" if self.post.grade else self.post.staff_group

    @property
    def output(self) -> dict[str, float]:
        """Activity -> share of a full session's contacts."""
        return {skill.activity: 1.0 if skill.output is None else skill.output for skill in self.post.skills}

    def person(self, name: str) -> Person:
        """Somebody in such a post, under the id ``name``."""
        post = self.post
        return Person(
            person=name,
            name=post.name if name == post.post else f"{post.name} {name.removeprefix(post.post).strip('_')}",
            staff_group=post.staff_group,
            grade=post.grade,
            contract_pa=post.contract_pa,
            contract_hours=post.contract_hours,
            core_spa_pa=post.core_spa_pa,
            core_spa_hours=post.core_spa_hours,
            working_weeks=post.working_weeks,
            unavailable=post.unavailable,
            max_days=post.max_days,
            premium_consent=post.premium_consent,
            planned=True if post.staff_group == "resident" else None,
        )

    def skills(self, name: str) -> tuple[Skill, ...]:
        """What somebody in such a post can do."""
        return tuple(Skill(person=name, activity=each.activity, output=each.output) for each in self.post.skills)


def post_types(service: Service) -> tuple[tuple[PostType, ...], tuple[Finding, ...]]:
    """Return the types of posts that may be created, and what was assumed about them.

    Raises
    ------
    InputError
        There is no posts.csv and nobody in post whose like could be created.
    """
    if service.posts:
        return tuple(_type(service, post) for post in service.posts), ()
    derived = _derived(service)
    if not derived:
        allowed = "posts that may be created, or people in post whose like may be"
        raise InputError([Fault("posts.csv", None, None, "no such file, and nobody in post with skills", allowed)])
    words = "; ".join(f"{each.id}: {', '.join(each.like)}" for each in derived)
    found = Finding(
        "post_types_assumed",
        "posts.csv",
        f"not given; {len(derived)} types of posts are taken from the people in post, one for each staff group, grade,"
        f" contract (rounded) and set of skills ({words})",
        source="docs/establishment.md",
    )
    return derived, (found,)


def unpriced(types: Iterable[PostType]) -> tuple[PostType, ...]:
    """Types without a price."""
    return tuple(each for each in types if each.pounds is None)


def price_faults(service: Service, types: Iterable[PostType]) -> list[Fault]:
    """One fault for each type that has no price."""
    faults = [
        Fault(
            "service.toml" if each.like else "posts.csv",
            None if each.like else service.origin.rows.get(f"posts/{each.id}"),
            f"costs.staff.{each.post.grade or each.post.staff_group}" if each.like else "cost",
            f"no price for {each.group}",
            "pounds a year of one WTE, 0 or more",
            id=None if each.like else each.id,
            hint="Give it here or in [costs.staff], or ask for --minimise wte or people.",
        )
        for each in unpriced(types)
    ]
    return faults_in_place(service.origin, faults)


def _type(service: Service, post: Post, like: tuple[str, ...] = ()) -> PostType:
    bare = PostType(post, 0.0, None)
    person = bare.person(post.post)
    wte = contract_minutes(service, person) / (60 * policy_of(service, person).full_time_hours.value)
    staff = service.costs.staff
    price = post.cost if post.cost is not None else staff.get(post.grade or "", staff.get(post.staff_group))
    return PostType(post, wte, None if price is None else price * wte, like)


def _derived(service: Service) -> tuple[PostType, ...]:
    alike: dict[Any, list[Person]] = defaultdict(list)
    skills: dict[str, list[PostSkill]] = defaultdict(list)
    for skill in service.skills:
        skills[skill.person].append(PostSkill(activity=skill.activity, output=skill.output))
    for person in service.people:
        if is_planned(service, person) and skills[person.person]:
            able = frozenset((each.activity, each.output or 1.0) for each in skills[person.person])
            pa, hours = _rounded(person)
            alike[person.staff_group, person.grade, pa, hours, able].append(person)
    return tuple(_type(service, *_like(service, people, skills[people[0].person])) for people in alike.values())


def _rounded(person: Person) -> tuple[float | None, float | None]:
    """Contract in whole PAs, or in quarters of an hour; never nothing."""
    if person.contract_hours is not None:
        return None, max(HOURS_STEP, round(person.contract_hours / HOURS_STEP) * HOURS_STEP)
    assert person.contract_pa is not None
    return float(max(1, round(person.contract_pa))), None


def _like(service: Service, people: list[Person], skills: list[PostSkill]) -> tuple[Post, tuple[str, ...]]:
    """A post like these people: in the rotas that all of them are in, with the most SPA that any of them keeps."""
    first, names = people[0], tuple(person.person for person in people)
    pa, hours = _rounded(first)
    post = Post(
        post=f"like_{first.person}",
        name=f"Post like {first.person}",
        staff_group=first.staff_group,
        grade=first.grade,
        contract_pa=pa,
        contract_hours=hours,
        skills=tuple(skills),
        core_spa_pa=_most(person.core_spa_pa for person in people),
        core_spa_hours=_most(person.core_spa_hours for person in people),
        working_weeks=first.working_weeks if len({person.working_weeks for person in people}) == 1 else None,
        premium_consent=True if all(person.premium_consent for person in people) else None,
        rotas=tuple(rota.rota for rota in service.rotas if set(names) <= set(rota.members)),
        roles=tuple(role.role for role in service.roles if set(names) & set(eligible_people(service, role))),
    )
    return post, names


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
