"""Below /w/<workspace>/agreement/: the written SLA, read, drafted and signed."""

from django.urls import path

from handoff.views import agreement, agreement_edit, agreement_promises, agreement_signing

urlpatterns = [
    path("", agreement.agreement, name="agreement"),
    path("versions/", agreement.agreement_versions, name="agreement_versions"),
    path("versions/<int:number>/", agreement.agreement_version, name="agreement_version"),
    path("versions/<int:number>/pdf/", agreement.agreement_pdf, name="agreement_pdf"),
    path("versions/<int:number>/text/", agreement.agreement_text, name="agreement_text"),
    path(
        "versions/<int:number>/differences/",
        agreement.agreement_differences,
        name="agreement_differences",
    ),
    path(
        "versions/<int:number>/withdraw/",
        agreement_signing.withdraw_agreement,
        name="withdraw_agreement",
    ),
    path("versions/<int:number>/sign/", agreement_signing.sign_agreement, name="sign_agreement"),
    path("begin/", agreement_edit.begin_agreement, name="begin_agreement"),
    path("draft/", agreement_edit.agreement_edit, name="agreement_edit"),
    path("draft/clauses/<slug:code>/", agreement_edit.edit_clause, name="edit_clause"),
    path("draft/discard/", agreement_edit.discard_draft, name="discard_draft"),
    path("draft/propose/", agreement_signing.propose_agreement, name="propose_agreement"),
    path("draft/promises/new/", agreement_promises.new_promise, name="new_promise"),
    path("draft/promises/reads/", agreement_promises.promise_reads, name="promise_reads"),
    path("draft/promises/undo/", agreement_promises.bring_back_promise, name="bring_back_promise"),
    path("draft/promises/<int:pk>/", agreement_promises.edit_promise, name="edit_promise"),
    path(
        "draft/promises/<int:pk>/remove/",
        agreement_promises.remove_promise,
        name="remove_promise",
    ),
]
