"""What was proposed does not change, whoever asks the database to."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Workspace
from sla.clocks import promise
from sla.models import Agreement, Clause, Commitment, Signature
from sla.models.commitments import SIDES
from sla.starter import install_starter_sla
from tests.builders import MONDAY_NOON
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
