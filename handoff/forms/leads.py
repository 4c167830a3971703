"""What is known of a lead and its company, entered or corrected by a person."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django import forms

from accounts.models import Workspace
from accounts.whole_numbers import NO_DECIMALS
from handoff.forms.own_facts import COUNTRY_ATTRS, bound, own_facts, said_of
from leadqual.capture import CompanyFacts, LeadFacts
from leadqual.countries import UnknownCountry, country_code, country_name
from leadqual.custom_fields import Of
from leadqual.models import Company, Lead, Source, Timeline, normalise_email

BY_HAND = "Entered by hand"
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


class CountryField(forms.CharField):
    """A country by its name or code, shown by its name."""

    # No max_length: browsers would cut “Germany” to GE, which is Georgia.
    widget = forms.TextInput(COUNTRY_ATTRS)

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(required=required, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return country_name(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        said = str(super().clean(value))
        try:
            return country_code(said) if said else ""
        except UnknownCountry as unknown:
            raise forms.ValidationError(str(unknown)) from unknown


class WholeNumber(forms.IntegerField):
    re_decimal = NO_DECIMALS


class LeadForm(forms.Form):
    """The lead and its company; every field may stay empty as long as the lead can be named.

    The typed facts of the workspace's own come last in their group.
    """

    first_name = forms.CharField(max_length=80, required=False)
    last_name = forms.CharField(max_length=80, required=False)
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        required=False,
        error_messages={"invalid": "That is no e-mail address. Write one like anna@acme.com."},
    )
    phone = forms.CharField(max_length=40, required=False)
    job_title = forms.CharField(max_length=120, required=False)
    country = CountryField(help_text="Where the person works.")

    company_name = forms.CharField(label="Company", max_length=200, required=False)
    domain = forms.CharField(
        label="Company’s domain", max_length=300, required=False, help_text="Such as acme.com."
    )
    industry = forms.CharField(max_length=80, required=False)
    company_country = CountryField(label="Company’s country")
    employees = WholeNumber(
        label="Company size",
        min_value=1,
        max_value=10_000_000,
        required=False,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), "Write a whole number of people, such as 250."
        ),
        help_text="How many people work there.",
    )

    timeline = forms.ChoiceField(
        label="When do they want to start?", choices=Timeline.choices, required=False
    )
    challenge = forms.CharField(label="Main challenge", max_length=200, required=False)

    PERSON = ("first_name", "last_name", "email", "phone", "job_title", "country")
    COMPANY = ("company_name", "domain", "industry", "company_country", "employees")
    QUALIFICATION = ("timeline", "challenge")

    def __init__(
        self, *args: Any, workspace: Workspace, lead: Lead | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        self.fields.update(own_facts(workspace, Of.LEAD, lead))
        self.fields.update(own_facts(workspace, Of.COMPANY, lead.company if lead else None))
        self.known: Lead | None = None
        """The lead that has the same e-mail address already, once the form was cleaned."""

    def person(self) -> list[forms.BoundField]:
        return [self[name] for name in self.PERSON]

    def company(self) -> list[forms.BoundField]:
        return [*(self[name] for name in self.COMPANY), *bound(self, Of.COMPANY)]

    def qualification(self) -> list[forms.BoundField]:
        return [*(self[name] for name in self.QUALIFICATION), *bound(self, Of.LEAD)]

    def clean_domain(self) -> str:
        """A web address is taken for its domain."""
        text = str(self.cleaned_data["domain"]).strip().lower()
        host = (urlsplit(text if "//" in text else f"//{text}").hostname or "") if text else ""
        host = host.removeprefix("www.")
        if text and not _DOMAIN.fullmatch(host):
            raise forms.ValidationError("That is no domain. Write one like acme.com.")
        return host

    def clean_email(self) -> str:
        address = normalise_email(self.cleaned_data["email"])
        if address and (known := self._others().filter(email_normalised=address).first()):
            self.known = known
            raise forms.ValidationError(f"{known.display_name} is known under this address.")
        return str(self.cleaned_data["email"])

    def _others(self) -> Any:
        return Lead.objects.of(self.workspace).present()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors and not any(
            said.get(name) for name in ("email", "first_name", "last_name")
        ):
            raise forms.ValidationError("Write at least an e-mail address or a name.")
        return said

    def company_facts(self) -> CompanyFacts:
        said = self.cleaned_data
        return CompanyFacts(
            name=said["company_name"],
            domain=said["domain"],
            industry=said["industry"],
            country=said["company_country"],
            employees=said["employees"],
            attributes=said_of(self, Of.COMPANY),
        )

    def facts(self) -> LeadFacts:
        said = {name: self.cleaned_data[name] for name in (*self.PERSON, *self.QUALIFICATION)}
        return LeadFacts(**said, company=self.company_facts(), attributes=said_of(self, Of.LEAD))


class NewLeadForm(LeadForm):
    source = forms.ModelChoiceField(
        queryset=Source.objects.none(),
        required=False,
        empty_label=BY_HAND,
        help_text="Where you met them. Marketing judges channels by it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = Source.objects.of(self.workspace)
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]

    def qualification(self) -> list[forms.BoundField]:
        return [*super().qualification(), self["source"]]

    def facts(self) -> LeadFacts:
        source: Source | None = self.cleaned_data["source"]
        return replace(super().facts(), source=source.code if source else BY_HAND)


class EditLeadForm(LeadForm):
    """Starts with what is known; what is emptied is withdrawn."""

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        self.lead = lead
        known = {name: getattr(lead, name) for name in (*self.PERSON, *self.QUALIFICATION)}
        company = lead.company or Company()
        known |= {
            "company_name": company.name,
            "domain": company.domain,
            "industry": company.industry,
            "company_country": company.country,
            "employees": company.employees,
        }
        super().__init__(*args, workspace=lead.workspace, lead=lead, initial=known, **kwargs)

    def _others(self) -> Any:
        return super()._others().exclude(pk=self.lead.pk)
