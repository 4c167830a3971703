"""Form controls with Tabler's classes, for templates/django/forms/field.html."""

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()

CHECKS = (forms.CheckboxInput,)
CHOICES = (forms.RadioSelect, forms.CheckboxSelectMultiple)


@register.filter
def control(field: BoundField) -> SafeString:
    """The widget, with Tabler's class added to those of its own."""
    own = str(field.field.widget.attrs.get("class", ""))
    classes = [own, _class_of(field.field.widget), "is-invalid" if field.errors else ""]
    return field.as_widget(attrs={"class": " ".join(filter(None, classes))})


@register.filter
def kind(field: BoundField) -> str:
    """How the field is laid out: a `check`, `choices` or a plain `control`."""
    widget = field.field.widget
    if isinstance(widget, CHOICES):
        return "choices"
    return "check" if isinstance(widget, CHECKS) else "control"


def _class_of(widget: forms.Widget) -> str:
    if isinstance(widget, CHECKS):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
