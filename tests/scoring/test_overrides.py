"""A person's number beside the computed one: who, why, until when, and what goes by it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from leadqual.models import Lead
from scoring.models import ModelVersion, QualificationDue, Rescore, Score, ScoreOverride
from scoring.models.rules import Operator
from scoring.overrides import bring_back, end, last_ended, override, sweep_expired_overrides
from scoring.publishing import open_draft, publish
from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty
from scoring.standing import Standing, standing_of, standings
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import DAY, make_draft

pytestmark = pytest.mark.django_db
FRIDAY = MONDAY_NOON + 4 * DAY
LATER = MONDAY_NOON + timedelta(hours=1)


@pytest.fixture
def model(workspace: Workspace) -> ModelVersion:
    """Buyers get 30 for fit; MQL from 40 in total; grade A from 50 and 50; students are out."""
    draft = make_draft(workspace)
    draft.disqualifiers.create(
        name="Student",
        reason="Students do not buy",
        field="job_title",
        operator=Operator.HAS_WORD,
        value=["student"],
    )
    return publish(draft, by=None, now=MONDAY_NOON)


@pytest.fixture
def lead(model: ModelVersion) -> Lead:
    found = make_lead(model.workspace, job_title="Buyer")
    score_dirty(now=MONDAY_NOON)
    Rescore.objects.all().delete()
    QualificationDue.objects.all().delete()
    return found


def put(lead: Lead, by: User, **said: Any) -> ScoreOverride:
    usual = {"fit": 60, "intent": None, "reason": "Met at the fair", "expires_at": FRIDAY}
    return override(lead, by=by, **{**usual, "now": MONDAY_NOON, **said})


def stand(lead: Lead, at: datetime = LATER) -> Standing:
    found = standing_of(lead, now=at)
    assert found is not None
    return found


def due() -> list[int]:
    found = list(QualificationDue.objects.values_list("lead_id", flat=True))
    QualificationDue.objects.all().delete()
    return found


def test_both_numbers_stand_side_by_side(lead: Lead, mara: User) -> None:
    put(lead, mara, intent=55)
    found = stand(lead)
    assert (found.fit, found.intent, found.total, found.grade) == (30, 0, 30, "D")
    said = found.override
    assert said is not None
    assert (said.fit, said.intent, said.total, said.grade) == (60, 55, 115, "A")
    assert (said.fit_band, said.intent_band, said.by) == ("High", "High", str(mara))
    assert Score.objects.get(lead=lead).fit == 30


def test_what_is_left_blank_stays_as_computed_even_when_that_changes(
    lead: Lead, mara: User
) -> None:
    put(lead, mara, fit=None, intent=20)
    said = stand(lead).override
    assert said is not None
    assert (said.fit, said.says_fit, said.intent, said.says_intent) == (30, False, 20, True)
    Lead.objects.filter(pk=lead.pk).update(job_title="Intern")
    score_dirty(now=LATER)
    said = stand(lead).override
    assert said is not None
    assert (said.fit, said.total) == (0, 20)


def test_the_definitions_go_by_it_while_it_is_valid(lead: Lead, mara: User) -> None:
    before = stand(lead)
    assert (before.is_mql, before.keeps_mql, before.is_ready) == (False, False, False)
    put(lead, mara)
    found = {at: stand(lead, at) for at in (MONDAY_NOON, FRIDAY - timedelta.resolution, FRIDAY)}
    assert [(s.is_mql, s.keeps_mql, s.is_ready) for s in found.values()] == [
        (True, True, True),
        (True, True, True),
        (False, False, False),
    ]
    assert found[MONDAY_NOON].why_not_mql == []
    assert found[FRIDAY].override is None


def test_a_low_number_takes_the_promise_away(lead: Lead, mara: User) -> None:
    Score.objects.filter(lead=lead).update(intent=60)
    assert stand(lead).is_mql
    put(lead, mara, fit=None, intent=0)
    found = stand(lead)
    assert (found.is_mql, found.keeps_mql, found.is_ready) == (False, False, False)
    assert len(found.why_not_mql) == 1


def test_a_disqualifier_holds_whatever_a_person_says(lead: Lead, mara: User) -> None:
    Lead.objects.filter(pk=lead.pk).update(job_title="Student buyer")
    score_dirty(now=MONDAY_NOON)
    put(lead, mara, fit=100, intent=100)
    found = stand(lead)
    assert (found.disqualified, found.is_mql, found.keeps_mql, found.is_ready) == (
        *(True, False, False, False),
    )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"fit": None}, "fit"),
        ({"fit": 101}, "fit"),
        ({"intent": -1}, "intent"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"expires_at": MONDAY_NOON}, "expires_at"),
        ({"expires_at": MONDAY_NOON + 367 * DAY}, "expires_at"),
    ],
)
def test_nonsense_is_refused_where_it_stands(
    lead: Lead, mara: User, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        put(lead, mara, **said)
    assert list(refusal.value.message_dict) == [field]
    assert not ScoreOverride.objects.exists()
    assert due() == []


def test_who_is_not_scored_merged_or_erased_has_nothing_to_override(
    model: ModelVersion, lead: Lead, mara: User
) -> None:
    unscored = make_lead(model.workspace)
    merged, erased = make_lead(model.workspace), make_lead(model.workspace)
    score_dirty(now=MONDAY_NOON)
    Score.objects.filter(lead=unscored).delete()
    Lead.objects.filter(pk=merged.pk).update(merged_into=lead)
    Lead.objects.filter(pk=erased.pk).update(erased_at=MONDAY_NOON)
    for other in (unscored, merged, erased):
        with pytest.raises(ValidationError, match="no score"):
            put(other, mara)


def test_a_new_one_ends_the_former(lead: Lead, mara: User, ana: User) -> None:
    first = put(lead, mara)
    second = put(lead, ana, fit=10, now=LATER)
    first.refresh_from_db()
    assert (first.ended_at, first.ended_by, first.until) == (LATER, ana, LATER)
    said = stand(lead).override
    assert said is not None
    assert (said.pk, said.fit) == (second.pk, 10)


def test_beginning_and_ending_send_the_lead_to_be_settled(lead: Lead, mara: User) -> None:
    first = put(lead, mara)
    assert due() == [lead.pk]
    assert end(first, by=mara, now=LATER) is True
    assert due() == [lead.pk]
    assert end(first, by=mara, now=LATER) is False
    assert due() == []
    assert stand(lead).override is None


def test_what_rolls_back_queues_nobody(lead: Lead, mara: User) -> None:
    with transaction.atomic():
        put(lead, mara)
        transaction.set_rollback(True)
    assert (due(), ScoreOverride.objects.count()) == ([], 0)


def test_the_sweep_dates_the_end_at_its_true_moment(lead: Lead, mara: User) -> None:
    put(lead, mara)
    QualificationDue.objects.all().delete()
    assert sweep_expired_overrides(now=FRIDAY - timedelta.resolution) == 0
    assert sweep_expired_overrides(now=FRIDAY + 3 * DAY) == 1
    found = ScoreOverride.objects.get()
    assert (found.ended_at, found.ended_by) == (FRIDAY, None)
    assert due() == [lead.pk]
    assert sweep_expired_overrides(now=FRIDAY + 3 * DAY) == 0


def test_ending_what_has_expired_unnoticed_leaves_the_true_moment(lead: Lead, mara: User) -> None:
    first = put(lead, mara)
    put(lead, mara, now=FRIDAY + DAY, expires_at=FRIDAY + 9 * DAY)
    first.refresh_from_db()
    assert (first.ended_at, first.ended_by) == (FRIDAY, None)


def test_an_ending_is_undone_for_a_quarter_of_an_hour(lead: Lead, mara: User, ana: User) -> None:
    first = put(lead, mara)
    end(first, by=ana, now=LATER)
    found = last_ended(lead, now=LATER + timedelta(minutes=14))
    assert found == first
    assert last_ended(lead, now=LATER + timedelta(minutes=15)) is None
    assert bring_back(first, by=ana, now=LATER + timedelta(minutes=15)) is False
    assert bring_back(first, by=ana, now=LATER + timedelta(minutes=1)) is True
    said = stand(lead, LATER + timedelta(minutes=2)).override
    assert said is not None
    assert (said.pk, said.by) == (first.pk, str(mara))


def test_undoing_a_change_brings_the_former_back_and_ends_the_newer(lead: Lead, mara: User) -> None:
    first = put(lead, mara)
    second = put(lead, mara, fit=5, now=LATER)
    assert bring_back(first, by=mara, now=LATER + timedelta(minutes=1)) is True
    second.refresh_from_db()
    assert second.ended_at == LATER + timedelta(minutes=1)
    assert ScoreOverride.objects.get(ended_at=None) == first


@pytest.mark.parametrize(
    "fields",
    [
        {"fit": None, "intent": None},
        {"fit": 101},
        {"expires_at": MONDAY_NOON},
        {"expires_at": MONDAY_NOON + 367 * DAY},
        {"ended_at": MONDAY_NOON - DAY},
        {"ended_at": FRIDAY + DAY},
    ],
)
def test_the_database_refuses_what_nobody_may_write(
    lead: Lead, mara: User, fields: dict[str, Any]
) -> None:
    found = put(lead, mara)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreOverride.objects.filter(pk=found.pk).update(**fields)


def test_a_rescore_always_looks_at_leads_with_an_override(
    model: ModelVersion, lead: Lead, mara: User
) -> None:
    """The computed standing does not change, yet with the override's fit the lead is an MQL now."""
    make_lead(model.workspace, job_title="Buyer")
    score_dirty(now=MONDAY_NOON)
    put(lead, mara, fit=35)
    QualificationDue.objects.all().delete()
    draft = open_draft(workspace=model.workspace, by=None)
    draft.attributerules.update(points=31)
    publish(draft, by=None, now=LATER)
    while rescore_next(now=LATER):
        pass
    assert due() == [lead.pk]


