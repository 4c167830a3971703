"""The link with which an invited person chooses a first password."""

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from accounts.models import User


def first_password_path(user: User) -> str:
    """Works once, for settings.PASSWORD_RESET_TIMEOUT seconds, without logging in."""
    token = PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    known_as = user_pk_to_url_str(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": known_as, "key": token})
