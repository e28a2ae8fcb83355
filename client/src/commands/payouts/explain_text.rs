//! An explanation as tables.

use serde_json::Value;

use super::{list, section, text as plain};
use crate::table::{Align, Table};

use Align::{Left, Right};

/// How many of the other rules are shown: the nearest ones come first.
const OTHERS_SHOWN_MAX: usize = 20;

/// An explanation as tables.
pub fn text(answer: &Value) -> String {
    let data = &answer["data"];
    let mut lines = vec![plain(&data["sentence"])];
    lines.extend(section("revenue", &revenue(data)));
    lines.extend(split("", data));
    if !data["excess"].is_null() {
        let title = format!(
            "beyond the original ({}): ",
            plain(&data["excess"]["amount"])
        );
        lines.extend(split(&title, &data["excess"]));
    }
    lines.extend(section("reversed by", &reversals(data)));
    lines.extend(section("other rules", &others(data)));
    let all = answer["meta"]["others"].as_u64().unwrap_or_default();
    if all > OTHERS_SHOWN_MAX as u64 {
        lines.push(format!(
            "  ... {OTHERS_SHOWN_MAX} of {all}; see --output json"
        ));
    }
    lines.join("\n")
}

fn revenue(data: &Value) -> Table {
    let revenue = &data["revenue"];
    let mut table = facts();
    for name in [
        "external_id",
        "id",
        "type",
        "amount",
        "currency",
        "occurred_at",
    ] {
        fact(&mut table, name, &revenue[name]);
    }
    fact(
        &mut table,
        "product",
        &revenue["external_product_identifier"],
    );
    fact(&mut table, "category", &data["product"]["category"]);
    fact(&mut table, "original", &revenue["original_external_id"]);
    fact(
        &mut table,
        "left of the original",
        &data["remaining_before"]["amount"],
    );
    let exceptions = list(&data["exceptions"]).iter().map(plain);
    let exceptions = exceptions.collect::<Vec<_>>().join(", ");
    fact(&mut table, "exceptions", &Value::String(exceptions));
    table
}

fn facts() -> Table {
    Table::new(&[("field", Left), ("value", Left)])
}

/// Adds a fact, if there is one.
fn fact(table: &mut Table, name: &str, value: &Value) {
    let value = plain(value);
    if !value.is_empty() {
        table.row([name, &value]);
    }
}

/// The rule, the accumulated revenue and the lines.
fn split(title: &str, split: &Value) -> Vec<String> {
    let mut table = facts();
    let rule = &split["rule"];
    let name = match &rule["external_id"] {
        Value::Null => &rule["id"],
        external_id => external_id,
    };
    fact(&mut table, "rule", name);
    fact(&mut table, "version", &rule["version"]);
    fact(&mut table, "priority", &rule["priority"]);
    fact(&mut table, "won by", &rule["won_by"]);
    let accumulated = &split["accumulated"];
    fact(&mut table, "window", &accumulated["window"]);
    fact(&mut table, "accumulated before", &accumulated["before"]);
    fact(&mut table, "accumulated after", &accumulated["after"]);
    fact(&mut table, "unallocated", &split["unallocated"]["amount"]);
    fact(&mut table, "because of", &split["unallocated"]["reason"]);
    let mut lines = section(&format!("{title}rule"), &table);
    lines.extend(section(&format!("{title}lines"), &lines_of(split)));
    lines
}

/// One row for each line, and below it one for each of its bands.
fn lines_of(split: &Value) -> Table {
    let mut table = Table::new(&[
        ("payee", Left),
        ("from", Right),
        ("up to", Right),
        ("basis", Right),
        ("percentage", Right),
        ("amount", Right),
    ]);
    for line in list(&split["lines"]) {
        let (payee, percentage) = (plain(&line["payee_id"]), plain(&line["percentage"]));
        table.row([&payee, "", "", "", &percentage, &plain(&line["amount"])]);
        for band in list(&line["bands"]) {
            table.row([
                "  of which",
                &plain(&band["from"]),
                &plain(&band["up_to"]),
                &plain(&band["basis"]),
                &plain(&band["percentage"]),
                &plain(&band["amount"]),
            ]);
        }
    }
    table
}

fn reversals(data: &Value) -> Table {
    let mut table = Table::new(&[("revenue", Left), ("occurred_at", Left), ("amount", Right)]);
    for reversal in list(&data["reversals"]) {
        let revenue = match &reversal["external_id"] {
            Value::Null => &reversal["revenue_id"],
            external_id => external_id,
        };
        table.row([
            &plain(revenue),
            &plain(&reversal["occurred_at"]),
            &plain(&reversal["amount"]),
        ]);
    }
    table
}

fn others(data: &Value) -> Table {
    let mut table = Table::new(&[
        ("rule", Left),
        ("priority", Right),
        ("why not", Left),
        ("of the rule", Left),
        ("of the revenue", Left),
    ]);
    for other in list(&data["others"]).iter().take(OTHERS_SHOWN_MAX) {
        let rule = match &other["external_id"] {
            Value::Null => &other["id"],
            external_id => external_id,
        };
        let because = &other["because"];
        let why = match &other["lost_by"] {
            Value::Null => plain(&because["dimension"]),
            lost_by => format!("lost by {}", plain(lost_by)),
        };
        table.row([
            &plain(rule),
            &plain(&other["priority"]),
            &why,
            &plain(&because["rule"]),
            &plain(&because["revenue"]),
        ]);
    }
    table
}
