"""Computes the rows that GET /api/v1/revenues/digest returns in "data" from a CSV file. See reconciling.md."""
import argparse, csv, hashlib, json, re, sys, unicodedata
from datetime import datetime, timezone
from decimal import Decimal

COLUMNS = ("external_id", "type", "amount", "currency", "occurred_at")
KINDS = ("sale", "refund", "adjustment")
AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]{1,3}0*)?", re.ASCII)
CURRENCY = re.compile("[A-Za-z]{3}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]([01][0-9]|2[0-3]):[0-9]{2}:[0-5][0-9](\.[0-9]{1,9})?"
                  r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?", re.ASCII)
FIRST, END = (datetime.fromisoformat(text) for text in ("1970-01-01T00:00:00Z", "9999-12-30T22:00:01Z"))
BUCKETS = {"day": lambda time: time[:10], "month": lambda time: time[:7], "all": lambda time: "all"}


def check_header(header):
    for name in COLUMNS:
        if name not in header:
            hint = "; the separator must be a comma" if len(header) == 1 else ""
            raise ValueError(f"the column {name} is missing; the header has {', '.join(map(repr, header)) or 'none'}{hint}")


def canonical(row):
    """The five values as the API returns them."""
    for name, value in row.items():
        if name is None:
            raise ValueError("more values than columns; is there a comma in a value without quotation marks?")
        if value is None:
            raise ValueError(f"the value of {name} is missing: fewer values than columns")
    external_id, kind, amount, currency, time = (row[name] for name in COLUMNS)
    if len(external_id) > 255:
        raise ValueError(f"external_id must have at most 255 characters, got {len(external_id)}")
    if any(unicodedata.category(character) == "Cc" for character in external_id):
        raise ValueError(f"external_id must not contain control characters, got {external_id!r}")
    if kind not in KINDS:
        raise ValueError(f"type must be one of {', '.join(KINDS)}, got {kind!r}")
    if not AMOUNT.fullmatch(amount):
        raise ValueError(f"amount must be a plain decimal with at most 3 places, got {amount!r}")
    if not CURRENCY.fullmatch(currency):
        raise ValueError(f"currency must be three letters, got {currency!r}")
    if not TIME.fullmatch(time):
        raise ValueError(f"occurred_at must be RFC 3339 with an offset, or a date, got {time!r}")
    try:
        instant = datetime.fromisoformat(time.upper() if len(time) > 10 else time + "T00:00:00Z")
    except ValueError as error:
        raise ValueError(f"occurred_at does not exist: {error}, got {time!r}") from None
    if not FIRST <= instant < END:
        raise ValueError(f"occurred_at must be 1970-01-01 or later, and before the year 10000, got {time!r}")
    utc = instant.astimezone(timezone.utc).isoformat()  # with a six-digit fraction, unless it is zero
    return external_id, kind, f"{Decimal(amount):.3f}", currency.upper(), utc


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file", help=f"CSV in UTF-8 with the columns {', '.join(COLUMNS)}")
parser.add_argument("--bucket", choices=BUCKETS, default="all")
arguments = parser.parse_args()
groups = {}
try:
    with open(arguments.file, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        check_header(reader.fieldnames or [])
        for row in reader:
            external_id, kind, amount, currency, time = values = canonical(row)
            text = "".join(f"{len(value.encode())}:{value}," for value in values)  # netstrings
            hashed = hashlib.sha256(text.encode()).digest()
            key = BUCKETS[arguments.bucket](time), currency, kind
            count, total, digest = groups.get(key, (0, Decimal(0), 0))
            groups[key] = count + 1, total + Decimal(amount), (digest + int.from_bytes(hashed, "big")) % 2**256
except OSError as error:
    sys.exit(f"{arguments.file}: {error.strerror}")
except UnicodeDecodeError:
    sys.exit(f"{arguments.file}: it is not UTF-8; export it as UTF-8")
except (ValueError, csv.Error) as error:
    sys.exit(f"{arguments.file}, line {reader.reader.line_num}: {error}")
rows = [{"bucket": bucket, "currency": currency, "type": kind, "count": count, "sum": f"{total:.3f}",
         "digest": f"{digest:064x}"} for (bucket, currency, kind), (count, total, digest) in sorted(groups.items())]
print(json.dumps(rows, indent=2))
