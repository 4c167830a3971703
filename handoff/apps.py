from django.apps import AppConfig


class HandoffConfig(AppConfig):
    name = "handoff"
    verbose_name = "Hand-off"

    def ready(self) -> None:
        from accounts.templatetags.navigation import BADGES, ONLY_IF
        from handoff.reviews.shell import overdue_badge
        from handoff.shadow_panels import is_of_use

        ONLY_IF["shadow"] = is_of_use
        BADGES["reviews"] = overdue_badge
