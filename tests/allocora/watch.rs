//! A wire that shows how much of the rows of lists is transferred, and can change what a list shows
//! when it is read again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use proxy::{Action, Call, Change, Hook, Proxy};
use serde_json::Value;

use crate::harness::Api;
use crate::wire::Wire;

/// What was transferred of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    /// How many were transferred whole.
    pub whole: usize,
    /// How many were transferred in part.
    pub partial: usize,
    /// The attributes of those.
    pub fields: BTreeSet<String>,
    /// How many were only counted.
    pub counted: u64,
}

/// Another process whose reads of rows are watched.
pub struct Watched {
    pub api: Api,
    watch: Arc<Watch>,
    _proxy: Proxy,
}

/// Changes the rows of an answer.
type Alter = fn(&mut Vec<Value>);

#[derive(Default)]
struct Watch {
    transferred: Arc<Mutex<Transferred>>,
    alter: Mutex<Option<Alter>>,
}

impl Watched {
    pub async fn over(api: &Api) -> Self {
        let watch = Arc::<Watch>::default();
        let proxy = Proxy::start(&api.endpoint, watch.clone()).await.unwrap();
        let api = api.over(Wire::before(&proxy.endpoint).await).await;
        api.get("/api/allocora/ping").await.expect(200);
        api.wire.take();
        Self {
            api,
            watch,
            _proxy: proxy,
        }
    }

    /// What a request to a list returns, and what was transferred for it.
    pub async fn get(&self, path: &str) -> (Value, Transferred) {
        *self.watch.transferred.lock().unwrap() = Transferred::default();
        let listed = self.api.get(path).await.expect(200);
        (listed, self.watch.transferred.lock().unwrap().clone())
    }

    /// From now on, rows that are read a second time are changed.
    pub fn alter(&self, alter: Alter) {
        *self.watch.alter.lock().unwrap() = Some(alter);
    }
}

impl Hook for Watch {
    type Note = ();

    async fn request(&self, call: Call) -> Action<()> {
        let partition = &call.body["ExpressionAttributeValues"][":p"]["S"];
        let partition = partition.as_str().unwrap_or_default();
        let is_list = partition.contains("#L#") || partition.ends_with("#PAYEE");
        if call.operation != "Query" || !is_list {
            return Action::Forward(());
        }
        let is_partial = call.body.get("ProjectionExpression").is_some();
        let transferred = self.transferred.clone();
        let alter = *self.alter.lock().unwrap();
        let change = move |mut answer: Value| {
            let mut transferred = transferred.lock().unwrap();
            let Some(rows) = answer.get_mut("Items").and_then(Value::as_array_mut) else {
                transferred.counted += answer["Count"].as_u64().unwrap();
                return answer;
            };
            if is_partial {
                let fields = rows.iter().flat_map(|row| row.as_object().unwrap().keys());
                transferred.fields.extend(fields.cloned());
                transferred.partial += rows.len();
            } else {
                transferred.whole += rows.len();
                if let Some(alter) = alter.filter(|_| transferred.partial > 0) {
                    alter(rows);
                }
            }
            answer
        };
        Action::ChangeAnswer(call.body, Change(Box::new(change)))
    }
}
