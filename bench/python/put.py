"""Creates the revenues of a batch with one conditional PutItem for each, as `put.mjs` does, one after another."""

import base64
import hashlib
import json
import re
from datetime import datetime, timezone

from runtime import answer, authenticate, dynamodb, serve, table

RECORDS_MAX = 100
TYPES = {"sale", "refund", "adjustment"}
CURRENCIES = set(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
        "HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
        "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
        "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
        "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
    ).split()
)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,3}))?")
FIELDS = {
    "external_id",
    "revenue_source_id",
    "external_product_identifier",
    "type",
    "amount",
    "currency",
    "occurred_at",
    "original_external_id",
    "metadata",
}


def read(record, workspace):
    """The revenue of a record, and the problems of the record."""
    problems = []

    def wrong(field, code, detail):
        problems.append({"pointer": f"#/{field}", "code": code, "detail": detail})

    def text(field, required):
        value = record.get(field)
        if value is None:
            if required:
                wrong(field, "required", "is required")
        elif not isinstance(value, str):
            wrong(field, "invalid_type", "must be a string")
        elif not 1 <= len(value) <= 255:
            wrong(field, "too_long", "must have 1 to 255 characters")
        else:
            return value
        return None

    for field in record.keys() - FIELDS:
        wrong(field, "unknown_field", "is not a field of revenues")
    external_id = text("external_id", True)
    source = text("revenue_source_id", True)
    if source and not UUID.fullmatch(source):
        wrong("revenue_source_id", "invalid_format", "must be a UUID")
    product = text("external_product_identifier", False)
    original = text("original_external_id", False)
    kind = text("type", True)
    if kind and kind not in TYPES:
        wrong("type", "invalid_value", "must be sale, refund or adjustment")
    amount = text("amount", True)
    if amount:
        parts = AMOUNT.fullmatch(amount)
        if not parts:
            wrong("amount", "invalid_format", "must be a decimal with at most 3 places")
        else:
            sign, whole, places = parts.groups(default="")
            amount = f"{sign}{int(whole)}.{places.ljust(3, '0')}"
            if float(amount) == 0 or (kind != "adjustment" and (kind == "refund") != (sign == "-")):
                wrong("amount", "out_of_range", "must be above zero for a sale, below zero for a refund, and not zero")
    currency = (text("currency", True) or "").upper()
    if currency and currency not in CURRENCIES:
        wrong("currency", "invalid_value", "must be an ISO 4217 currency code")
    time = text("occurred_at", True)
    occurred = None
    if time:
        try:
            occurred = datetime.fromisoformat(time)
            occurred = occurred.replace(tzinfo=occurred.tzinfo or timezone.utc).astimezone(timezone.utc)
        except ValueError:
            wrong("occurred_at", "invalid_format", "must be a date or an RFC 3339 timestamp")
    metadata = record.get("metadata") or {}
    if not isinstance(metadata, dict):
        wrong("metadata", "invalid_type", "must be an object")
    elif not all(isinstance(value, (str, int, float, bool)) for value in metadata.values()):
        wrong("metadata", "invalid_type", "must have strings, numbers or booleans")
    if problems:
        return None, problems
    digest = hashlib.sha256(f"{workspace}\n{source}\n{external_id}".encode()).hexdigest()
    revenue = {
        "id": f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}",
        "external_id": external_id,
        "revenue_source_id": source,
        "external_product_identifier": product,
        "type": kind,
        "amount": amount,
        "currency": currency,
        "occurred_at": occurred.isoformat(),
        "original_external_id": original,
        "metadata": metadata,
        "created_at": datetime.now(timezone.utc).isoformat(),
    }
    return revenue, []


def attribute(value):
    if value is None:
        return {"NULL": True}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float)):
        return {"N": str(value)}
    return {"M": {name: attribute(value) for name, value in value.items()}}


def put(workspace, revenue):
    """Writes a revenue, which is listed by time. Returns whether it is new."""
    item = {
        "PK": {"S": f"W#{workspace}#R#{revenue['id']}"},
        "SK": {"S": "R"},
        "GSI1PK": {"S": f"W#{workspace}#L#0"},
        "GSI1SK": {"S": f"{revenue['occurred_at']}#{revenue['id']}"},
        **attribute(revenue)["M"],
    }
    try:
        dynamodb.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(PK)")
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def result(workspace, index, record):
    revenue, problems = read(record, workspace)
    if problems:
        error = {"title": "Validation failed", "status": 422, "code": "validation_failed", "errors": problems}
        external_id = record.get("external_id")
        return {"index": index, "status": "failed", "external_id": external_id, "retryable": False, "error": error}
    status = "created" if put(workspace, revenue) else "skipped_duplicate"
    named = {"id": revenue["id"], "external_id": revenue["external_id"]}
    return {"index": index, "status": status, **named, "data": revenue}


def handle(event):
    workspace = authenticate(event)
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
    records = json.loads(body).get("records")
    if not isinstance(records, list) or not 1 <= len(records) <= RECORDS_MAX:
        return answer({"title": "records must have 1 to 100 records"}, 422)
    data = [result(workspace, index, record) for index, record in enumerate(records)]
    meta = {"total": len(data)}
    for status in ["created", "skipped_duplicate", "failed"]:
        meta[status] = sum(1 for result in data if result["status"] == status)
    return answer({"data": data, "meta": meta})


serve(handle)
