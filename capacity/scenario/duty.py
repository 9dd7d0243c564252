"""What follows when a rota has other members: everyone's duty weeks, on-call credit and supplement band, again."""

from __future__ import annotations

from collections import Counter

from capacity.scenario.draft_lines import Work, listed_cell, put
from capacity.service.cells import duty_weeks, plain, rota_shares
from capacity.service.model import Rota, Service
from capacity.service.policy import Policy
from capacity.service.resolved import policy_of
from capacity.supply.rota_weeks import duty_shares
from capacity.units import WEEKS_PER_YEAR
from capacity.wording import number

ROTA_WORDS = {"hot_week": "duty week", "on_call": "on-call week", "weekend": "weekend"}


def adapt_rotas(work: Work) -> None:
    """Share duty among the members there are now, where shares or weeks are written out."""
    for row in work.draft.tables["rotas"]:
        before = next((rota for rota in work.before.rotas if rota.rota == row["rota"]), None)
        members = listed_cell(row["members"])
        if before is None or set(before.members) == set(members):
            continue
        if "duty_weeks" in row:
            _hand_round(row, members)
        elif row.get("share", "pro_rata") != "pro_rata":
            _share_out(row, before, members)


def _hand_round(row: dict[str, str], members: list[str]) -> None:
    """Weeks of those who left go to whoever has fewest; a new member takes from whoever has most."""
    parts = [(part.person, part.week) for part in duty_weeks(row["duty_weeks"])]
    kept = [part for part in parts if part[0] in members]
    loose = [week for person, week in parts if person not in members]
    load = Counter({member: sum(person == member for person, _ in kept) for member in members})
    for week in loose:
        who = min(members, key=lambda member: (load[member], members.index(member)))
        kept.append((who, week))
        load[who] += 1
    for new in [member for member in members if load[member] == 0]:
        for _ in range(len(kept) // len(members)):
            most = max(members, key=lambda member: load[member])
            place = max(index for index, part in enumerate(kept) if part[0] == most)
            kept[place] = (new, kept[place][1])
            load[most] -= 1
            load[new] += 1
    row["duty_weeks"] = ";".join(f"{person}={week}" for person, week in sorted(kept, key=lambda part: part[1]))


def _share_out(row: dict[str, str], before: Rota, members: list[str]) -> None:
    """Written shares: what a leaver had goes to the others in proportion; a new member has an equal part."""
    given = rota_shares(row["share"])
    assert not isinstance(given, str)
    listed = {part.person: part.share for part in given if part.person in members}
    new = [member for member in members if member not in before.members]
    if len(listed) + len(new) < len(members):  # some have what is left over, which adapts by itself
        put(row, "share", ";".join(f"{person}={plain(round(share, 6))}" for person, share in listed.items()))
        return
    total = sum(listed.values())
    left = 1 - len(new) / len(members)
    shares = {person: share / total * left for person, share in listed.items()} if total else {}
    shares |= dict.fromkeys(new, 1 / len(members))
    rounded = {person: round(share, 4) for person, share in shares.items()}
    last = next(reversed(rounded))
    rounded[last] = round(1 - sum(share for person, share in rounded.items() if person != last), 4)
    row["share"] = ";".join(f"{person}={plain(share)}" for person, share in rounded.items())


def credit_rows(work: Work, after: Service) -> bool:
    """Put typed on-call time right for those whose share of duty changed; say what changed. Whether any row did."""
    changed = False
    for rota in after.rotas:
        before = next((row for row in work.before.rotas if row.rota == rota.rota), None)
        old = duty_shares(work.before, before) if before is not None else {}
        new = duty_shares(after, rota)
        if before is None or set(old) != set(new):
            work.say(_rota_in_words(after, rota, work.before, before))
        if rota.kind != "on_call" or before is None:
            continue
        for row in work.draft.tables["job_plans"]:
            person = row["person"]
            if row["activity"] != "on_call" or not row.get("minutes") or not old.get(person):
                continue
            factor = new.get(person, 0.0) / old[person]
            if abs(factor - 1) > 1e-9:
                row["minutes"] = plain(round(float(row["minutes"]) * factor, 4))
                changed = True
    return changed


def _rota_in_words(after: Service, rota: Rota, before_service: Service, before: Rota | None) -> str:
    weeks = WEEKS_PER_YEAR if rota.weeks_covered is None else rota.weeks_covered
    noun = ROTA_WORDS[rota.kind]
    one_in = len(rota.members) / (rota.people_at_once or 1)
    said = f"{rota.name} is now 1 in {number(one_in)}"
    if before is not None:
        said += f" (was 1 in {number(len(before.members) / (before.people_at_once or 1))})"
    each = weeks * (rota.people_at_once or 1) / len(rota.members)
    said += f": {number(each)} {noun}s a year each in the mean"
    credit = each * rota.pa_per_duty_week / WEEKS_PER_YEAR
    said += f", {credit:.2f} PA a calendar week"
    bands = (_band(before_service, before) if before is not None else None, _band(after, rota))
    if bands[1] is not None:
        old = f"{bands[0]} → " if bands[0] is not None and bands[0] != bands[1] else ""
        said += f", availability supplement {old}{bands[1]}"
    return said


def _band(service: Service, rota: Rota) -> str | None:
    """Availability supplement of a rota's frequency and category, where the policy of its members has bands."""
    if rota.kind != "on_call" or not rota.supplement_category:
        return None
    policies = [policy_of(service, service.person(member)) for member in rota.members]
    policy: Policy | None = next((one for one in policies if one.on_call_supplement is not None), None)
    if policy is None or policy.on_call_supplement is None:
        return None
    bands = policy.on_call_supplement.value.get(rota.supplement_category.upper())
    if bands is None:
        return None
    one_in = len(rota.members) / (rota.people_at_once or 1)
    share = next((share for least, share in bands if one_in >= least), bands[-1][1])
    return f"{share * 100:g} %"
