"""What was proposed does not change, whoever asks the database to."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from sla.clocks import promise
from sla.models import Agreement, Clause, Commitment, Signature
from sla.models.commitments import SIDES
from sla.starter import install_starter_sla
from tests.builders import MONDAY_NOON, make_workspace
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _starter(workspace: Workspace) -> None:
    install_starter_sla(workspace, timezone="Europe/Berlin")


def test_every_promise_has_a_side() -> None:
    assert set(SIDES) == set(Commitment.Code)


def test_the_promises_in_force_are_the_defaults_until_an_agreement_is_active(
    workspace: Workspace,
) -> None:
    default = promise(workspace.pk, "decide_offer")
    assert default is not None
    assert default.commitment.agreement is None
    agreement = make_agreement(workspace)
    now = promise(workspace.pk, "decide_offer")
    assert now is not None
    assert now.commitment.agreement == agreement


def test_a_promise_for_the_tier_comes_before_one_for_any(workspace: Workspace) -> None:
    make_agreement(
        workspace,
        promises=[
            {"code": "first_touch", "minutes": 60},
            {"code": "first_touch", "minutes": 5, "tier_code": "hot", "tier_name": "Hot"},
        ],
    )
    hot, other = (
        promise(workspace.pk, "first_touch", tier="hot"),
        promise(workspace.pk, "first_touch", tier="cold"),
    )
    assert hot is not None
    assert other is not None
    assert (hot.commitment.minutes, other.commitment.minutes) == (5, 60)
    assert promise(workspace.pk, "decide_offer", tier="hot") is None


def test_nothing_of_a_proposed_agreement_changes(workspace: Workspace) -> None:
    agreement = make_agreement(workspace)
    signature, commitment = agreement.signatures.all()[0], agreement.commitments.all()[0]
    changes: list[Callable[[], object]] = [
        lambda: Agreement.objects.filter(pk=agreement.pk).update(coverage_percent=1),
        lambda: Agreement.objects.filter(pk=agreement.pk).update(document=[{"code": "x"}]),
        lambda: Agreement.objects.filter(pk=agreement.pk).update(status="draft"),
        lambda: agreement.delete(),
        lambda: Commitment.objects.filter(pk=commitment.pk).update(minutes=9),
        lambda: commitment.delete(),
        lambda: Commitment.objects.create(
            workspace=workspace,
            agreement=agreement,
            code="qualify",
            minutes=5,
            calendar=commitment.calendar,
        ),
        lambda: Clause.objects.create(agreement=agreement, code="owners", text="Later"),
        lambda: Signature.objects.filter(pk=signature.pk).update(at=MONDAY_NOON),
        lambda: Signature.objects.filter(pk=signature.pk).delete(),
    ]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_nothing_is_active_that_both_sides_have_not_signed(workspace: Workspace) -> None:
    draft = make_agreement(workspace, status=Agreement.Status.DRAFT)
    draft.document, draft.terms, draft.document_hash = [], {}, "a hash"
    draft.proposed_at = draft.active_since = MONDAY_NOON
    for status in (Agreement.Status.ACTIVE, Agreement.Status.SUPERSEDED):
        draft.status = status
        with pytest.raises(IntegrityError), transaction.atomic():
            draft.save()
        draft.pk, draft._state.adding, draft.number = None, True, draft.number + 1
        with pytest.raises(IntegrityError), transaction.atomic():
            draft.save()
    elsewhere = make_workspace(slug="elsewhere")
    install_starter_sla(elsewhere, timezone="Europe/Berlin")
    proposed = make_agreement(elsewhere, status=Agreement.Status.PROPOSED)
    proposed.status, proposed.active_since = Agreement.Status.ACTIVE, MONDAY_NOON
    with pytest.raises(IntegrityError), transaction.atomic():
        proposed.save()


def test_only_the_text_that_was_proposed_is_signed(workspace: Workspace, ana: User) -> None:
    said = {"side": "sales", "person": ana, "name": "Ana", "role": "Manager", "at": MONDAY_NOON}
    draft = make_agreement(workspace, status=Agreement.Status.DRAFT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.create(agreement=draft, document_hash=draft.document_hash, **said)
    draft.delete()
    proposed = make_agreement(workspace, status=Agreement.Status.PROPOSED, promises=[])
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.create(agreement=proposed, document_hash="another", **said)
    Signature.objects.create(agreement=proposed, document_hash=proposed.document_hash, **said)
    assert proposed.signatures.count() == 1
