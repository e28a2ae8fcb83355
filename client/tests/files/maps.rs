//! Maps: what each key does, and what a wrong one says.

use client::kind::RecordKind::{Payees, Products};
use serde_json::json;

use super::support::{mapped, mapped_kind, record, refused_map, sentences};

/// A map of revenues with these lines, and the other fields fixed.
fn amount_map(amount: &str) -> String {
    format!(
        "[fields]\n\
         external_id = {{ column = \"id\" }}\n\
         type = {{ column = \"kind\", values = {{ S = \"sale\", R = \"refund\" }} }}\n\
         currency = {{ column = \"cur\" }}\n\
         occurred_at = {{ value = \"2026-05-31\" }}\n\
         amount = {{ column = \"sum\", {amount} }}\n"
    )
}

/// The amounts of rows with these kinds, currencies and sums; a problem where there is none.
fn amounts(amount: &str, rows: &[&str]) -> Vec<String> {
    let rows = rows
        .iter()
        .enumerate()
        .map(|(index, row)| format!("{index};{row}\n"));
    let text = format!("id;kind;cur;sum\n{}", rows.collect::<String>());
    let rows = mapped(&amount_map(amount), "a.csv", text);
    let amount = |row: &client::rows::Row| match &row.record {
        Ok(record) => record["amount"].as_str().unwrap().to_owned(),
        Err(_) => sentences(row).join(" + "),
    };
    rows.iter().map(amount).collect()
}

#[test]
fn amounts_are_read_as_the_map_says() {
    let rows = ["S;EUR;1.249,50", "R;EUR;-1,5"];
    assert_eq!(
        amounts("decimal = \",\", thousands = \".\"", &rows),
        ["1249.50", "-1.5"]
    );
    let rows = ["S;EUR;24900", "S;JPY;24900", "S;KWD;24900"];
    assert_eq!(
        amounts("minor_units = true", &rows),
        ["249.00", "24900", "24.900"]
    );
    assert_eq!(
        amounts("minor_units = true, minor_unit_places = 3", &rows[1..2]),
        ["24.900"]
    );
    let exceptions = "minor_units = true, minor_unit_exceptions = { JPY = 2 }";
    assert_eq!(amounts(exceptions, &rows[..2]), ["249.00", "249.00"]);
    let rows = ["S;EUR;5", "R;EUR;5", "R;EUR;-5"];
    assert_eq!(
        amounts("sign_by_type = { refund = \"negative\" }", &rows),
        ["5", "-5", "-5"]
    );
    assert_eq!(amounts("sign = \"negate\"", &["S;EUR;-5"]), ["5"]);
}

#[test]
fn an_amount_that_could_mean_two_things_rejects_its_row() {
    let found = amounts("decimal = \",\"", &["S;EUR;1.249,50", "S;EUR;1,249,50"]);
    let expected = "#/amount sum invalid_format: must be an amount such as 1249,50, got";
    assert_eq!(
        found,
        [
            format!("{expected} \"1.249,50\""),
            format!("{expected} \"1,249,50\"")
        ]
    );
    let found = amounts("minor_units = true", &["S;EUR;249.00", "S;EURO;24900"]);
    assert!(
        found[0].ends_with("must be a whole number of minor units, got \"249.00\""),
        "{}",
        found[0]
    );
    assert!(
        found[1].contains("the record has no valid currency"),
        "{}",
        found[1]
    );
    assert!(
        found[1].contains("#/currency cur invalid_value"),
        "{}",
        found[1]
    );
}

