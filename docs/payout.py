"""Computes the "data" of POST /api/v1/payouts/preview from exports of the API. Comments name headings of payouts.md."""
import argparse, csv, hashlib, json, sys
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

UNIT = Fraction(1, 10**9)  # an amount with 3 places times a percentage with 4 is a whole number of units
PLACES = {**dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
          **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3), "CLF": 4, "UYW": 4}  # ISO 4217; all others have 2
KINDS = ("sale", "refund", "adjustment")
OUTCOMES = ("due", "below_threshold", "on_hold", "not_active", "negative", "fraction")
NULLABLE = ("external_id", "external_product_identifier", "original_external_id", "revenue_source_id", "metadata")


def compute(rules, products, payees, revenues, first, last, opening=None, payout_date=None):
    """The preview of the days first to last. Records are as the API returns them; each line also has its payee_id."""
    days = opening or f"{first[:4]}-01-01", first, last, payout_date or date.fromisoformat(last) + timedelta(days=1)
    opening, first, last, payout_date = (str(date.fromisoformat(str(day))) for day in days)
    if not opening <= first <= last:
        raise ValueError(f"opening, from and to must be in this order, got {opening}, {first}, {last}")
    rules = [rule for rule in rules if rule["status"] == "active"]
    products = {product["external_id"]: product for product in products if product["external_id"] is not None}
    payees = {payee["id"]: payee for payee in payees}
    fallback = [(payee_id, Fraction(str(payee["fallback_percentage"]))) for payee_id, payee in sorted(payees.items())
                if payee["status"] == "active" and payee["fallback_percentage"] is not None]
    if sum(percentage for _, percentage in fallback) > 100:  # Fallback
        raise ValueError(f"fallback_above_100: {', '.join(payee_id for payee_id, _ in fallback)}")
    # Period and Opening day: a revenue counts on its own UTC day. Earlier and later revenues do not exist.
    revenues = [revenue for revenue in map(parsed, revenues) if opening <= revenue["day"] <= last]
    exceptions = Counter(no_rule=0, rule_tie=0, product_unknown=0, original_missing=0, over_refunded=0)
    lines, lines_of, accumulated = [], {}, defaultdict(Fraction)  # accumulated by rule, currency and window
    for revenue in in_order(revenues):
        original, rest, own = revenue["original"], revenue["amount"], []
        found = ["original_missing"] if revenue["names"] and not original else []
        if original:  # Refunds
            want = min(-rest, sum(line["remaining"] for line in lines_of[original["id"]]))
            own += reverse(revenue, want, lines_of[original["id"]], accumulated) if want else []
            rest += want
            found += ["over_refunded"] if rest else []
        own += divide(revenue, rest, rules, products, fallback, accumulated, found) if rest else []
        lines_of[revenue["id"]] = own
        if revenue["day"] >= first:  # Opening day: earlier revenues only build up sums and reversible lines
            lines += own
            exceptions.update(found)
    used = {line["rule_id"] for line in lines}
    rows = payee_rows([line for line in lines if line["payee_id"]], payees, payout_date)
    return {"from": first, "to": last, "opening": opening, "payout_date": payout_date,
            "revenues": digests([revenue for revenue in revenues if revenue["day"] >= first]),
            "totals": [totals(currency, lines, rows) for currency in sorted({line["currency"] for line in lines})],
            "payees": rows, "lines": [
                {"payee_id": line["payee_id"], "revenue_id": line["id"], "external_id": line["external_id"],
                 "occurred_at": line["occurred_at"], "type": line["type"], "currency": line["currency"],
                 "basis": text(line["basis"]), "rule_id": line["rule_id"], "amount": text(line["amount"])}
                for line in lines if line["payee_id"]],
            "exceptions": dict(exceptions),
            "rules_without_revenue": sorted(
                rule["id"] for rule in rules if rule["id"] not in used and
                max(rule["effective_from"] or first, first) <= min(rule["effective_to"] or last, last))}


def parsed(row):
    """The revenue with its values as the API returns them, read as in digest.py, and with an exact amount."""
    row, midnight = {**dict.fromkeys(NULLABLE), **row}, "T00:00:00Z"
    time = datetime.fromisoformat(row["occurred_at"].upper() + midnight * (len(row["occurred_at"]) == 10))
    if not row.get("id") or row["type"] not in KINDS or time.tzinfo is None or Fraction(row["amount"]) * 1000 % 1:
        raise ValueError(f"id (required, because it decides the order), type, occurred_at or amount is invalid: {row}")
    time, amount = time.astimezone(timezone.utc), Fraction(row["amount"])
    return {**row, "amount": amount, "currency": row["currency"].upper(), "occurred_at": time.isoformat(),
            "day": str(time.date()), "place": (time, row["id"]), "names": amount < 0 and row["original_external_id"]}


