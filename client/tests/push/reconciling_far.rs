//! `reconcile` with many rows, with faults, and with what cannot be compared.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;

use crate::allocora::{allocora, ended};
use crate::night::{HEADER, Night};
use crate::product::{Fault, Product, TestResult};

/// Rows of two months, 350 of them on one day.
fn many() -> Result<String, std::fmt::Error> {
    let mut rows = String::new();
    for number in 0..600 {
        let day = match number {
            ..350 => "2026-05-15".to_owned(),
            _ => format!("2026-{:02}-{:02}", 5 + number % 2, 1 + number % 28),
        };
        writeln!(
            rows,
            "order-{number},sale,{number}.25,EUR,{day}T10:00:00.{number:03}Z"
        )?;
    }
    // An amount of zero is no sale.
    Ok(rows.replace("order-0,sale,0.25", "order-0,sale,1"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_many_pages_is_compared_in_spite_of_faults() -> TestResult {
    let night = Night::begin("reconcile-pages").await?;
    let rows = many()?;
    night.push(&rows).await?;
    night.product.fail_reads(|number| match number % 3 {
        0 => Fault::LoseAnswer,
        1 => Fault::unavailable(),
        _ => Fault::None,
    });
    let books = rows
        .replace("order-17,", "order-x,")
        .replace(",349.25,", ",349.26,");
    let (code, report) = night.reconcile(&books, &[]).await?;
    assert_eq!(code, 1);
    let count = |list: &str| report[list].as_array().map(Vec::len);
    assert_eq!(
        report["only_in_files"][0]["record"]["external_id"],
        "order-x"
    );
    assert_eq!(report["only_in_api"][0]["external_id"], "order-17");
    assert_eq!(report["different"][0]["record"]["external_id"], "order-349");
    let lists = [
        "only_in_files",
        "only_in_api",
        "different",
        "twice_in_files",
    ];
    assert_eq!(lists.map(count), [Some(1), Some(1), Some(1), Some(0)]);
    assert!(night.product.reads() > 10, "pages are read");
    Ok(())
}

/// The digests of more than 5,000 revenues come from counters.
#[tokio::test(flavor = "multi_thread")]
async fn digests_that_are_behind_an_import_are_read_again() -> TestResult {
    let night = Night::begin("reconcile-behind").await?;
    let rows =
        (0..5_001).map(|row| format!("order-{row},sale,1,EUR,2026-05-{:02}\n", 1 + row % 31));
    let rows: String = rows.collect();
    night.push(&rows).await?;
    // The sources, and the months as if nothing was counted yet.
    night.product.fail_reads(|number| match number {
        1 => Fault::Answer(200, None, "application/json", json!({"data": []})),
        _ => Fault::None,
    });
    let (code, report) = night.reconcile(&rows, &[]).await?;
    assert_eq!((code, &report["days"]), (0, &json!([])));
    let reads = night.product.reads();
    assert!(
        (3..=12).contains(&reads),
        "only months are read again, but {reads} answers"
    );

    night.product.fail_reads(|_| Fault::None);
    let books = rows.replace("order-17,sale,1,", "order-17,sale,2,");
    let (code, report) = night.reconcile(&books, &[]).await?;
    assert_eq!((code, &report["different"][0]["line"]), (1, &19.into()));
    assert_eq!(
        night.product.reads(),
        6,
        "the sources, the months, both halves of May and two pages: as many revenues as in the \
         file are not behind"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_than_wanted_are_not_read_and_nothing_is_called_equal() -> TestResult {
    let night = Night::begin("reconcile-rows-max").await?;
    let rows = many()?;
    night.push(&rows).await?;
    let books = rows.replace(",349.25,", ",349.26,");
    let (code, report) = night.reconcile(&books, &["--rows-max", "349"]).await?;
    assert_eq!(code, 1);
    assert_eq!(report["days_not_compared"], 1);
    assert_eq!(report["different"].as_array().map(Vec::len), Some(0));
    let (code, report) = night.reconcile(&books, &["--rows-max", "400"]).await?;
    assert_eq!((code, &report["days_not_compared"]), (1, &0.into()));
    assert_eq!(report["different"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_aligned_and_cut() -> TestResult {
    let night = Night::begin("reconcile-text").await?;
    night
        .push("注文-1,sale,5,EUR,2026-05-31\norder-2,sale,1249.5,EUR,2026-05-31\n")
        .await?;
    let books = "注文-1,sale,6,EUR,2026-05-31\n";
    let file = night.write("mai.csv", &format!("{HEADER}{books}"))?;
    let (code, out, error) = night.run(&["reconcile", "revenues", &file]).await?;
    assert_eq!((code, error.as_str()), (1, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[1], "not equal: 1 only in the API, 1 different");
    let day = lines
        .iter()
        .position(|line| *line == "days: 1")
        .ok_or("the days")?;
    assert_eq!(
        lines[day + 1..day + 3],
        [
            "  day         currency  type  source  in the files  in the API  sum in the files  sum in the API",
            "  2026-05-31  EUR       sale  API                1           2             6.000        1254.500",
        ]
    );
    let different = lines
        .iter()
        .position(|line| *line == "different: 1")
        .ok_or("differences")?;
    let place = format!("{file}:2");
    let space = " ".repeat(place.len() - "row".len());
    assert_eq!(
        lines[different + 1..different + 3],
        [
            format!("  row{space}  external_id  field   in the file  in the API"),
            format!("  {place}  注文-1       amount  6.000        5.000"),
        ]
    );
    let (_, out, _) = night
        .run(&["reconcile", "revenues", &file, "--show", "0"])
        .await?;
    assert!(
        out.contains("\n  ... and 1 more: see --show, or --output json"),
        "{out}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_says_why_and_how_it_ends() -> TestResult {
    let night = Night::begin("reconcile-unfinished").await?;
    let file = night.write(
        "may.csv",
        &format!("{HEADER}order-1,sale,5,EUR,2026-05-31\n"),
    )?;
    let empty = night.write("empty.csv", HEADER)?;
    let open = night.write(
        "open.csv",
        &format!("{HEADER}order-1,sale,5,EUR,\"2026-05-31\n"),
    )?;
    let days = |from, to| vec!["--from", from, "--to", to];
    for (file, arguments, exit, expected) in [
        (&file, vec!["--map", "missing.toml"], 2, "missing.toml"),
        (
            &file,
            days("2026-06-01", "2026-05-31"),
            2,
            "--from must not be after --to",
        ),
        (
            &file,
            vec!["--from", "31.05.2026"],
            2,
            "must be a date such as 2026-05-31",
        ),
        (&empty, vec![], 2, "say it with --from and --to"),
        (&open, vec![], 2, "quotation mark"),
    ] {
        let all = [vec!["reconcile", "revenues", file], arguments].concat();
        let (code, out, error) = night.run(&all).await?;
        assert_eq!((code, out.as_str()), (exit, ""), "{all:?}: {error}");
        assert!(error.contains(expected), "{all:?}: {error}");
    }
    let (code, _, error) = night.run(&["reconcile", "payees", &file]).await?;
    assert_eq!(code, 2, "{error}");
    // An empty period is equal to an empty file.
    let arguments = [
        vec!["reconcile", "revenues", &empty],
        days("2026-05-01", "2026-05-31"),
    ]
    .concat();
    assert_eq!(night.run(&arguments).await?.0, 0);
    night.push("order-1,sale,5,EUR,2026-05-31\n").await?;
    assert_eq!(night.run(&arguments).await?.0, 1);

    let mut other = Product::start().await?;
    other.key = night.product.key.clone();
    let reconcile = allocora(&other, &night.directory, &["reconcile", "revenues", &file]);
    let (code, out, error) = ended(reconcile).await?;
    assert_eq!((code, out.as_str()), (2, ""), "{error}");
    assert!(error.contains("401 unauthenticated"), "{error}");
    Ok(())
}

/// Books that differ from the API at random, in every way and several ways at once, against a
/// comparison of all rows with all revenues.
#[tokio::test(flavor = "multi_thread")]
async fn random_differences_are_exactly_those_of_a_full_comparison() -> TestResult {
    let night = Night::begin("reconcile-random").await?;
    let mut random = fastrand::Rng::with_seed(14);
    let row = |random: &mut fastrand::Rng| {
        let currency = *random
            .choice(["EUR", "USD", "JPY"].iter())
            .unwrap_or(&"EUR");
        let day = format!("2026-{:02}-{:02}", random.u8(5..7), random.u8(1..29));
        format!("sale,{},{currency},{day}", random.u32(1..1_000))
    };
    let mut stored: BTreeMap<String, String> = BTreeMap::new();
    for number in 0..150 {
        stored.insert(format!("order-{number:03}"), row(&mut random));
    }
    let text = |rows: &BTreeMap<String, String>| -> String {
        rows.iter()
            .map(|(id, row)| format!("{id},{row}\n"))
            .collect()
    };
    night.push(&text(&stored)).await?;
    for _ in 0..12 {
        let mut books = stored.clone();
        for _ in 0..random.usize(0..8) {
            let id = format!("order-{:03}", random.u8(0..150));
            match random.u8(0..3) {
                0 => books.remove(&id),
                1 => books.insert(id, row(&mut random)),
                _ => books.insert(format!("new-{}", random.u32(..)), row(&mut random)),
            };
        }
        let range = ["--from", "2026-05-01", "--to", "2026-06-30"];
        let (code, report) = night.reconcile(&text(&books), &range).await?;
        let only = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            let ids = one.keys().filter(|id| !other.contains_key(*id));
            ids.cloned().collect::<Vec<_>>()
        };
        let differ = books
            .iter()
            .filter(|(id, row)| stored.get(*id).is_some_and(|one| one != *row));
        let differ: Vec<String> = differ.map(|(id, _)| id.clone()).collect();
        let listed = |list: &str, path: &str| {
            let list = report[list].as_array().into_iter().flatten();
            let ids = list.filter_map(|one| one.pointer(path)?.as_str());
            let mut ids: Vec<String> = ids.map(str::to_owned).collect();
            ids.sort();
            ids
        };
        assert_eq!(
            listed("only_in_files", "/record/external_id"),
            only(&books, &stored)
        );
        assert_eq!(listed("only_in_api", "/external_id"), only(&stored, &books));
        assert_eq!(listed("different", "/record/external_id"), differ);
        assert_eq!(code == 0, books == stored);
    }
    Ok(())
}