#[test]
fn a_local_time_that_is_ambiguous_rejects_its_row() {
    let map = "[fields]\n\
               external_id = { template = \"{id}-{kind}\" }\n\
               type = { column = \"kind\" }\n\
               amount = { value = \"1\" }\n\
               currency = { value = \"EUR\" }\n\
               occurred_at = { column = \"at\", format = \"%d.%m.%Y %H:%M\", zone = \"Europe/Berlin\" }\n";
    let text =
        "id,kind,at\n1,sale,31.05.2026 12:00\n2,sale,25.10.2026 02:30\n3,sale,5/31/2026 12:00\n";
    let rows = mapped(map, "a.csv", text);
    assert_eq!(record(&rows[0])["occurred_at"], "2026-05-31T10:00:00+00:00");
    assert_eq!(record(&rows[0])["external_id"], "1-sale");
    assert_eq!(
        sentences(&rows[1]),
        [
            "#/occurred_at at ambiguous_time: happened twice in Europe/Berlin, where clocks went back: at +02 and at +01 \
          from UTC, got \"25.10.2026 02:30\""
        ]
    );
    assert_eq!(
        sentences(&rows[2]),
        [
            "#/occurred_at at invalid_format: must have the format \"%d.%m.%Y %H:%M\", got \"5/31/2026 12:00\""
        ]
    );
}

#[test]
fn texts_that_a_map_does_not_list_reject_their_row() {
    let found = amounts("sign = \"keep\"", &["X;EUR;1", ";EUR;1"]);
    let expected = "#/type kind invalid_value: must be one of \"R\", \"S\", got \"X\"";
    assert_eq!(found, [expected, "#/type kind required: is required"]);
    let map = "[file]\ntrim = true\n\
               [fields]\n\
               external_id = { column = \"id\" }\n\
               name = { column = \"name\", empty = \"reject\" }\n\
               contact_phone = { column = \"phone\", empty = \"null\" }\n\
               status = { column = \"state\", values = { on = \"active\" }, other = \"inactive\", default = \"pending\" }\n\
               on_hold = { value = false }\n";
    let text = "id,name,phone,state\n 1 , A ,, on\n2,B,0,off\n3,,,\n";
    let rows = mapped_kind(Payees, map, "a.csv", text);
    let expected = json!({
        "external_id": "1", "name": "A", "status": "active", "contact_phone": null, "on_hold": false,
    });
    assert_eq!(record(&rows[0]), expected);
    assert_eq!(record(&rows[1])["status"], "inactive");
    assert_eq!(
        sentences(&rows[2]),
        ["#/name name required: must not be empty"]
    );
}

#[test]
fn a_template_without_one_of_its_columns_rejects_its_row() {
    let map = |optional: &str| {
        format!(
            "[fields]\n\
             external_id = {{ template = \"{{{{{{a}}}}}}:{{b}}\"{optional} }}\n\
             name = {{ value = \"A\" }}\n"
        )
    };
    let text = "a,b\n1,2\n1,\n,\n";
    let rows = mapped_kind(Products, &map(""), "a.csv", text);
    assert_eq!(record(&rows[0])["external_id"], "{1}:2");
    assert_eq!(
        sentences(&rows[1]),
        ["#/external_id a, b required: column \"b\" must not be empty"]
    );
    assert_eq!(
        sentences(&rows[2]),
        ["#/external_id a, b required: is required: it names the record"]
    );
    let rows = mapped_kind(Products, &map(", optional = [\"b\"]"), "a.csv", text);
    assert_eq!(record(&rows[1])["external_id"], "{1}:");
}

#[test]
fn json_rows_are_mapped_by_the_names_of_their_members() {
    let map = "[[skip]]\ncolumn = \"kind\"\nis_not = [\"product\"]\n\
               [file]\nignore = [\"note\"]\n\
               [fields]\n\
               external_id = { column = \"sku.id\" }\n\
               name = { column = \"name\" }\n\
               tags = { column = \"labels\" }\n\
               \"metadata.rank\" = { column = \"rank\" }\n";
    let text = r#"[{"kind": "product", "sku": {"id": 17}, "name": "A", "labels": ["x", "y"], "rank": 1.50, "note": "n"},
                   {"kind": "service", "name": "B"},
                   {"kind": "product", "sku": {"id": "18"}, "name": ["C"], "price": 5}]"#;
    let rows = mapped_kind(Products, map, "a.json", text);
    assert_eq!(rows.len(), 2);
    let expected = json!({
        "external_id": "17", "name": "A", "tags": ["x", "y"], "metadata": {"rank": "1.50"},
    });
    assert_eq!(record(&rows[0]), expected);
    assert_eq!(
        sentences(&rows[1]),
        [
            "- price unknown_field: the map does not use \"price\": use it in [fields], or name it in ignore of [file]",
            "#/name name invalid_type: must be a single value, got a list",
        ]
    );
}

