//! Rules that are found by a payee.

use serde_json::json;

use crate::harness::Api;
use crate::payee_names::{RULES, by_id, create, payee};

#[tokio::test]
async fn rules_are_listed_by_the_external_id_of_a_payee() {
    let api = Api::start().await;
    let (ada, bea) = (payee(&api, "ada & co").await, payee(&api, "bea").await);
    let both = json!([{"payee_id": ada, "percentage": 1}, {"payee_id": bea, "percentage": 1}]);
    let (first, second) = (
        create(&api, "a", both).await,
        create(&api, "b", by_id(&bea, 2)).await,
    );
    let third = create(&api, "c", by_id(&bea, 3)).await;
    let list = async |query: &str| api.get(&format!("{RULES}?{query}")).await.expect(200);
    let rows = async |query: &str| list(query).await["data"].clone();
    assert_eq!(
        rows("payee_external_id=ada%20%26%20co").await,
        json!([first])
    );
    assert_eq!(
        rows("payee_external_id=bea&external_id=b").await,
        json!([second])
    );
    let ada = ada.as_str().unwrap();
    let of_both = format!("payee_external_id=bea&payee_id={ada}");
    assert_eq!(rows(&of_both).await, json!([first]));

    let page = list("payee_external_id=bea&per_page=2").await;
    assert_eq!(page["meta"]["total"], json!(3));
    let cursor = page["meta"]["next_cursor"].as_str().unwrap();
    let next = format!("payee_external_id=bea&per_page=2&cursor={cursor}");
    assert_eq!(rows(&next).await, json!([third]));

    for unknown in ["nobody", "BEA", "a"] {
        let page = list(&format!("payee_external_id={unknown}")).await;
        assert_eq!(
            (&page["data"], &page["meta"]["total"]),
            (&json!([]), &json!(0))
        );
        // A cursor belongs to its filters, also if they find nothing.
        api.get(&format!(
            "{RULES}?payee_external_id={unknown}&cursor={cursor}"
        ))
        .await
        .problem(400, "malformed_query");
    }
    api.get(&format!("{RULES}?payee_external_id="))
        .await
        .problem(400, "malformed_query");
}
