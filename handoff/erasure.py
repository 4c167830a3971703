"""Erasing a person for good: what they were and did goes, that they were counted stays.

Gone: the lead's facts and their history, events, what was to be done about it, what nurture said,
the score and every explanation of it, why it was overridden, packets, evidence, free texts, notices
and mails about the person, what joint reviews had on their agenda about them, the snapshot of a
merge, and what finished imports still say of refused rows (one of them may be theirs). A company
that bears the person's name loses it, unless somebody else works there. Kept: the lead's row
without a name, its company, source and stages, moves, hand-offs, overrides, touches, clocks and
amounts, so that no report changes its past.

Mails that have left, backups, and an upload that waits for its import are beyond reach.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from handoff import call_backs, nurture_steps, promise_news, task_list
from handoff.handoffs import withdraw_open
from handoff.imports.uploads import forget_said
from handoff.models import Erasure, Handoff, LeadMerge, ScorecardAnswer
from handoff.reviews import agenda_of_lead
from handoff.transitions import MoveNotAllowed, lock
from leadqual import outbox
from leadqual.models import AttributeChange, Company, Lead, StageMove, Touch
from scoring.locks import share_model
from scoring.overrides import forget_reasons
from scoring.scorers import score_lead
from sla import answers, clocks
from sla.models import Clock

EMPTIED_TEXTS = (
    *("email", "external_id", "first_name", "last_name", "phone", "job_title", "country"),
    *("timeline", "challenge"),
)
EMPTIED_RECORDS = ("attributes", "first_touch", "last_touch")


@transaction.atomic
def erase(lead: Lead, *, by: User, at: datetime) -> Erasure:
    """Erase the person, with every lead that was merged into theirs. Cannot be undone.

    Raises MoveNotAllowed where the lead was merged into another (erase that one) or is erased.
    """
    share_model(lead.workspace_id)  # before any lead: the order of locks of scoring.scorers
    lead = lock(lead)
    if lead.merged_into_id:
        raise MoveNotAllowed("This lead was merged into another one. Erase that one.")
    if lead.erased_at:
        raise MoveNotAllowed("This person was erased already.")
    withdraw_open(lead, at=at, note="", by=by)
    everyone = [lead, *_merged_into(lead)]
    _owe_nothing(everyone, at=at)
    _forget_companies(everyone)
    for one in everyone:
        _forget(one, at=at)
        forget_reasons(one, by=by, now=at)
    LeadMerge.objects.filter(Q(survivor__in=everyone) | Q(absorbed__in=everyone)).update(
        moved={}, before={}
    )
    forget_said(lead.workspace)
    score_lead(lead, now=at)  # takes the score away: the person is no more
    return Erasure.objects.create(workspace=lead.workspace, lead=lead, by=by, at=at)


def _merged_into(lead: Lead) -> list[Lead]:
    """Those whose story the lead has taken over, directly or through another."""
    found: list[Lead] = []
    level = [lead.pk]
    while level:
        absorbed = list(
            Lead.objects.select_for_update(of=("self",))
            .select_related("workspace")
            .filter(merged_into__in=level)
            .order_by("pk")
        )
        found += absorbed
        level = [one.pk for one in absorbed]
    return found


def _owe_nothing(leads: Sequence[Lead], *, at: datetime) -> None:
    """No promise runs on for somebody who is no more, whatever cycle it was made in."""
    clocks.take_back(Clock.objects.running().filter(lead__in=leads), at=at)


def _forget_companies(leads: Sequence[Lead]) -> None:
    """Where the company is the person: a sole trader's firm is called after them."""
    names = {name.lower() for lead in leads for name in (lead.first_name, lead.last_name)}
    companies = Company.objects.filter(pk__in={lead.company_id for lead in leads})
    for company in companies.select_for_update().order_by("pk"):
        others = company.leads.present().exclude(pk__in=[lead.pk for lead in leads])
        called = f"{company.name} {company.domain}".lower()
        if any(len(name) > 2 and name in called for name in names) and not others.exists():
            company.name, company.domain, company.external_id = "Erased company", "", ""
            company.attributes = {}
            company.save()
            AttributeChange.objects.filter(company=company).delete()


def _forget(lead: Lead, *, at: datetime) -> None:
    addresses = _addresses(lead)
    for name in EMPTIED_TEXTS:
        setattr(lead, name, "")
    for name in EMPTIED_RECORDS:
        setattr(lead, name, {})
    lead.erased_at = at
    lead.save()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL leadqual.erasing = 'on'")
        cursor.execute("DELETE FROM leadqual_event WHERE lead_id = %s", [lead.pk])
        cursor.execute("SET LOCAL leadqual.erasing = 'off'")
    AttributeChange.objects.filter(lead=lead).delete()  # those that this save has written, too
    Touch.objects.filter(lead=lead).update(note="")
    StageMove.objects.filter(lead=lead).update(note="", explanation=None)
    Handoff.objects.filter(lead=lead).update(packet={}, why_now="", note="", trace={}, answers={})
    lead.fallback_entries.update(trace={})
    ScorecardAnswer.objects.filter(scorecard__lead=lead).update(evidence="", said_by="")
    path = f"/w/{lead.workspace.slug}/leads/{lead.pk}/"
    nurture_steps.forget(lead)
    task_list.forget(lead)
    call_backs.forget(lead, at=at)
    agenda_of_lead.forget(lead)
    answers.forget_notes(lead)
    outbox.forget(
        workspace=lead.workspace,
        path=path,
        at=at,
        keys=_occasions(lead),
        occasions=_promises(lead),
        written_to=addresses,
    )


def _addresses(lead: Lead) -> set[str]:
    """All that the person ever had: what was written there names them."""
    known = AttributeChange.objects.filter(lead=lead, field="email")
    return {str(each) for each in (lead.email, *known.values_list("value", flat=True)) if each}


def _occasions(lead: Lead) -> list[str]:
    """Those of which people were told: a workspace's own mail text may leave out the link."""
    offers = lead.handoffs.values_list("pk", "mail_key")
    told = [f"{what}:{pk}" for pk, _ in offers for what in ("offered", "expired", "ended")]
    told += [mail_key for _, mail_key in offers if mail_key]
    waited = lead.fallback_entries.values_list("why", "cycle")
    told += [f"{why}:{lead.pk}:{cycle}" for why, cycle in waited]
    return told


def _promises(lead: Lead) -> list[str]:
    """How the keys begin of what people were told about its promises."""
    pks = Clock.objects.filter(lead=lead).values_list("pk", flat=True)
    return [start for pk in pks for start in promise_news.occasions(pk)]
