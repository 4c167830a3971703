"""A rep chooses otherwise while an offer is being made: some mail tells of it all the same."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import User, Workspace
from handoff import digests, rosters
from handoff.models import Handoff, Rep, Tier
from handoff.notification_choices import choose
from leadqual.models import OutboxMessage
from tests.at_once import meanwhile
from tests.builders import MONDAY_NOON, receive_hot_lead, visit_pricing_page

pytestmark = pytest.mark.django_db(transaction=True)

SOON = MONDAY_NOON + timedelta(minutes=1)


def test_an_offer_left_to_the_digest_that_the_rep_no_longer_has_is_told_by_a_last_one(
    workspace: Workspace, ben: User, ben_takes_turns: User
) -> None:
    Rep.objects.filter(user=ben).update(mail=Rep.Mail.DIGEST)
    Tier.objects.update(is_hot=False)  # of a hot lead a mail goes at once
    lead = receive_hot_lead(workspace, pricing_page=False)
    with ExitStack() as after, transaction.atomic():
        rosters.hold_pools(workspace)
        after.enter_context(meanwhile(lambda: visit_pricing_page(lead, at=MONDAY_NOON)))
        choose(
            workspace=workspace,
            by=ben,
            mail=Rep.Mail.AT_ONCE,
            in_app=False,
            webhook_url="",
            at=MONDAY_NOON,
        )
    offer = Handoff.objects.get()
    assert offer.mail_key == ""
    assert digests.send_digests(now=SOON) == 1
    offer.refresh_from_db()
    assert OutboxMessage.objects.get(to=ben.email).key == offer.mail_key
    assert digests.send_digests(now=SOON + timedelta(hours=2)) == 0
