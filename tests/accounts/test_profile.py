"""A person's own page, and the colours they chose."""

from django.test import Client
from django.urls import reverse

from accounts.models import User


def test_name_and_colours_are_saved(ben: User, as_ben: Client) -> None:
    as_ben.post(reverse("profile"), {"name": "Benjamin Okoye", "theme": "dark"})
    ben.refresh_from_db()
    assert (ben.name, ben.theme) == ("Benjamin Okoye", "dark")


def test_a_refused_name_does_not_appear_in_the_shell(ben: User, as_ben: Client) -> None:
    page = as_ben.post(reverse("profile"), {"name": "", "theme": "dark"})
    assert page.context["form"].errors == {"name": ["This field is required."]}
    assert "Ben Okoye" in page.content.decode()
    assert 'data-chosen-theme="auto"' in page.content.decode()


def test_the_switch_in_the_menu_saves_the_colours(ben: User, as_ben: Client) -> None:
    answer = as_ben.post(reverse("set_theme"), {"theme": "dark"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert as_ben.post(reverse("set_theme"), {"theme": "light"}).status_code == 302
    assert as_ben.post(reverse("set_theme"), {"theme": "plaid"}).status_code == 400
    ben.refresh_from_db()
    assert ben.theme == "light"
    assert 'data-chosen-theme="light"' in as_ben.get(reverse("profile")).content.decode()


def test_a_page_runs_no_script_but_the_files_it_names(as_ben: Client) -> None:
    page = as_ben.get(reverse("profile"))
    policy = page["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    body = page.content.decode()
    assert body.count("<script") == body.count("<script src=")
    assert " onclick=" not in body