/// Wrong maps of a file with the columns `t` and `u`, with the beginning of what each says.
const WRONG_MAPS: &[(&str, &str)] = &[
    (
        "kind = \"sales\"\n[fields]\n",
        "map.toml:1: kind must be one of \"payees\", \"products\", \"rules\", \"revenues\"",
    ),
    ("[fields]\nx = 1\n", "map.toml:2: invalid type: integer `1`"),
    ("[fields\n", "map.toml:1: "),
    (
        "[fields]\ntype = { cell = \"t\" }\n",
        "map.toml:2: unknown field `cell`, expected one of `column`",
    ),
    (
        "[file]\ndelimiter = \"\"\n[fields]\n",
        "map.toml:2: delimiter must be one ASCII character, got \"\"",
    ),
    (
        "kind = \"payees\"\n[fields]\n",
        "map.toml: makes payees, not revenues",
    ),
    (
        "[fields]\n\namuont = { column = \"t\" }\n",
        "map.toml:3: fields.amuont: is not a known field; did you mean \"amount\"?",
    ),
    (
        "[fields]\ntype = { column = \"T\" }\n",
        "map.toml:2: fields.type: the file has no column \"T\"",
    ),
    (
        "[fields]\ntype = { }\n",
        "map.toml:2: fields.type: needs exactly one of column, template and value",
    ),
    (
        "[fields]\ntype = { column = \"t\" }\n",
        "map.toml: the map does not use these columns of the file: \"u\".",
    ),
    (
        "[fields]\ntype = { column = \"t\", format = \"%d\" }\n",
        "map.toml:2: fields.type: format is only for days",
    ),
    (
        "[fields]\ntype = { column = \"t\", sign = \"negate\" }\n",
        "map.toml:2: fields.type: decimal, thousands",
    ),
    (
        "[fields]\namount = { column = \"t\", sign = \"minus\" }\n",
        "map.toml:2: unknown variant `minus`",
    ),
    (
        "[fields]\namount = { value = 2.5 }\n",
        "map.toml:2: fields.amount: write a decimal as a text",
    ),
    (
        "[fields]\ntype = { template = \"{t\" }\n",
        "map.toml:2: fields.type: template: a brace has no partner",
    ),
    (
        "[[skip]]\ncolumn = \"x\"\nis = [\"a\"]\n[fields]\n",
        "map.toml:2: skip: the file has no column \"x\"",
    ),
    (
        "[[skip]]\ncolumn = \"t\"\n[fields]\n",
        "map.toml:2: skip: a condition needs either is or is_not",
    ),
    (
        "[fields]\noccurred_at = { column = \"t\", format = \"%d.%m.%y\" }\n",
        "map.toml:2: fields.occurred_at: format \"%d.%m.%y\" has only two digits of the year",
    ),
    (
        "[fields]\noccurred_at = { column = \"t\", format = \"%Y-%m-%d %H\" }\n",
        "map.toml:2: fields.occurred_at: zone is required",
    ),
];

#[test]
fn a_wrong_map_says_where_and_how_to_fix_it() {
    for (map, expected) in WRONG_MAPS {
        let error = refused_map(map, "t,u\n");
        assert!(error.starts_with(expected), "{map}\n{error}");
    }
    let error = refused_map("[fields]\ntype = { column = \"Typ\" }\n", "Type\n");
    assert!(
        error.ends_with("the file has no column \"Typ\"; did you mean \"Type\"?"),
        "{error}"
    );
}
