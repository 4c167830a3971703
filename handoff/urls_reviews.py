"""Below /w/<workspace>/reviews/: the joint review."""

from django.urls import path

from handoff.views import joint_reviews, joint_reviews_decisions, joint_reviews_meeting

urlpatterns = [
    path("", joint_reviews.reviews, name="reviews"),
    path("effects/", joint_reviews.review_effects, name="review_effects"),
    path("open/<slug:kind>/", joint_reviews.start_review, name="start_review"),
    path("cadences/<slug:kind>/", joint_reviews.settle_cadence, name="settle_cadence"),
    path("<int:pk>/", joint_reviews_meeting.review, name="review"),
    path("<int:pk>/changes/", joint_reviews_meeting.review_changes, name="review_changes"),
    path("<int:pk>/join/", joint_reviews_meeting.join_review, name="join_review"),
    path("<int:pk>/close/", joint_reviews_meeting.close_review, name="close_review"),
    path("<int:pk>/discard/", joint_reviews_meeting.discard_review, name="discard_review"),
    path("<int:pk>/items/<int:item>/mark/", joint_reviews_meeting.mark_item, name="mark_item"),
    path("<int:pk>/items/<int:item>/note/", joint_reviews_meeting.note_item, name="note_item"),
    path("<int:pk>/decide/", joint_reviews_decisions.decide_in_review, name="decide_in_review"),
    path(
        "decided/<int:decision>/done/",
        joint_reviews_decisions.settle_decision,
        name="settle_decision",
    ),
    path(
        "decided/<int:decision>/hand-on/",
        joint_reviews_decisions.hand_on_decision,
        name="hand_on_decision",
    ),
    path(
        "decided/<int:decision>/begin/",
        joint_reviews_decisions.begin_decision,
        name="begin_decision",
    ),
]
