//! Counter items: adding to them under a checkpoint, and reading their numbers.

use std::num::ParseIntError;

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
};

use super::update::Updated;
use super::{Item, Query, StoreError, Stored, Table};
use crate::key::Key;
use domain::counting::Numbers;

/// The first character of the attributes of checkpoints, and of no others.
const MARK: char = '@';

/// A checkpoint of a counter: how far it has counted an ordered source. The positions of one source
/// sort in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the source.
    pub name: String,
    /// The last position that was counted.
    pub reached: String,
}

/// What became of an addition.
#[derive(Debug)]
pub enum Added {
    /// It was applied. These are the checkpoints that the counter has now.
    Applied(Vec<Checkpoint>),
    /// The counter had counted it before, in whole or in part: its checkpoint is not before
    /// `first`.
    Refused {
        /// The checkpoint of the counter in the same source.
        reached: String,
    },
}

impl Table {
    /// Adds numbers to a counter, which is created if it does not exist, and moves its checkpoint,
    /// if that is before `first` or missing. Safe to repeat after any outcome.
    ///
    /// # Errors
    /// [`StoreError`] if it was not applied, or if that is not known.
    pub async fn add(
        &self,
        key: &Key,
        numbers: &Numbers,
        mark: &Checkpoint,
        first: &str,
    ) -> Result<Added, StoreError> {
        let mut call = self.update(key);
        let mut added = Vec::with_capacity(numbers.len());
        for (index, (name, number)) in numbers.iter().enumerate() {
            added.push(format!("#n{index} :v{index}"));
            call = call.expression_attribute_names(format!("#n{index}"), name);
            call = call.expression_attribute_values(
                format!(":v{index}"),
                AttributeValue::N(number.to_string()),
            );
        }
        let attribute = format!("{MARK}{}", mark.name);
        let call = call
            .update_expression(format!("SET #mark = :reached ADD {}", added.join(", ")))
            .condition_expression("attribute_not_exists(#mark) OR #mark < :first")
            .expression_attribute_names("#mark", &attribute)
            .expression_attribute_values(":reached", AttributeValue::S(mark.reached.clone()))
            .expression_attribute_values(":first", AttributeValue::S(first.to_owned()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        match self.send_update(call).await? {
            Updated::Applied(item) => Ok(Added::Applied(marks(item))),
            Updated::Refused(existing) => {
                match existing.get(&attribute).and_then(|value| value.as_s().ok()) {
                    Some(reached) => Ok(Added::Refused {
                        reached: reached.clone(),
                    }),
                    None => Err(StoreError::Invalid(
                        "adding to a counter",
                        "a failed condition shows no mark".into(),
                    )),
                }
            }
        }
    }

    /// Removes checkpoints from a counter, if all of them are unchanged.
    ///
    /// # Errors
    /// [`StoreError`] if it is not known whether they were removed.
    pub async fn forget(&self, key: &Key, forgotten: &[Checkpoint]) -> Result<(), StoreError> {
        let mut call = self.update(key);
        for (index, mark) in forgotten.iter().enumerate() {
            call = call
                .expression_attribute_names(format!("#n{index}"), format!("{MARK}{}", mark.name));
            call = call.expression_attribute_values(
                format!(":v{index}"),
                AttributeValue::S(mark.reached.clone()),
            );
        }
        let each = |what: fn(usize) -> String| (0..forgotten.len()).map(what).collect::<Vec<_>>();
        let call = call
            .update_expression(format!(
                "REMOVE {}",
                each(|index| format!("#n{index}")).join(", ")
            ))
            .condition_expression(each(|index| format!("#n{index} = :v{index}")).join(" AND "));
        match self.send_update(call).await? {
            // If another process moved or removed one, the next addition looks again.
            Updated::Applied(_) | Updated::Refused(_) => Ok(()),
        }
    }

    /// The counters of a range, each with its sort key.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    pub async fn counters(&self, query: &Query) -> Result<Vec<(String, Numbers)>, StoreError> {
        let stored = self.query_stored(query).await?;
        let counter = |Stored { sort, item, .. }| Ok((sort, numbers(&item)?));
        stored.into_iter().map(counter).collect()
    }

    /// The numbers of one counter; none if it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub async fn counter(&self, key: &Key) -> Result<Numbers, StoreError> {
        let found = self.get_items(std::slice::from_ref(key), None).await?;
        Ok(found.get(key).map(numbers).transpose()?.unwrap_or_default())
    }
}

fn numbers(item: &Item) -> Result<Numbers, StoreError> {
    let number = |(name, value): (&String, &AttributeValue)| {
        let digits = value.as_n().ok()?;
        let invalid = |error: ParseIntError| StoreError::Invalid("reading a counter", error.into());
        Some(
            digits
                .parse()
                .map(|number| (name.clone(), number))
                .map_err(invalid),
        )
    };
    item.iter().filter_map(number).collect()
}

fn marks(item: Item) -> Vec<Checkpoint> {
    let mark = |(name, value): (String, AttributeValue)| {
        Some(Checkpoint {
            name: name.strip_prefix(MARK)?.to_owned(),
            reached: value.as_s().ok()?.clone(),
        })
    };
    item.into_iter().filter_map(mark).collect()
}
