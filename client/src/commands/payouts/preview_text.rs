//! A preview as tables.

use serde_json::Value;

use super::{list, section, text as plain};
use crate::numbers::counted;
use crate::table::{Align, Table};

use Align::{Left, Right};

/// A preview as tables.
pub fn text(answer: &Value) -> String {
    let data = &answer["data"];
    let mut lines = vec![format!(
        "{} to {} (UTC), opened on {}, paid on {}: {}",
        plain(&data["from"]),
        plain(&data["to"]),
        plain(&data["opening"]),
        plain(&data["payout_date"]),
        counted(
            data["revenues"]["count"].as_u64().unwrap_or_default(),
            "revenue"
        ),
    )];
    lines.extend(section("totals", &totals(data)));
    lines.extend(section("payees", &payees(data)));
    lines.extend(cut(answer, "payees"));
    lines.extend(section("lines", &lines_of(data)));
    lines.extend(cut(answer, "lines"));
    lines.extend(section("with these rules", &compared(data)));
    lines.extend(cut(answer, "compared"));
    lines.extend(section("exceptions", &exceptions(data)));
    let idle = list(&data["rules_without_revenue"]);
    if !idle.is_empty() {
        lines.extend([String::new(), "active rules without revenue:".to_owned()]);
        lines.extend(idle.iter().map(|id| format!("  {}", plain(id))));
    }
    lines.join("\n")
}

fn totals(data: &Value) -> Table {
    let mut table = Table::new(&[
        ("currency", Left),
        ("revenue", Right),
        ("allocated", Right),
        ("rule share", Right),
        ("no rule", Right),
        ("due", Right),
        ("carried out", Right),
    ]);
    for total in list(&data["totals"]) {
        table.row([
            &plain(&total["currency"]),
            &plain(&total["revenue"]),
            &plain(&total["allocated"]),
            &plain(&total["unallocated"]["rule_share"]),
            &plain(&total["unallocated"]["no_rule"]),
            &plain(&total["due"]),
            &plain(&total["carried_out"]),
        ]);
    }
    table
}

fn payees(data: &Value) -> Table {
    let mut table = Table::new(&[
        ("payee", Left),
        ("currency", Left),
        ("lines", Right),
        ("basis", Right),
        ("earned", Right),
        ("due", Right),
        ("carried out", Right),
        ("outcome", Left),
        ("note", Left),
    ]);
    for payee in list(&data["payees"]) {
        table.row([
            &name(payee, "payee"),
            &plain(&payee["currency"]),
            &plain(&payee["lines"]),
            &plain(&payee["basis"]),
            &plain(&payee["earned"]),
            &plain(&payee["due"]),
            &plain(&payee["carried_out"]),
            &plain(&payee["outcome"]),
            &plain(&payee["note"]),
        ]);
    }
    table
}

/// The external id, or else the id.
fn name(row: &Value, kind: &str) -> String {
    match &row[format!("{kind}_external_id")] {
        Value::Null => plain(&row[format!("{kind}_id")]),
        external_id => plain(external_id),
    }
}

fn lines_of(data: &Value) -> Table {
    let mut table = Table::new(&[
        ("revenue", Left),
        ("type", Left),
        ("occurred_at", Left),
        ("currency", Left),
        ("basis", Right),
        ("amount", Right),
        ("rule", Left),
    ]);
    for line in list(&data["lines"]) {
        let revenue = match &line["external_id"] {
            Value::Null => plain(&line["revenue_id"]),
            external_id => plain(external_id),
        };
        let rule = match &line["rule_id"] {
            Value::Null => "fallback".to_owned(),
            id => plain(id),
        };
        table.row([
            &revenue,
            &plain(&line["type"]),
            &plain(&line["occurred_at"]),
            &plain(&line["currency"]),
            &plain(&line["basis"]),
            &plain(&line["amount"]),
            &rule,
        ]);
    }
    table
}

fn compared(data: &Value) -> Table {
    let mut table = Table::new(&[
        ("payee", Left),
        ("currency", Left),
        ("now", Right),
        ("with rules", Right),
        ("difference", Right),
    ]);
    for difference in list(&data["compared"]) {
        table.row([
            &plain(&difference["payee_id"]),
            &plain(&difference["currency"]),
            &plain(&difference["now"]),
            &plain(&difference["with_rules"]),
            &plain(&difference["difference"]),
        ]);
    }
    table
}

fn exceptions(data: &Value) -> Table {
    let mut table = Table::new(&[("exception", Left), ("revenues", Right)]);
    let counts = data["exceptions"].as_object().into_iter().flatten();
    for (name, count) in counts.filter(|(_, count)| count.as_u64() != Some(0)) {
        table.row([name, &plain(count)]);
    }
    table
}

/// That a list is longer than what the answer has of it.
fn cut(answer: &Value, name: &str) -> Option<String> {
    let all = answer["meta"][name].as_u64()?;
    let shown = list(&answer["data"][name]).len() as u64;
    (all > shown).then(|| format!("  ... {shown} of {all}"))
}