def test_a_threshold_always_looks_at_leads_with_an_override(
    model: ModelVersion, lead: Lead, mara: User
) -> None:
    """30 computed points are below 40 and below 36; the override's 38 are between."""
    make_lead(model.workspace, job_title="Buyer")
    score_dirty(now=MONDAY_NOON)
    put(lead, mara, fit=38)
    QualificationDue.objects.all().delete()
    draft = open_draft(workspace=model.workspace, by=None)
    draft.qualificationrules.update(total_at_least=36)
    publish(draft, by=None, now=LATER)
    assert due() == [lead.pk]
    assert stand(lead).is_mql


def test_the_standings_of_many_take_the_queries_of_one(
    model: ModelVersion, lead: Lead, mara: User, django_assert_num_queries: Any
) -> None:
    leads = [lead, *(make_lead(model.workspace, job_title="Buyer") for _ in range(4))]
    score_dirty(now=MONDAY_NOON)
    for each in leads:
        put(each, mara)
    standings(leads, now=LATER)
    for some in (leads[:1], leads):
        with django_assert_num_queries(3):
            found = standings(some, now=LATER)
        assert all(each.override for each in found.values())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_override_at_once_one_stands(lead: Lead, mara: User, ana: User) -> None:
    people = [mara, ana]
    results = at_once(8, lambda n: put(lead, people[n % 2], fit=n))
    assert [type(each) for each in results] == [ScoreOverride] * 8
    standing = ScoreOverride.objects.get(lead=lead, ended_at=None)
    assert standing.pk == max(each.pk for each in results)
    assert due() == [lead.pk] * 8


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_and_a_person_end_each_override_once(
    model: ModelVersion, lead: Lead, mara: User
) -> None:
    leads = [lead, *(make_lead(model.workspace) for _ in range(9))]
    score_dirty(now=MONDAY_NOON)
    put_ones = [put(each, mara) for each in leads]
    QualificationDue.objects.all().delete()
    results = at_once(
        4,
        lambda k: (
            end(put_ones[0], by=mara, now=FRIDAY + DAY)
            if k == 0
            else sweep_expired_overrides(now=FRIDAY + DAY)
        ),
    )
    assert sum(int(each) for each in results) == 10
    assert sorted(due()) == sorted(each.pk for each in leads)
    assert set(ScoreOverride.objects.values_list("ended_at", flat=True)) == {FRIDAY}
    assert not ScoreOverride.objects.filter(ended_by__isnull=False).exists()
