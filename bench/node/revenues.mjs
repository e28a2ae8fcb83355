// Creates the revenues of a batch: checks each of them as far as a program must, and answers a result for each.

import { createHash } from "node:crypto";
import { answer, authenticate, serve } from "./runtime.mjs";

const RECORDS_MAX = 100;
const TYPES = new Set(["sale", "refund", "adjustment"]);
const CURRENCIES = new Set(
  (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF " +
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG " +
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA " +
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD " +
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX " +
    "USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
  ).split(" "),
);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const AMOUNT = /^(-?)(\d{1,15})(?:\.(\d{1,3}))?$/;
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d))?$/;
const FIELDS = new Set([
  "external_id",
  "revenue_source_id",
  "external_product_identifier",
  "type",
  "amount",
  "currency",
  "occurred_at",
  "original_external_id",
  "metadata",
]);

// The revenue of a record, or the problems of the record.
function read(record, workspace) {
  const problems = [];
  const wrong = (field, code, detail) => problems.push({ pointer: `#/${field}`, code, detail });
  const text = (field, required) => {
    const value = record[field];
    if (value === undefined || value === null) {
      if (required) wrong(field, "required", "is required");
      return null;
    }
    if (typeof value !== "string") wrong(field, "invalid_type", "must be a string");
    else if (value.length < 1 || value.length > 255) wrong(field, "too_long", "must have 1 to 255 characters");
    else return value;
    return null;
  };
  for (const field of Object.keys(record)) {
    if (!FIELDS.has(field)) wrong(field, "unknown_field", "is not a field of revenues");
  }
  const external_id = text("external_id", true);
  const source = text("revenue_source_id", true);
  if (source && !UUID.test(source)) wrong("revenue_source_id", "invalid_format", "must be a UUID");
  const product = text("external_product_identifier", false);
  const original = text("original_external_id", false);
  const type = text("type", true);
  if (type && !TYPES.has(type)) wrong("type", "invalid_value", "must be sale, refund or adjustment");
  const sent = text("amount", true);
  const parts = sent && AMOUNT.exec(sent);
  if (sent && !parts) wrong("amount", "invalid_format", "must be a decimal with at most 3 places");
  const amount = parts && `${parts[1]}${BigInt(parts[2])}.${(parts[3] ?? "").padEnd(3, "0")}`;
  if (amount) {
    const zero = Number(amount) === 0;
    if (zero || (type !== "adjustment" && (type === "refund") !== amount.startsWith("-")))
      wrong("amount", "out_of_range", "must be above zero for a sale, below zero for a refund, and not zero");
  }
  const currency = text("currency", true)?.toUpperCase();
  if (currency && !CURRENCIES.has(currency)) wrong("currency", "invalid_value", "must be an ISO 4217 currency code");
  const time = text("occurred_at", true);
  const occurred = time && TIME.test(time) ? new Date(time) : null;
  if (time && (!occurred || Number.isNaN(occurred.getTime())))
    wrong("occurred_at", "invalid_format", "must be a date or an RFC 3339 timestamp");
  const metadata = record.metadata ?? {};
  if (typeof metadata !== "object" || Array.isArray(metadata)) wrong("metadata", "invalid_type", "must be an object");
  else if (Object.values(metadata).some((value) => !["string", "number", "boolean"].includes(typeof value)))
    wrong("metadata", "invalid_type", "must have strings, numbers or booleans");
  if (problems.length > 0) return { problems };
  const hash = createHash("sha256").update(`${workspace}\n${source}\n${external_id}`).digest("hex");
  return {
    revenue: {
      id: uuid(hash),
      external_id,
      revenue_source_id: source,
      external_product_identifier: product,
      type,
      amount,
      currency,
      occurred_at: occurred.toISOString().replace(".000Z", "+00:00"),
      original_external_id: original,
      metadata,
      created_at: new Date().toISOString(),
    },
  };
}

function uuid(hash) {
  const part = (start, end) => hash.slice(start, end);
  return `${part(0, 8)}-${part(8, 12)}-8${part(13, 16)}-a${part(17, 20)}-${part(20, 32)}`;
}

function attribute(value) {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  return { M: Object.fromEntries(Object.entries(value).map(([name, value]) => [name, attribute(value)])) };
}

// The item of a revenue, which is listed by time.
function item(workspace, revenue) {
  return {
    PK: { S: `W#${workspace}#R#${revenue.id}` },
    SK: { S: "R" },
    GSI1PK: { S: `W#${workspace}#L#0` },
    GSI1SK: { S: `${revenue.occurred_at}#${revenue.id}` },
    ...attribute(revenue).M,
  };
}

// Answers batches. `write` writes the items of several revenues, and returns for each one whether it is new.
export async function serveBatches(write) {
  await serve(async (event) => {
    const workspace = await authenticate(event);
    const body = JSON.parse(event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body);
    const records = body.records;
    if (!Array.isArray(records) || records.length < 1 || records.length > RECORDS_MAX)
      return answer({ title: "records must have 1 to 100 records" }, 422);
    const results = records.map((record) => read(record, workspace));
    const revenues = results.flatMap(({ revenue }) => revenue ?? []);
    const written = await write(revenues.map((revenue) => item(workspace, revenue)));
    const isNew = new Map(revenues.map((revenue, index) => [revenue, written[index]]));
    const data = results.map(({ revenue, problems }, index) => {
      if (problems) {
        const error = { title: "Validation failed", status: 422, code: "validation_failed", errors: problems };
        return { index, status: "failed", external_id: records[index].external_id, retryable: false, error };
      }
      const status = isNew.get(revenue) ? "created" : "skipped_duplicate";
      return { index, status, id: revenue.id, external_id: revenue.external_id, data: revenue };
    });
    const count = (status) => data.filter((result) => result.status === status).length;
    const meta = {
      total: data.length,
      created: count("created"),
      skipped_duplicate: count("skipped_duplicate"),
      failed: count("failed"),
    };
    return answer({ data, meta });
  });
}
