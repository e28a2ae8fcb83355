//! `reconcile` through the program: what files can be like, and what they cover.

use crate::night::{HEADER, Night, TWO_MONTHS, assert_found, found};
use crate::product::TestResult;

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_external_id_are_compared_by_how_many_there_are() -> TestResult {
    let night = Night::begin("reconcile-anonymous").await?;
    let row = ",sale,5,EUR,2026-05-31\n";
    night.push(&row.repeat(3)).await?;
    assert_eq!(night.reconcile(&row.repeat(3), &[]).await?.0, 0);
    let (code, report) = night.reconcile(&row.repeat(2), &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &[""], &[], &[]]);
    let (code, report) = night.reconcile(&row.repeat(5), &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&["", ""], &[], &[], &[]]);
    assert_eq!(
        report["commands"],
        serde_json::json!([]),
        "pushing them all would create five more"
    );
    let note = report["notes"][0].as_str().unwrap_or_default();
    assert!(note.contains("--repair FILE"), "{note}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_days_that_the_files_cover_are_compared_unless_others_are_asked_for() -> TestResult
{
    let night = Night::begin("reconcile-range").await?;
    night.push(TWO_MONTHS).await?;
    let middle: String = TWO_MONTHS.split_inclusive('\n').skip(1).take(2).collect();
    // order-2 is of 30 April in UTC, so order-1 is within what the file covers.
    let (code, report) = night.reconcile(&middle, &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &["order-1"], &[], &[]]);
    let (code, report) = night.reconcile(&middle, &["--from", "2026-05-01"]).await?;
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(
        (&report["rows"], &report["rows_outside"]),
        (&1.into(), &1.into())
    );
    let (code, report) = night
        .reconcile(&middle, &["--from", "2026-05-01", "--to", "2026-06-30"])
        .await?;
    assert_eq!(code, 1);
    let [_, mut only_api, _, _] = found(&report);
    // At one instant, the order is that of ids, which depend on the workspace.
    only_api.sort();
    assert_eq!(only_api, ["adjustment-1", "refund-1"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_is_compared_with_its_own_revenues() -> TestResult {
    let night = Night::begin("reconcile-sources").await?;
    let shop = night.product.source("Shop").await?;
    let header = HEADER.replace('\n', ",revenue_source_id\n");
    let both =
        format!("{header}order-1,sale,5,EUR,2026-05-31,\norder-1,sale,6,EUR,2026-05-31,{shop}\n");
    let both = night.write("both.csv", &both)?;
    let (code, out, error) = night.run(&["push", "revenues", &both]).await?;
    assert_eq!(code, 0, "{out}{error}");
    assert_eq!(night.reconcile_files(&[&both], &[]).await?.0, 0);
    let own = "order-1,sale,5,EUR,2026-05-31\n";
    assert_eq!(
        night.reconcile(own, &[]).await?.0,
        0,
        "the file has only one source"
    );
    let (code, report) = night.reconcile(own, &["--all-sources"]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &["order-1"], &[], &[]]);
    assert_eq!(report["only_in_api"][0]["revenue_source_id"], shop.as_str());
    let (code, report) = night
        .reconcile_files(&[&both], &["--source", &shop])
        .await?;
    assert_eq!(
        (code, &report["rows"], &report["rows_outside"]),
        (0, &1.into(), &1.into())
    );

    // Swapped, so that each has the sum of the other.
    let swapped =
        format!("{header}order-1,sale,6,EUR,2026-05-31,\norder-1,sale,5,EUR,2026-05-31,{shop}\n");
    let swapped = night.write("swapped.csv", &swapped)?;
    let (code, report) = night.reconcile_files(&[&swapped], &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &[], &["order-1", "order-1"], &[]]);
    let unknown = "00000000-0000-4000-8000-000000000000";
    let unknown = night.write(
        "unknown.csv",
        &format!("{header}order-1,sale,5,EUR,2026-05-31,{unknown}\n"),
    )?;
    let (code, report) = night.reconcile_files(&[&unknown], &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&["order-1"], &[], &[], &[]]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_with_the_map_that_it_was_sent_with() -> TestResult {
    let night = Night::begin("reconcile-map").await?;
    let map = "kind = \"revenues\"\n[fields]\n\
               external_id = { template = \"{Beleg}-{Art}\" }\n\
               type = { column = \"Art\", values = { V = \"sale\", R = \"refund\" } }\n\
               amount = { column = \"Betrag\", decimal = \",\", sign_by_type = { refund = \"negative\" } }\n\
               currency = { value = \"EUR\" }\n\
               occurred_at = { column = \"Datum\", format = \"%d.%m.%Y %H:%M\", zone = \"Europe/Berlin\" }\n";
    let map = night.write("shop map.toml", map)?;
    let rows = "Beleg;Art;Betrag;Datum\n1;V;249,50;01.06.2026 00:30\n1;R;99,90;02.06.2026 12:00\n";
    let file = night.write("mai.csv", rows)?;
    let (code, out, error) = night
        .run(&["push", "revenues", &file, "--map", &map])
        .await?;
    assert_eq!(code, 0, "{out}{error}");
    let (code, report) = night.reconcile_files(&[&file], &["--map", &map]).await?;
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["from"], "2026-05-31", "the day in UTC");
    let file = night.write("mai.csv", &format!("{rows}2;V;1,00;02.06.2026 12:00\n"))?;
    let (code, report) = night.reconcile_files(&[&file], &["--map", &map]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&["2-V"], &[], &[], &[]]);
    let command = report["commands"][0].as_str().unwrap_or_default();
    assert!(
        command.ends_with(&format!("push revenues {file} --map '{map}'")),
        "{command}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_read_are_differences_with_their_reasons() -> TestResult {
    let night = Night::begin("reconcile-rejected").await?;
    night.push(TWO_MONTHS).await?;
    let books = format!("{TWO_MONTHS}order-9,sale,5,EURO,2026-05-02\n");
    let (code, report) = night.reconcile(&books, &[]).await?;
    assert_eq!(code, 1);
    assert_found(&report, [&[], &[], &[], &[]]);
    assert_eq!(report["rows_rejected"], 1);
    assert_eq!(report["first_rejected"][0]["line"], 7);
    assert_eq!(
        report["first_rejected"][0]["problems"][0]["field"],
        "#/currency"
    );
    let command = report["commands"][0].as_str().unwrap_or_default();
    assert!(command.ends_with("books.csv --check"), "{command}");
    Ok(())
}
