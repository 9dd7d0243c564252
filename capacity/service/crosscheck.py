"""Every check between tables, in one list."""

from __future__ import annotations

from capacity.service.check_demand import check_day_profiles, check_dna_by_lead, check_rebases
from capacity.service.check_plans import check_delivered, check_job_plans
from capacity.service.check_posts import check_posts
from capacity.service.check_team import check_objectives, check_people, check_roles, check_rotas, check_skills
from capacity.service.check_work import (
    check_activities,
    check_activities_of_streams,
    check_rooms,
    check_someone_can,
    check_streams,
    check_templates,
)
from capacity.service.checking import Model

CHECKS = (
    check_activities,
    check_activities_of_streams,
    check_someone_can,
    check_streams,
    check_dna_by_lead,
    check_rebases,
    check_day_profiles,
    check_templates,
    check_rooms,
    check_people,
    check_skills,
    check_rotas,
    check_roles,
    check_job_plans,
    check_posts,
    check_objectives,
    check_delivered,
)


def check_references(model: Model) -> None:
    """Refuse everything that can only be seen across columns and tables."""
    for check in CHECKS:
        check(model)
