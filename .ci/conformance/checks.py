"""Checks of answers in addition to those of schemathesis, where schemathesis.toml accepts more than one status."""
import re

import schemathesis
from schemathesis.core.parameters import ParameterLocation

# The schema says all that these are about, so that a request that conforms to it cannot get them. Only which field an
# allocation has, `percentage` or `tiers`, depends on the type of the rule.
CODES_OF_SCHEMA = {"invalid_type", "not_nullable", "too_few", "too_long", "too_many", "unknown_field"}

CURRENCIES = {"currency", "payout_currency"}


@schemathesis.hook
def map_body(context, body):
    """Replaces three letters by a currency that exists, or else nearly every record would be refused."""
    if isinstance(body, list):
        return [map_body(context, element) for element in body]
    if not isinstance(body, dict):
        return body
    is_code = lambda name, value: name in CURRENCIES and isinstance(value, str) and re.fullmatch("[A-Za-z]{3}", value)
    return {name: "EUR" if is_code(name, value) else map_body(context, value) for name, value in body.items()}


def answer_of(response):
    answer = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
    return answer if "data" in answer or "code" in answer else {}


def rows_of(answer):
    """The results of a batch, if it is one."""
    rows = answer.get("data")
    return [row for row in rows if "index" in row] if isinstance(rows, list) else []


@schemathesis.check
def a_row_that_breaks_the_schema_fails(ctx, response, case):
    """A batch with a record that does not conform has at least one result that says so."""
    rows = rows_of(answer_of(response))
    if response.status_code == 200 and rows and case.meta and case.meta.is_negative_at(ParameterLocation.BODY):
        assert any(row["status"] == "failed" for row in rows), "No row failed, although the body breaks the schema"


@schemathesis.check
def what_conforms_is_refused_only_for_what_a_schema_cannot_say(ctx, response, case):
    """If a request that conforms to the document is refused, the document has no rule that would say so."""
    if not case.meta or case.meta.generation.mode.is_negative:
        return
    answer = answer_of(response)
    problems = [answer, *(row.get("error", {}) for row in rows_of(answer))]
    errors = [error for problem in problems for error in problem.get("errors", [])]
    codes = {error["code"] for error in errors if "/allocations/" not in error.get("pointer", "")}
    unsaid = codes & CODES_OF_SCHEMA
    assert not unsaid, f"The document should say what is {', '.join(sorted(unsaid))}: {answer}"
