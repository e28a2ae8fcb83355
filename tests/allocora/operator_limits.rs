//! What an operator may have only once, and only so many of.

use crate::harness::Api;
use crate::operator::admin;
use admin::{categories, sources};
use domain::workspace::{CATEGORIES_MAX, SOURCES_MAX};

fn labelled(names: impl Iterator<Item = usize>) -> Vec<(String, String)> {
    names
        .map(|index| (format!("c{index}"), "C".to_owned()))
        .collect()
}

#[tokio::test]
async fn a_workspace_has_100_sources() {
    let api = Api::start_here().await;
    let workspace = api.workspace.config.id;
    assert_eq!(SOURCES_MAX, 100);
    for index in 1..SOURCES_MAX {
        let name = format!("Source {index}");
        sources::create(&api.app, workspace, &name).await.unwrap();
    }
    let command = format!("source create --workspace {workspace} --name More");
    let message = admin(&api, &command).await.unwrap_err();
    assert!(message.contains("100"), "{message}");
    let listed = sources::list(&api.app, workspace).await.unwrap();
    assert_eq!(listed.len(), SOURCES_MAX);
}

#[tokio::test]
async fn a_workspace_has_100_categories() {
    let api = Api::start_here().await;
    let workspace = api.workspace.config.id;
    assert_eq!(CATEGORIES_MAX, 100);
    let first = categories::list(&api.app, workspace).await.unwrap().len();
    let left = CATEGORIES_MAX - first;
    let many = labelled(0..=left);
    let refused = categories::set(&api.app, workspace, &many).await;
    assert!(refused.unwrap_err().to_string().contains("100"));
    let all = categories::set(&api.app, workspace, &many[..left]).await;
    assert_eq!(all.unwrap().len(), CATEGORIES_MAX);
    let relabelled = categories::set(&api.app, workspace, &many[..left]).await;
    assert_eq!(relabelled.unwrap().len(), CATEGORIES_MAX, "none is new");
    let command = format!("category set --workspace {workspace} more=More");
    let message = admin(&api, &command).await.unwrap_err();
    assert!(message.contains("100"), "{message}");
}

#[tokio::test]
async fn names_of_sources_differ_by_more_than_their_case() {
    let api = Api::start_here().await;
    let workspace = api.workspace.config.id;
    sources::create(&api.app, workspace, "Ärzte").await.unwrap();
    for taken in ["api", "Api", "ÄRZTE", "ärzte"] {
        let command = format!("source create --workspace {workspace} --name {taken}");
        let message = admin(&api, &command).await.unwrap_err();
        assert!(message.contains(&format!("{taken:?}")), "{message}");
    }
}

#[tokio::test]
async fn a_permission_is_given_once() {
    let api = Api::start_here().await;
    let create = format!(
        "key create --workspace {} --name k",
        api.workspace.config.id
    );
    let twice = "--permission read:rules --permission read:payees --permission read:rules";
    let message = admin(&api, &format!("{create} {twice}")).await.unwrap_err();
    assert!(message.contains("read:rules is given twice"), "{message}");
    let both = format!("{create} --all-permissions --permission read:rules");
    assert!(admin(&api, &both).await.is_err());
}
