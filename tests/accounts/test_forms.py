"""Every form looks and reads like Tabler's, and says beside the field what is wrong with it."""

from django import forms


class Sample(forms.Form):
    email = forms.EmailField(help_text="Where to write to.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])
    agreed = forms.BooleanField(label="I agree")
    tiers = forms.MultipleChoiceField(
        choices=[("1", "One"), ("2", "Two")], widget=forms.CheckboxSelectMultiple, required=False
    )
    marked = forms.CharField(widget=forms.TextInput(attrs={"class": "mine"}), required=False)


def test_controls_carry_tablers_classes_beside_their_own() -> None:
    page = str(Sample())
    assert '<select name="kind" class="form-select"' in page
    assert 'class="form-check-input" required id="id_agreed"' in page
    assert 'class="mine form-control"' in page
    assert page.count('class="form-check-input" type="checkbox" name="tiers"') == 2


def test_an_error_is_named_beside_the_field_and_in_a_summary() -> None:
    form = Sample({"email": "nobody", "kind": "a", "agreed": "on", "tiers": ["2"]})
    page = str(form)
    assert 'aria-describedby="id_email_helptext id_email_error"' in page
    assert 'class="form-control is-invalid"' in page
    assert '<ul class="errorlist" id="id_email_error"><li>Enter a valid email address.' in page
    assert '<a class="alert-link" href="#id_email">Email</a>' in page
    assert page.count("checked") == 2


def test_a_form_without_errors_has_no_summary() -> None:
    assert "data-error-summary" not in str(Sample())


def test_a_single_field_is_laid_out_the_same_way() -> None:
    group = Sample()["email"].as_field_group()
    assert '<label class="form-label required" for="id_email">' in group
    assert '<div class="form-hint" id="id_email_helptext">Where to write to.</div>' in group
