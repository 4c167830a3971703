"""The pages on which two leads are merged, and the merge is taken back."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import merging
from handoff.models import LeadMerge
from leadqual.models import Lead
from leadqual.stages import Stage
from tests.builders import make_company, make_event, make_lead, receive_hot_lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanna(workspace: Workspace) -> Lead:
    return make_lead(
        workspace, first_name="Hanna", last_name="Weiss", email="hanna@acme.example", phone="17"
    )


@pytest.fixture
def double(workspace: Workspace) -> Lead:
    return make_lead(
        workspace,
        first_name="Hana",
        last_name="Weiss",
        email="hw@mail.example",
        external_id="crm-9",
        job_title="Head of IT",
        company=make_company(workspace, name="Acme"),
    )


def page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=["northwind", *args]), query)
    return str(answer.content.decode())


def merge_address(survivor: Lead, absorbed: Lead) -> str:
    return reverse("merge_two", args=["northwind", survivor.pk, absorbed.pk])


def seen_in(html: str) -> str:
    return str(re.findall(r'name="seen" value="(\w*)"', html)[0])


def test_somebody_alike_is_suggested_and_others_are_found_by_their_words(
    as_ana: Client, hanna: Lead, double: Lead, workspace: Workspace, cleo: User
) -> None:
    other = make_lead(workspace, first_name="Zoe", external_id="crm-10")
    make_lead(cleo.workspaces.get(), first_name="Hanna", last_name="Weiss")
    suggested = page(as_ana, "merge_lead", hanna.pk)
    assert "Perhaps the same person" in suggested
    assert suggested.count(merge_address(hanna, double)) == 1
    assert suggested.count("/merge/") == 2  # the search itself, and the one that is suggested
    assert merge_address(hanna, other) in page(as_ana, "merge_lead", hanna.pk, q="crm-10")
    assert merge_address(hanna, double) in page(as_ana, "merge_lead", hanna.pk, q="acme")
    assert "Nobody is known by “nobody”" in page(as_ana, "merge_lead", hanna.pk, q="nobody")
    assert merge_address(hanna, hanna) not in page(as_ana, "merge_lead", hanna.pk, q="Hanna")


def test_what_remains_is_shown_before_anything_happens(
    as_ana: Client, hanna: Lead, double: Lead
) -> None:
    make_event(double, url="/pricing")
    html = page(as_ana, "merge_two", hanna.pk, double.pk)
    rows = dict(
        re.findall(r'<th scope="row">(.*?)</th>.*?"Afterwards"><strong>(.*?)</strong>', html, re.S)
    )
    assert rows["E-mail address"] == "hanna@acme.example"
    assert (rows["First name"], rows["Job title"]) == ("Hanna", "Head of IT")
    assert (rows["Company"], rows["External id"], rows["Stage"]) == ("Acme", "crm-9", "New")
    assert "<s>Hana</s>" in html
    assert "1 event and all stages go over to Hanna Weiss." in html
    assert "Whatever arrives for hw@mail.example or crm-9 from now on" in html
    assert LeadMerge.objects.count() == 0


def test_merging_and_taking_it_back(as_ana: Client, hanna: Lead, double: Lead) -> None:
    seen = seen_in(page(as_ana, "merge_two", hanna.pk, double.pk))
    done = as_ana.post(merge_address(hanna, double), {"seen": seen}, follow=True)
    assert "Hana Weiss is part of Hanna Weiss now." in done.content.decode()
    assert Lead.objects.get(pk=double.pk).merged_into == hanna
    listed = page(as_ana, "merge_lead", hanna.pk)
    assert "30 days left" in listed
    undo = reverse("undo_merge", args=["northwind", LeadMerge.objects.get().pk])
    assert undo in listed
    undone = as_ana.post(undo, follow=True).content.decode()
    assert "Hanna Weiss and Hana Weiss are two leads again." in undone
    assert Lead.objects.get(pk=double.pk).merged_into is None
    assert "Undo this merge" not in page(as_ana, "merge_lead", hanna.pk)


def test_what_has_changed_since_one_looked_is_shown_again(
    as_ana: Client, hanna: Lead, double: Lead
) -> None:
    seen = seen_in(page(as_ana, "merge_two", hanna.pk, double.pk))
    Lead.objects.filter(pk=double.pk).update(job_title="CEO")
    again = as_ana.post(merge_address(hanna, double), {"seen": seen})
    assert again.status_code == 409
    assert "Something has changed since you looked." in again.content.decode()
    assert LeadMerge.objects.count() == 0
    as_ana.post(merge_address(hanna, double), {"seen": seen_in(again.content.decode())})
    assert LeadMerge.objects.count() == 1


def test_a_merge_that_cannot_be_undone_says_why(
    as_ana: Client, ana: User, hanna: Lead, double: Lead, workspace: Workspace
) -> None:
    third = make_lead(workspace)
    first = merging.merge(hanna, double, by=ana, at=timezone.now())
    merging.merge(Lead.objects.get(pk=hanna.pk), third, by=ana, at=timezone.now())
    html = page(as_ana, "merge_lead", hanna.pk)
    assert "Cannot be undone: Another lead was merged into this one since." in html
    assert html.count("Undo this merge") == 1
    undo = reverse("undo_merge", args=["northwind", first.pk])
    refused = as_ana.post(undo, follow=True).content.decode()
    assert "Another lead was merged into this one since. Undo that merge first." in refused


def test_two_open_deals_are_shown_but_not_merged(as_ana: Client, workspace: Workspace) -> None:
    deals = [make_lead(workspace, stage=Stage.OPPORTUNITY) for _ in "12"]
    html = page(as_ana, "merge_two", deals[0].pk, deals[1].pk)
    assert "Both have an open deal. Win or lose one of them first." in html
    assert "Merge the two" not in html
    as_ana.post(merge_address(deals[0], deals[1]), {"seen": ""})
    assert LeadMerge.objects.count() == 0


def test_offers_that_stay_and_go_are_named(
    as_ana: Client, workspace: Workspace, ben_takes_turns: User
) -> None:
    first, second = receive_hot_lead(workspace), receive_hot_lead(workspace)
    html = page(as_ana, "merge_two", first.pk, second.pk)
    assert "The offer to Ben Okoye stays open." in html
    assert "The offer to Ben Okoye is withdrawn." in html
    assert "1 event that both have count once." in html


def test_reps_do_not_merge_and_strangers_find_nothing(
    as_ben: Client, as_cleo: Client, hanna: Lead, double: Lead, cleo: User, as_ana: Client
) -> None:
    theirs = make_lead(cleo.workspaces.get())
    addresses = [
        reverse("merge_lead", args=["northwind", hanna.pk]),
        merge_address(hanna, double),
    ]
    for address in addresses:
        assert as_ben.get(address).status_code == 403
        assert as_cleo.get(address).status_code == 404
    assert as_ana.get(merge_address(hanna, theirs)).status_code == 404
    assert as_ana.post(merge_address(hanna, theirs)).status_code == 404
    assert "Merge…" in page(as_ana, "lead", hanna.pk)
    assert "Merge…" not in page(as_ben, "lead", hanna.pk)


def test_after_thirty_days_a_merge_is_for_good(
    as_ana: Client, ana: User, hanna: Lead, double: Lead
) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    merge = merging.merge(hanna, double, by=ana, at=long_ago)
    assert "Undo this merge" not in page(as_ana, "merge_lead", hanna.pk)
    undo = reverse("undo_merge", args=["northwind", merge.pk])
    assert "30 days; this one is older" in as_ana.post(undo, follow=True).content.decode()
