"""Proposing the draft, taking a proposal back, signing it: each shows the very text it is about."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import Permission, WorkspaceRequest, may_not, workspace_view
from handoff.agreement.drafting import document_of, drawn_up
from handoff.agreement.facts import facts_of
from handoff.agreement.proposing import NotComplete, propose
from handoff.agreement.readiness import problems_in
from handoff.agreement.signers import SIGN_FOR
from handoff.agreement.signing import sign, withdraw
from handoff.forms.agreement import DraftForm, SignForm, WithdrawForm, seen_in, stamp_of
from handoff.views.agreement import file_name, paper_for, version_of, version_page
from handoff.views.agreement_edit import gone
from handoff.views.answers import CONFLICT, REFUSED
from sla import agreements
from sla.models import Agreement, Side


@workspace_view(Permission.EDIT_AGREEMENT)
def propose_agreement(request: WorkspaceRequest) -> HttpResponse:
    """GET reads the draft back, or says what is missing; POST proposes exactly that."""
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return gone(request)
    if request.method != "POST":
        return _read_back(request, draft)
    seen = seen_in(DraftForm(request.POST).stamp, draft)
    try:
        text = request.POST.get("text")  # the hash of what this page showed
        propose(draft, by=request.user, at=timezone.now(), seen=seen, text_hash=text)
    except NotComplete:
        return _read_back(request, draft, status=REFUSED)
    except agreements.EditedMeanwhile as error:
        words = (
            f"{error.who or 'Somebody'} has edited the draft since you opened this page. "
            "Nothing is proposed yet: read it again."
        )
        return _read_back(request, draft, refused=words, status=CONFLICT)
    except agreements.NotNow as error:
        return _read_back(request, draft, refused=str(error), status=CONFLICT)
    messages.success(request, "Proposed. Its text stands still now; both sides can sign it.")
    return redirect("agreement_version", request.workspace.slug, draft.number)


def _read_back(
    request: WorkspaceRequest, draft: Agreement, *, refused: str = "", status: int = 200
) -> HttpResponse:
    found = agreements.draft_of(request.workspace)
    if found is None:
        return gone(request)
    facts = facts_of(found, now=timezone.now())
    document = drawn_up(facts)
    context = {
        "shown": found,
        "stamp": stamp_of(found),
        "text_hash": document.hash,
        "problems": problems_in(facts),
        "waiting": agreements.proposed(request.workspace),
        "paper": paper_for(found, document),
        "refused": refused,
    }
    return render(request, "handoff/agreement/propose.html", context, status=status)


@workspace_view(Permission.EDIT_AGREEMENT)
def withdraw_agreement(request: WorkspaceRequest, number: int) -> HttpResponse:
    shown = version_of(request, number)
    if shown.status != Agreement.Status.PROPOSED:
        state = shown.get_status_display().lower()
        words = f"Agreement {number} is {state}: only one that waits for signatures is taken back."
        return _not_now(request, shown, words)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            why = form.cleaned_data["why"]
            withdraw(shown, by=request.user, at=timezone.now(), why=why)
        except agreements.NotNow as error:
            return _not_now(request, version_of(request, number), str(error))
        messages.success(request, "Taken back. What it says goes on as a draft.")
        return redirect("agreement_edit", request.workspace.slug)
    context = {"form": form, "shown": shown, "signed": agreements.signatures_of(shown)}
    status = REFUSED if form.is_bound else 200
    return render(request, "handoff/agreement/withdraw.html", context, status=status)


def _not_now(request: WorkspaceRequest, shown: Agreement, words: str) -> HttpResponse:
    """The version as it stands, with why nothing was done."""
    status = CONFLICT if request.method == "POST" else 200
    return version_page(request, shown, refused=words, status=status)


@workspace_view(Permission.VIEW_REPORTS)
def sign_agreement(request: WorkspaceRequest, number: int) -> HttpResponse:
    """GET shows exactly the text that is signed; POST signs it, naming its hash."""
    shown = version_of(request, number)
    side = _side_of(request)
    _ask_for(request, side)
    if request.method == "POST" and _is_signed(request, shown, side):
        return redirect("agreement_version", request.workspace.slug, number)
    if shown.status != Agreement.Status.PROPOSED:
        return _not_now(request, shown, _not_to_be_signed(request, shown))
    form = SignForm(request.POST if request.method == "POST" else None, side=side)
    if not (form.is_bound and form.is_valid()):
        return _to_sign(request, shown, side, form)
    try:
        signed = sign(
            shown,
            side=side,
            by=request.user,
            role=request.membership.get_role_display(),
            at=timezone.now(),
            document_hash=form.cleaned_data["hash"],
        )
    except agreements.NotNow as error:
        now = version_of(request, number)
        if _is_signed(request, now, side):
            return redirect("agreement_version", request.workspace.slug, number)
        return _not_now(request, now, str(error))
    return _thanks(request, signed, side)


def _is_signed(request: WorkspaceRequest, shown: Agreement, side: Side) -> bool:
    """Whether this person has signed exactly that: pressed twice, or sent again."""
    stands = shown.status in (Agreement.Status.PROPOSED, Agreement.Status.ACTIVE)
    return stands and shown.signatures.filter(side=side, person=request.user).exists()


def _side_of(request: WorkspaceRequest) -> Side:
    """The side that the person asks for; else the one for which they may sign."""
    asked = request.POST.get("side") or request.GET.get("side", "")
    if asked in SIGN_FOR:
        return Side(asked)
    mine = [side for side, permission in SIGN_FOR.items() if request.may(permission)]
    return Side(mine[0]) if mine else Side.SALES


def _ask_for(request: WorkspaceRequest, side: Side) -> None:
    if not request.may(SIGN_FOR[side]):
        raise PermissionDenied(may_not(request.membership, SIGN_FOR[side]))


def _not_to_be_signed(request: WorkspaceRequest, shown: Agreement) -> str:
    state = shown.get_status_display().lower()
    own = shown.signatures.filter(person=request.user).first()
    if own:
        return f"You have signed agreement {shown.number} already. It is {state}."
    return f"Agreement {shown.number} is {state}: there is nothing to sign."


def _to_sign(
    request: WorkspaceRequest, shown: Agreement, side: Side, form: SignForm
) -> HttpResponse:
    prefetch_related_objects([shown], "signatures")
    by_side = {signature.side: signature for signature in agreements.signatures_of(shown)}
    by_person = {signature.person_id: signature for signature in by_side.values()}
    context = {
        "form": form,
        "shown": shown,
        "side": side,
        "former": agreements.before(shown),
        "paper": paper_for(shown, document_of(shown, now=timezone.now())),
        "taken": by_side.get(side),
        "own": by_person.get(request.user.pk),
        "is_unaltered": agreements.is_unaltered(shown),
        "text_file": file_name(shown, "json"),
        "role": request.membership.get_role_display(),
    }
    status = REFUSED if form.is_bound else 200
    return render(request, "handoff/agreement/sign.html", context, status=status)


def _thanks(request: WorkspaceRequest, signed: Agreement, side: Side) -> HttpResponse:
    if signed.status == Agreement.Status.ACTIVE:
        words = f"Both sides have signed: agreement {signed.number} is in force from now on."
    else:
        other = Side.MARKETING if side == Side.SALES else Side.SALES
        words = (
            f"Signed for {side.label.lower()}. It is in force as soon as "
            f"{other.label.lower()} has signed, too."
        )
    messages.success(request, words)
    return redirect("agreement_version", request.workspace.slug, signed.number)
