"""What may stand in the way of somebody who works on an agreement, in words for the screen."""

from accounts.models import User
from sla.models import Agreement, Signature


class NotNow(ValueError):
    """The agreement is not in the state that this asks for; the text is fit for the screen."""


class TextChanged(NotNow):
    """The text that was shown is not the one that would be signed, or proposed."""

    def __init__(self, before_you: str = "sign it") -> None:
        super().__init__(
            f"The text has changed since you opened it. Read it again before you {before_you}."
        )


class Altered(NotNow):
    """The stored text is not the one that was proposed: somebody has reached into the database."""

    def __init__(self, agreement: Agreement) -> None:
        super().__init__(
            f"The stored text of agreement {agreement.number} is not the one that was proposed: "
            "it no longer has the hash that was written then. Nobody can sign it."
        )


class AlreadySigned(NotNow):
    """That side, or that person for the other side, has signed: `signature`."""

    def __init__(self, signature: Signature, *, by: User, side: str) -> None:
        who = "You have" if signature.person_id == by.pk else f"{signature.name} has"
        signed = signature.get_side_display().lower()
        words = f"{who} already signed for {signed}."
        if signature.side != side:
            words += " Nobody signs for both sides."
        super().__init__(words)
        self.signature = signature


class EditedMeanwhile(RuntimeError):
    """Somebody else has edited the draft since it was opened: `who`, `when`; nothing was saved."""

    def __init__(self, agreement: Agreement, *, by: User) -> None:
        self.who, self.when = agreement.edited_by, agreement.edited_at
        who = "You have" if self.who == by else f"{self.who or 'Somebody'} has"
        where = " in another window" if self.who == by else ""
        super().__init__(
            f"{who} edited this draft{where} since you opened it. Nothing of yours is saved: "
            "look at what has changed, and enter it again."
        )
