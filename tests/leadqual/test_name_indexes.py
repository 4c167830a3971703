"""A lead is found by its name through indexes, merged or not: every event asks for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from leadqual.identity import LeadBook, Name
from leadqual.models import Lead
from tests.builders import make_lead

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "indexes"),
    [
        (Name(email="Ida@acme.example"), ["lead_email_once", "lead_email_merged"]),
        (Name(external_id="crm-7"), ["lead_external_id_once", "lead_external_id_merged"]),
    ],
)
def test_no_name_reads_the_whole_table(
    workspace: Workspace, name: Name, indexes: list[str]
) -> None:
    ida = make_lead(workspace, email="ida@acme.example", external_id="crm-7")
    Lead.objects.bulk_create(
        Lead(workspace=workspace, email_normalised=f"p{n}@x.example", external_id=f"n{n}")
        for n in range(3000)
    )
    with CaptureQueriesContext(connection) as asked:
        assert LeadBook(workspace, [name]).find(name) == ida
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leadqual_lead")
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert [index for index in indexes if f"on {index} " in plan] == indexes
    assert "Seq Scan" not in plan
