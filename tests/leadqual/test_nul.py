"""A NUL character in an address is refused in words, whichever view it is meant for."""

import pytest
from django.test import Client

from leadqual.middleware import REFUSAL
from tests.handoff.pages import LEADS


@pytest.mark.parametrize(
    "address",
    [
        f"{LEADS}?fact=rejected:%00",
        f"{LEADS}?fact=mql&fact_source=%00",
        f"{LEADS}?source=a%00b",
        f"{LEADS}?%00=1",
        f"{LEADS}new/known/?email=%00",
        "/w/northwind/%00/",
    ],
)
def test_an_address_with_a_nul_is_refused_in_words(as_ana: Client, address: str) -> None:
    answer = as_ana.get(address)
    assert answer.status_code == 400
    assert REFUSAL in answer.content.decode()


def test_the_api_refuses_it_in_json(client: Client) -> None:
    answer = client.get("/api/v1/leads/?email=%00")
    assert (answer.status_code, answer.json()) == (400, {"detail": REFUSAL})


def test_what_only_looks_like_a_nul_is_searched_for(as_ana: Client) -> None:
    assert as_ana.get(f"{LEADS}?q=%2500").status_code == 200
