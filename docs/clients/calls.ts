// Calls of the API with types that are generated from its document. `.ci/check-clients` generates these, checks the
// calls with them, and runs the calls.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./allocora.js";

const api = createClient<paths>({
  baseUrl: process.env.ALLOCORA_URL,
  headers: { Authorization: `Bearer ${process.env.ALLOCORA_KEY}` },
});
type Schemas = components["schemas"];

/** The record that a write answers, which a key sees if it may read it. */
function record<T extends { created_at: string }>(written: T | Schemas["Receipt"]): T {
  assert("created_at" in written, "the key may read what it writes");
  return written;
}

const ping = await api.GET("/api/allocora/ping");
assert(ping.data?.permissions.includes("write:payees"));

const created = await api.POST("/api/v1/payees", {
  body: { external_id: "ts-ada", name: "Ada Lovelace", type: "individual", payout_threshold: "50" },
});
assert(created.data, "the payee is created");
const ada = record<Schemas["Payee"]>(created.data.data);
assert.equal(ada.payout_threshold, "50.000");

const read = await api.GET("/api/v1/payees/{id}", { params: { path: { id: ada.id } } });
assert.equal(read.data?.data.name, "Ada Lovelace");

const upserted = await api.POST("/api/v1/payees/upsert", {
  body: {
    operation: "create_or_update",
    records: [{ external_id: "ts-ada", status: "inactive" }, { external_id: "ts-grace", name: "Grace Hopper" }],
  },
});
assert.deepEqual(upserted.data?.data.map((row) => row.status), ["updated", "created"]);

const sale = {
  external_id: "ts-order-1", type: "sale", amount: "249.00", currency: "EUR", occurred_at: "2026-05-31T10:00:00Z",
} as const;
const sold = await api.POST("/api/v1/revenues", { body: sale });
assert.equal(sold.data?.outcome, "created");

const again = await api.POST("/api/v1/revenues", { body: { ...sale, amount: "250.00" } });
assert.equal(again.data?.outcome, "skipped_duplicate");
assert.deepEqual(again.data.differences?.map((difference) => difference.field), ["amount"]);

const names: string[] = [];
let cursor: string | null | undefined;
do {
  const page = await api.GET("/api/v1/payees", { params: { query: { per_page: 1, cursor: cursor ?? undefined } } });
  assert(page.data, "there is a page");
  names.push(...page.data.data.map((payee) => payee.name));
  cursor = page.data.meta.next_cursor;
} while (cursor);
assert(names.includes("Ada Lovelace") && names.includes("Grace Hopper"));

const batch = await api.POST("/api/v1/payees/batch", {
  body: { records: [{ external_id: "ts-alan", name: "Alan Turing" }, { external_id: "ts-ada", name: "Ada" }] },
});
assert.deepEqual(batch.data?.data.map((row) => row.error?.code), [undefined, "already_exists"]);
assert.equal(batch.data.meta.failed, 1);

const refused = await api.POST("/api/v1/payees", { body: { name: "", contact_email: "nobody" } });
assert(refused.error && "errors" in refused.error, "a problem lists its errors");
const pointers = refused.error.errors?.map((error) => ("pointer" in error ? error.pointer : error.parameter));
assert.deepEqual(pointers, ["#/name", "#/contact_email"]);

const stale = await api.PUT("/api/v1/payees/{id}", {
  params: { path: { id: ada.id }, header: { "if-match": '"99"' } },
  body: { status: "active" },
});
assert(stale.error && "code" in stale.error && stale.error.code === "precondition_failed");

const preview = await api.POST("/api/v1/payouts/preview", { body: { from: "2026-05-01", to: "2026-05-31" } });
// It can be a table, too, with `accept: text/csv`.
assert(typeof preview.data === "object", "the preview is JSON");
assert.deepEqual(preview.data.data.totals.map((total) => total.revenue), ["249.000"]);

console.log("TypeScript: 11 kinds of calls, as their types say");