def in_order(revenues):
    """Sorts by Order, after setting the original of each refund and negative adjustment that names a valid one."""
    originals = {(revenue["revenue_source_id"], revenue["external_id"], revenue["currency"]): revenue
                 for revenue in revenues if revenue["amount"] > 0}
    for revenue in revenues:
        original = originals.get((revenue["revenue_source_id"], revenue["names"], revenue["currency"]))
        revenue["original"] = original if revenue["names"] and original and original["day"] <= revenue["day"] else None
    return sorted(revenues, key=lambda revenue: (max(revenue["place"], (revenue["original"] or revenue)["place"]),
                                                 revenue["amount"] < 0, revenue["place"]))  # the original first


def matches(rule, revenue, product):
    """Candidates and winner, Dimensions: an empty list is no condition, and one equal value satisfies a list."""
    has = {"product_external_ids": [revenue["external_product_identifier"]], "product_ids": [product.get("id")],
           "categories": [product.get("category")], "tags": product.get("tags", []), "types": [revenue["type"]],
           "revenue_source_ids": [revenue["revenue_source_id"]], "currencies": [revenue["currency"]]}
    match, metadata = rule["match"], revenue["metadata"] or {}
    return ((rule["effective_from"] or "") <= revenue["day"] <= (rule["effective_to"] or "9999-12-31")
            and all(set(match[name]) & set(has[name]) for name in has if match.get(name))
            and all(metadata.get(key) == value and isinstance(metadata[key], bool) == isinstance(value, bool)
                    for key, value in (match.get("metadata") or {}).items()))  # true is not 1


def divide(revenue, amount, rules, products, fallback, accumulated, exceptions):
    """The lines of an amount under the rules: of the whole revenue, or of the excess of an over-refund."""
    identifier, asking = revenue["external_product_identifier"], ("product_ids", "categories", "tags")
    if identifier not in products and identifier and any(rule["match"].get(name) for rule in rules for name in asking):
        exceptions.append("product_unknown")  # Dimensions
    candidates = [rule for rule in rules if matches(rule, revenue, products.get(identifier, {}))]
    if not candidates:  # Fallback
        exceptions.append("no_rule")
        winner, shares = None, [(payee_id, amount * percentage / 100) for payee_id, percentage in fallback]
    else:  # Candidates and winner: the greater priority, then the older rule
        winner = min(candidates, key=lambda rule: (-rule["priority"], rule["id"]))
        if [rule["priority"] for rule in candidates].count(winner["priority"]) > 1:
            exceptions.append("rule_tie")
        before = accumulated[window_of(winner, revenue)]
        after = accumulated[window_of(winner, revenue)] = before + amount
        shares = [(share["payee_id"], amount * Fraction(str(share["percentage"])) / 100  # Flat
                   if winner["allocation_type"] == "flat" else  # Tiered
                   earned_up_to(after, share["tiers"]) - earned_up_to(before, share["tiers"]))
                  for share in winner["allocations"]]
    shares.append((None, amount - sum(share for _, share in shares)))  # unallocated is the line of nobody
    return [{**revenue, "payee_id": payee_id, "rule": winner, "rule_id": winner and winner["id"], "basis": amount,
             "amount": share, "remaining": share} for payee_id, share in shares]


