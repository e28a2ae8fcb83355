//! The categories that the products of a workspace can have.

use domain::id::WorkspaceId;
use domain::workspace::{CATEGORIES_MAX, Category};
use shared::app::App;

use crate::{AdminError, name, workspaces};

/// The most characters of the name of a category.
const NAME_CHARACTERS_MAX: usize = 64;

/// Adds or relabels categories, each a name and a label; an empty label removes the category. All
/// others stay unchanged. Returns all categories.
///
/// A product keeps a removed category until an update changes it.
///
/// # Errors
/// [`AdminError`] if a name or a label breaks a rule, if there is no such category to remove, if
/// there is no such workspace or it would have too many, or if the table does not answer.
pub async fn set(
    app: &App,
    workspace: WorkspaceId,
    categories: &[(String, String)],
) -> Result<Vec<Category>, AdminError> {
    let changes = categories
        .iter()
        .map(|(name, label)| Change::parse(name, label))
        .collect::<Result<Vec<_>, _>>()?;
    workspaces::change(app, workspace, |found| {
        let categories = &mut found.config.categories;
        for change in &changes {
            change.apply(categories)?;
        }
        if categories.len() > CATEGORIES_MAX {
            return Err(AdminError::CategoriesFull);
        }
        Ok((categories.clone(), Vec::new()))
    })
    .await
}

/// The categories of a workspace, in the order in which they were added.
///
/// # Errors
/// [`AdminError`] if there is no such workspace or the table does not answer.
pub async fn list(app: &App, workspace: WorkspaceId) -> Result<Vec<Category>, AdminError> {
    Ok(workspaces::show(app, workspace).await?.config.categories)
}

/// A change of one category.
enum Change {
    Set(Category),
    Remove(String),
}

impl Change {
    fn parse(name: &str, label: &str) -> Result<Self, AdminError> {
        let is_valid = (1..=NAME_CHARACTERS_MAX).contains(&name.len())
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if !is_valid {
            return Err(AdminError::CategoryName(name.to_owned()));
        }
        let name = name.to_owned();
        if label.trim().is_empty() {
            return Ok(Self::Remove(name));
        }
        Ok(Self::Set(Category {
            name,
            label: name::parse("label of a category", label)?,
        }))
    }

    fn apply(&self, categories: &mut Vec<Category>) -> Result<(), AdminError> {
        let name = match self {
            Self::Set(set) => &set.name,
            Self::Remove(name) => name,
        };
        let found = categories
            .iter()
            .position(|category| category.name == *name);
        match (self, found) {
            (Self::Set(set), Some(index)) => categories[index].label.clone_from(&set.label),
            (Self::Set(set), None) => categories.push(set.clone()),
            (Self::Remove(_), Some(index)) => _ = categories.remove(index),
            (Self::Remove(name), None) => {
                return Err(AdminError::NoCategory {
                    given: name.clone(),
                    existing: categories
                        .iter()
                        .map(|category| category.name.clone())
                        .collect(),
                });
            }
        }
        Ok(())
    }
}
