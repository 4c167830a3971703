"""The figures as CSV on the command line: what leads have written is no formula."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Workspace
from leadqual.models import Company
from tests.builders import receive_hot_lead

pytestmark = pytest.mark.django_db


def test_a_name_that_is_a_formula_is_text_in_the_csv(workspace: Workspace) -> None:
    receive_hot_lead(workspace)
    Company.objects.update(industry="=1+1")
    said = StringIO()
    call_command("report", "funnel", workspace="northwind", by="industry", csv=True, stdout=said)
    names = [line.partition(",")[0] for line in said.getvalue().splitlines()]
    assert names == ["industry", "'=1+1"]
