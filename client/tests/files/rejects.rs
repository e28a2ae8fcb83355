//! Reject files: corrected by hand and read again.

use client::check::{Options, Records};
use client::kind::RecordKind::Revenues;
use client::mapping::Mapping;
use client::rows::RejectWriter;

use super::support::{SALE, open, record, rows};

/// The reject file of a file.
fn rejects(records: Records) -> String {
    let mut text = Vec::new();
    let mut writer = RejectWriter::new(&mut text, records.header()).unwrap();
    for row in records {
        let row = row.unwrap();
        if let Err(problems) = &row.record {
            writer.write(row.line, &row.original, problems).unwrap();
        }
    }
    writer.flush().unwrap();
    drop(writer);
    String::from_utf8(text).unwrap()
}

#[test]
fn rejected_cells_are_kept_exactly_and_can_be_corrected() {
    let text = format!("{SALE}\"b, \"\"c\"\"\",sale,1,EURO,\"31\n05\"\nd,sale\n");
    let options = Options::default();
    let rejected = rejects(open(Revenues, "a.csv", text, &options).unwrap());
    let expected = "rejected:line,rejected:field,rejected:code,rejected:detail,\
                    external_id,type,amount,currency,occurred_at\n\
                    3,#/currency; #/occurred_at,invalid_value; invalid_format,";
    assert!(rejected.starts_with(expected), "{rejected}");
    assert!(
        rejected.contains(",\"b, \"\"c\"\"\",sale,1,EURO,\"31\n05\"\n5,,cell_count,"),
        "{rejected}"
    );
    assert!(rejected.ends_with(",d,sale\n"), "{rejected}");

    let again = rejects(open(Revenues, "a.rejects.csv", rejected.clone(), &options).unwrap());
    let without_lines = |text: &str| {
        text.replace("\n3,", "\n?,")
            .replace("\n2,", "\n?,")
            .replace("\n5,", "\n?,")
            .replace("\n4,", "\n?,")
    };
    assert_eq!(
        without_lines(&again),
        without_lines(&rejected),
        "the same rows for the same reasons"
    );

    let corrected = rejected
        .replace("EURO", "EUR")
        .replace("31\n05", "2026-05-31");
    let corrected = corrected.replace(",d,sale\n", ",d,sale,2,EUR,2026-05-31\n");
    let rows = rows(Revenues, "a.rejects.csv", corrected);
    assert_eq!(record(&rows[0])["external_id"], "b, \"c\"");
    assert_eq!(record(&rows[1])["amount"], "2");
}

#[test]
fn rejected_json_is_kept_exactly_and_can_be_corrected() {
    let text = r#"[{"external_id": "a", "type": "sale", "amount": 1.10, "currency": "EURO", "occurred_at": "2026-05-31"}, 7]"#;
    let options = Options::default();
    let rejected = rejects(open(Revenues, "a.json", text, &options).unwrap());
    assert!(
        rejected.starts_with(
            "rejected:line,rejected:field,rejected:code,rejected:detail,rejected:json\n"
        )
    );
    let rows = rows(Revenues, "a.rejects.csv", rejected.replace("EURO", "EUR"));
    assert_eq!(record(&rows[0])["amount"].to_string(), "1.10");
    assert!(rows[1].record.is_err());
}

#[test]
fn rejected_rows_of_a_report_are_read_with_the_same_preset() {
    let map = Mapping::preset("app-store-financial").unwrap();
    let options = Options {
        map: Some(&map),
        ..Options::default()
    };
    let report = include_str!("../../samples/app-store-financial.txt")
        .replace("\tEUR\t5.99", "\tEURO\t5.99");
    let rejected = rejects(open(Revenues, "a.txt", report, &options).unwrap());
    assert_eq!(rejected.lines().count(), 3, "{rejected}");
    let corrected = rejected.replace(",EURO,", ",EUR,");
    let records = open(Revenues, "a.rejects.csv", corrected, &options).unwrap();
    let amounts: Vec<_> = records
        .map(|row| record(&row.unwrap())["amount"].clone())
        .collect();
    assert_eq!(amounts, ["12.60", "-4.20"]);
}
