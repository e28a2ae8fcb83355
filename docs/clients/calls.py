"""Calls of the API with a client that is generated from its document.

`.ci/check-clients` generates the client, checks the types, and runs this.
"""
import datetime
import os
from typing import TypeVar

from allocora_client import AuthenticatedClient
from allocora_client.api.api import ping
from allocora_client.api.payees import (
    create_payee, create_payees_batch, get_payee, list_payees, update_payee, upsert_payees,
)
from allocora_client.api.payouts import preview_payouts
from allocora_client.api.revenues import create_revenue
from allocora_client.models import (
    FieldProblem, Payee, PayeeCreate, PayeeCreateBatch, PayeeCreateResults, PayeeList, PayeeResponse, PayeeStatus,
    PayeeType, PayeeUpdate, PayeeUpsert, PayeeUpsertBatch, PayeeUpsertResults, PayeeWritten, PayoutPreview,
    PayoutPreviewRequest, Ping, Problem, ResultStatus, RevenueCreate, RevenueType, RevenueWritten,
)
from allocora_client.types import UNSET, Unset

api = AuthenticatedClient(base_url=os.environ["ALLOCORA_URL"], token=os.environ["ALLOCORA_KEY"])
T = TypeVar("T")


def expect(kind: type[T], answer: object) -> T:
    """The answer, which must be of this kind: an operation answers its success or a problem."""
    assert isinstance(answer, kind), answer
    return answer


assert "write:payees" in expect(Ping, ping.sync(client=api)).permissions

body = PayeeCreate(external_id="py-ada", name="Ada Lovelace", type_=PayeeType.INDIVIDUAL, payout_threshold="50")
ada = expect(Payee, expect(PayeeWritten, create_payee.sync(client=api, body=body)).data)
assert ada.payout_threshold == "50.000"

assert expect(PayeeResponse, get_payee.sync(ada.id, client=api)).data.name == "Ada Lovelace"

records = [PayeeUpsert(external_id="py-ada", status=PayeeStatus.INACTIVE),
           PayeeUpsert(external_id="py-grace", name="Grace Hopper")]
upserted = expect(PayeeUpsertResults, upsert_payees.sync(client=api, body=PayeeUpsertBatch(records)))
assert [row.status for row in upserted.data] == [ResultStatus.UPDATED, ResultStatus.CREATED]

sale = RevenueCreate(external_id="py-order-1", type_=RevenueType.SALE, amount="249.00", currency="EUR",
                     occurred_at=datetime.datetime(2026, 4, 30, 10, tzinfo=datetime.timezone.utc))
assert expect(RevenueWritten, create_revenue.sync(client=api, body=sale)).outcome == "created"

sale.amount = "250.00"
again = expect(RevenueWritten, create_revenue.sync(client=api, body=sale))
assert again.outcome == "skipped_duplicate"
assert again.differences and [difference.field for difference in again.differences] == ["amount"]

names: list[str] = []
cursor: str | None | Unset = UNSET
while cursor is not None:
    page = expect(PayeeList, list_payees.sync(client=api, per_page=1, cursor=cursor))
    names += [payee.name for payee in page.data]
    cursor = page.meta.next_cursor
assert {"Ada Lovelace", "Grace Hopper"} <= set(names)

new = [PayeeCreate(external_id="py-alan", name="Alan Turing"), PayeeCreate(external_id="py-ada", name="Ada")]
batch = expect(PayeeCreateResults, create_payees_batch.sync(client=api, body=PayeeCreateBatch(new)))
assert expect(Problem, batch.data[1].error).code == "already_exists"
assert batch.meta.failed == 1

refused = expect(Problem, create_payee.sync(client=api, body=PayeeCreate(name="", contact_email="nobody")))
assert refused.errors
assert [expect(FieldProblem, error).pointer for error in refused.errors] == ["#/name", "#/contact_email"]

active = PayeeUpdate(status=PayeeStatus.ACTIVE)
stale = expect(Problem, update_payee.sync(ada.id, client=api, body=active, if_match='"99"'))
assert stale.code == "precondition_failed"

period = PayoutPreviewRequest(from_=datetime.date(2026, 4, 1), to=datetime.date(2026, 4, 30))
preview = expect(PayoutPreview, preview_payouts.sync(client=api, body=period))
assert [total.revenue for total in preview.data.totals] == ["249.000"]

print("Python: 11 kinds of calls, as their types say")
