//! What the operator's tool prints for people: aligned columns, and a word where there is nothing.

use crate::harness::Api;
use crate::operator::{admin, output};
use serde_json::Value;

/// The cells of a table, which are apart by two spaces at least.
fn cells(line: &str) -> Vec<&str> {
    let cells = line.split("  ").map(str::trim);
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// The fields of one thing, each a line of its own with its name and value, all values in a column.
#[track_caller]
fn fields(text: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    let fields: Vec<_> = lines
        .iter()
        .map(|line| match cells(line)[..] {
            [name, value] => (name, value),
            _ => panic!("{line:?} is not a field"),
        })
        .collect();
    let columns = lines
        .iter()
        .zip(&fields)
        .map(|(line, (_, value))| line.find(value));
    let columns: Vec<_> = columns.collect();
    assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    fields
}

/// The lines of a table below its header, in which every cell begins where its column does.
#[track_caller]
fn rows<'a>(text: &'a str, header: &[&str]) -> Vec<Vec<&'a str>> {
    let mut lines = text.lines();
    let first = lines.next().unwrap();
    assert_eq!(cells(first), header, "{text}");
    let columns: Vec<usize> = header
        .iter()
        .map(|name| first.find(name).unwrap())
        .collect();
    let row = |line: &'a str| -> Vec<&'a str> {
        for column in &columns[1..] {
            assert_eq!(&line[column - 2..*column], "  ", "{text}");
        }
        cells(line)
    };
    lines.map(row).collect()
}

async fn text(api: &Api, command: &str) -> String {
    output(api, command).await.unwrap()
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test]
async fn a_table_is_created_once() {
    let api = Api::start().await;
    let again = text(&api, "table create").await;
    let expected = [("table", api.table.as_str()), ("created", "no, it exists")];
    assert_eq!(fields(&again), expected);
    let mut other = api.restarted().await;
    other.table = format!("{}-new", api.table);
    let created = text(&other, "table create").await;
    let expected = [("table", other.table.as_str()), ("created", "yes")];
    assert_eq!(fields(&created), expected);
    let none = text(&other, "workspace list").await;
    assert_eq!(none, "none");
}

#[tokio::test]
async fn workspaces_are_fields_and_tables() {
    let api = Api::start().await;
    let created = text(&api, "workspace create --name Acme").await;
    let names = [
        "id",
        "name",
        "default_source",
        "created_at",
        "shards",
        "totals",
    ];
    let acme = fields(&created);
    assert_eq!(
        acme.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        names
    );
    assert_eq!((acme[1].1, acme[4].1, acme[5].1), ("Acme", "1", "1"));
    let show = format!("workspace show --workspace {}", acme[0].1);
    assert_eq!(text(&api, &show).await, created);
    let listed = text(&api, "workspace list").await;
    let listed = rows(&listed, &names);
    let values: Vec<&str> = acme.iter().map(|(_, value)| *value).collect();
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&values), "{listed:#?}");
}

#[tokio::test]
async fn a_new_key_comes_with_a_note_and_listed_keys_with_their_times() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let create = format!("key create --workspace {workspace} --permission read:rules --name");
    let created = text(&api, &format!("{create} a --permission read:payees")).await;
    let new = fields(&created);
    let names: Vec<&str> = new.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["key_id", "api_key", "permissions", "expires_at"]);
    assert!(new[1].1.contains(new[0].1), "{created}");
    assert_eq!((new[2].1, new[3].1), ("read:rules read:payees", "never"));
    let note = created.lines().last().unwrap();
    assert!(note.contains("cannot be shown again"), "{created}");
    let rotated = text(&api, &format!("key rotate --key {}", new[0].1)).await;
    assert!(rotated.ends_with(note), "{rotated}");
    let rotated = fields(&rotated);
    assert_eq!(rotated[4], ("replaced_key_id", new[0].1));
    let end = rotated[5];
    let longer = format!("--output json key rotate --overlap 48h --key {}", new[0].1);
    let again: Value = serde_json::from_str(&text(&api, &longer).await).unwrap();
    assert_eq!(field(&again, "replaced_key_id"), new[0].1);
    assert_eq!(
        (end.0, end.1),
        ("replaced_expires_at", field(&again, "replaced_expires_at")),
        "never later"
    );

    let short = admin(&api, &format!("{create} b --expires-in 90d"))
        .await
        .unwrap();
    let gone = admin(&api, &format!("{create} c")).await.unwrap();
    let revoked = text(
        &api,
        &format!("key revoke --key {}", field(&gone, "key_id")),
    )
    .await;
    let header = [
        "key_id",
        "name",
        "status",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "permissions",
    ];
    let revoked = fields(&revoked);
    assert_eq!(
        revoked.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        header
    );
    let listed = text(&api, &format!("key list --workspace {workspace}")).await;
    let listed = rows(&listed, &header);
    let of = |id: &str| listed.iter().find(|row| row[0] == id).unwrap();
    let values: Vec<&str> = revoked.iter().map(|(_, value)| *value).collect();
    assert_eq!(*of(field(&gone, "key_id")), values);
    assert_eq!((values[1], values[2], values[4]), ("c", "revoked", "never"));
    assert_ne!(values[5], "-");
    let short_row = of(field(&short, "key_id"));
    assert_eq!(short_row[4], field(&short, "expires_at"));
    assert_eq!(short_row[5..], ["-", "-", "read:rules"]);
}

#[tokio::test]
async fn sources_categories_and_totals_are_tables() {
    let api = Api::start().await;
    let workspace = api.workspace.config.id;
    let of = |command: &str| format!("{command} --workspace {workspace}");
    let shop = text(&api, &of("source create --name Shop")).await;
    let shop = fields(&shop);
    assert_eq!(shop[1], ("name", "Shop"));
    let listed = text(&api, &of("source list")).await;
    let listed = rows(&listed, &["id", "name", "is_default"]);
    let default = api.workspace.config.default_source.to_string();
    assert_eq!(
        listed,
        [[&default, "API", "yes"], [shop[0].1, "Shop", "no"]]
    );

    let set = text(&api, &of("category set podcast=Podcast")).await;
    assert_eq!(text(&api, &of("category list")).await, set);
    let categories = rows(&set, &["name", "label"]);
    assert_eq!(*categories.last().unwrap(), ["podcast", "Podcast"]);

    let rebuilt = text(&api, &of("totals rebuild --wait 0s")).await;
    let rebuilt = fields(&rebuilt);
    let names: Vec<&str> = rebuilt.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["generation", "revenues"]);
    assert_eq!(rebuilt[1].1, "0");
    let verified = text(&api, &of("totals verify --wait 0s")).await;
    assert_eq!(verified, "0 counters differ");
    let raised = text(&api, &of("workspace shards --shards 4")).await;
    let raised = fields(&raised);
    assert_eq!((raised[4], raised[5].1), (("shards", "4"), rebuilt[0].1));
}