def window_of(rule, revenue):
    """Tiered: accumulated sums are per rule, currency and calendar window of the revenue's own date."""
    year, month = revenue["day"][:4], revenue["day"][:7]
    windows = {"month": month, "quarter": (year, (int(month[5:]) - 1) // 3), "year": year, "lifetime": "lifetime"}
    return rule["id"], revenue["currency"], windows[rule.get("accumulation") or "month"]


def earned_up_to(amount, tiers):
    """Tiered: F. The first band also holds everything below zero."""
    earned = start = Fraction(0)
    for tier in tiers:
        end = amount if tier["up_to"] is None else min(amount, Fraction(tier["up_to"]))
        earned += (end - start) * Fraction(str(tier["percentage"])) / 100
        if end == amount:
            return earned
        start = end


def reverse(refund, want, original_lines, accumulated):
    """Refunds: takes want back from what remains of the lines of the original."""
    steps = apportion(want, [line["remaining"] for line in original_lines])
    for line, step in zip(original_lines, steps):
        line["remaining"] -= step
    if original_lines[0]["rule"]:
        accumulated[window_of(original_lines[0]["rule"], refund["original"])] -= want
    return [{**line, **refund, "basis": -want, "amount": -step} for line, step in zip(original_lines, steps)]


def apportion(amount, weights):
    """Divides an amount into whole units by largest remainder. Of equal remainders the first wins."""
    quotas = [amount * weight / sum(weights) for weight in weights]
    steps = [quota // UNIT * UNIT for quota in quotas]
    left = int((amount - sum(steps)) / UNIT)
    for index in sorted(range(len(steps)), key=lambda index: steps[index] - quotas[index])[:left]:
        steps[index] += UNIT
    return steps


def payee_rows(lines, payees, payout_date):
    """Due: nothing is carried in, because a preview knows of no earlier payout."""
    rows, groups = [], defaultdict(list)
    for line in lines:
        groups[line["payee_id"], line["currency"]].append(line)
    for (payee_id, currency), own in sorted(groups.items()):
        payee, balance, places = payees[payee_id], earned(own), PLACES.get(currency, 2)
        minor_unit, other_currency = Fraction(1, 10**places), payee["payout_currency"] not in (None, currency)
        threshold = None if other_currency or payee["payout_threshold"] is None else Fraction(payee["payout_threshold"])
        outcome = ("negative" if balance < 0 else "fraction" if balance < minor_unit
                   else "not_active" if payee["status"] != "active"
                   else "on_hold" if payee["on_hold"] and (payee["hold_until"] or payout_date) >= payout_date
                   else "below_threshold" if threshold is not None and balance < threshold else "due")
        due = balance // minor_unit * minor_unit if outcome == "due" else 0
        by_rule = sorted({line["rule_id"] for line in own}, key=lambda rule_id: (rule_id is None, rule_id))
        rows.append({"payee_id": payee_id, "payee_external_id": payee["external_id"], "currency": currency,
                     "carried_in": text(0), "earned": text(balance),
                     "earned_from": {kind: text(earned(own, type=kind)) for kind in KINDS},
                     "basis": text(sum(line["basis"] for line in own)), "lines": len(own),
                     "by_rule": [{"rule_id": rule_id, "earned": text(earned(own, rule_id=rule_id)),
                                  "lines": sum(line["rule_id"] == rule_id for line in own)} for rule_id in by_rule],
                     "balance": text(balance), "threshold": None if threshold is None else text(threshold),
                     "due": text(due, places), "carried_out": text(balance - due), "outcome": outcome,
                     "note": "other_currency" if other_currency else None})
    return rows


def totals(currency, lines, rows):
    lines, rows = ([item for item in items if item["currency"] == currency] for items in (lines, rows))
    nobody, no_rule = earned(lines, payee_id=None), earned(lines, payee_id=None, rule=None)
    return {"currency": currency, "revenue": text(earned(lines)), "allocated": text(earned(lines) - nobody),
            "unallocated": {"rule_share": text(nobody - no_rule), "no_rule": text(no_rule)},
            "due": text(sum(Fraction(row["due"]) for row in rows), PLACES.get(currency, 2)),
            "carried_out": text(sum(Fraction(row["carried_out"]) for row in rows)),
            "payees": {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in OUTCOMES}}


def earned(lines, **having):
    return sum(line["amount"] for line in lines if all(line[name] == value for name, value in having.items()))


def digests(revenues):
    """Their count, and the rows of GET /api/v1/revenues/digest as in digest.py."""
    groups = defaultdict(list)
    for revenue in revenues:
        currency, kind, amount = revenue["currency"], revenue["type"], revenue["amount"]
        values = revenue["external_id"] or "", kind, text(amount, 3), currency, revenue["occurred_at"]
        hashed = hashlib.sha256("".join(f"{len(value.encode())}:{value}," for value in values).encode()).hexdigest()
        groups[currency, kind].append((amount, int(hashed, 16)))
    return {"count": len(revenues), "digests": [
        {"currency": currency, "type": kind, "count": len(own), "sum": text(sum(amount for amount, _ in own), 3),
         "digest": f"{sum(number for _, number in own) % 2**256:064x}"}
        for (currency, kind), own in sorted(groups.items())]}


def text(amount, places=None):
    """An amount with this many places, or with 3 to 9 and no zeros after the third. It is never rounded."""
    units, exact = abs(amount) * 10**9, 9 if places is None else places
    assert units % 10**(9 - exact) == 0, f"{amount} has more than {exact} places"
    digits = f"{'-' * (amount < 0)}{int(units) // 10**9}.{int(units) % 10**9:09}"
    return digits[:-6] + digits[-6:].rstrip("0") if places is None else digits[:len(digits) - 9 + places].rstrip(".")


def read(file):
    """The records of a CSV file, of a JSON array, or of responses of the API to a list, one after the other."""
    with open(file, encoding="utf-8-sig", newline="") as opened:
        if file.endswith(".csv"):
            rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(opened, strict=True)]
            return [{**row, "metadata": json.loads(row.get("metadata") or "{}", parse_float=Fraction)} for row in rows]
        content, records = opened.read().strip(), []
    while content:
        page, end = json.JSONDecoder(parse_float=Fraction).raw_decode(content)
        records += page["data"] if isinstance(page, dict) else page
        content = content[end:].lstrip()
    return records


def main():
    parser, files = argparse.ArgumentParser(description=__doc__), ("rules", "products", "payees", "revenues")
    for name in (*files, "from", "to", "opening", "payout-date", "payee-id"):
        parser.add_argument(f"--{name}", required=name in (*files, "from", "to"))
    options = vars(parser.parse_args())
    try:
        days = [options[name] for name in ("from", "to", "opening", "payout_date")]
        result = compute(*(read(options[name]) for name in files), *days)
    except (AttributeError, KeyError, OSError, TypeError, ValueError, csv.Error) as error:
        sys.exit(f"payout.py: {error!r}")
    for name in ("payees", "lines"):
        result[name] = [row for row in result[name] if options["payee_id"] in (None, row["payee_id"])]
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
