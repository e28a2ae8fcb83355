//! The policies of the functions, as the template grants them.

use crate::house::root;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a function may do, or did: an action, on the table or its index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub action: String,
    pub resource: &'static str,
}

/// What a call used a grant for.
pub struct Use {
    pub grant: Grant,
    pub partition: String,
    /// The attributes that an update names.
    pub attributes: Vec<String>,
}

/// The table and its index, as the template spells them.
pub const TABLE: &str = "Table.Arn";

pub const INDEX: &str = "${Table.Arn}/index/GSI1";

/// What Lambda does for `totals`.
const OF_LAMBDA: [&str; 5] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:SendMessage",
];

/// A statement of a function's policy.
pub struct Statement {
    pub grants: BTreeSet<Grant>,
    /// Patterns of partitions, if it is confined to some.
    pub partitions: Option<Vec<String>>,
    /// Attributes, if it is confined to some.
    attributes: Option<Vec<String>>,
}

impl Statement {
    fn read(statement: &Value) -> Self {
        assert_eq!(statement["Effect"], "Allow");
        let actions = texts(&statement["Action"]);
        let resources = texts(&statement["Resource"]).into_iter().map(|resource| {
            [TABLE, INDEX]
                .into_iter()
                .find(|known| **known == resource)
                .unwrap_or_else(|| panic!("what is {resource}?"))
        });
        let grants = resources
            .flat_map(|resource| {
                actions.iter().map(move |action| Grant {
                    action: action.clone(),
                    resource,
                })
            })
            .collect();
        let condition = &statement["Condition"];
        let partitions = &condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        let attributes = &condition["ForAllValues:StringEquals"]["dynamodb:Attributes"];
        assert!(
            condition.is_null() || partitions.is_array(),
            "what is {condition}?"
        );
        Self {
            grants,
            partitions: partitions.is_array().then(|| texts(partitions)),
            attributes: attributes.is_array().then(|| texts(attributes)),
        }
    }

    pub fn allows(&self, done: &Use) -> bool {
        let fits = |pattern: &String| fits(pattern, &done.partition);
        let is_granted = |name| {
            self.attributes
                .as_ref()
                .is_none_or(|all| all.contains(name))
        };
        self.grants.contains(&done.grant)
            && self
                .partitions
                .as_ref()
                .is_none_or(|all| all.iter().any(fits))
            && done.attributes.iter().all(is_granted)
    }
}

/// One text, or a list of them.
fn texts(value: &Value) -> Vec<String> {
    let one = std::slice::from_ref(value);
    let all = value.as_array().map_or(one, Vec::as_slice);
    all.iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// Whether a text fits a pattern in which `*` means anything and `?` for one character.
fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, first) => first.is_none(),
        (Some('*'), None) => fits(&pattern[1..], text),
        (Some('*'), Some(_)) => fits(&pattern[1..], text) || fits(pattern, &text[1..]),
        (Some(wanted), Some(first)) if wanted == '?' || wanted == first => {
            fits(&pattern[1..], &text[1..])
        }
        (Some(_), _) => false,
    }
}

/// The policy of the function with this binary: its own statements, and those of managed policies
/// that it names.
pub fn policy(function: &str) -> Vec<Statement> {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let template: Value = serde_saphyr::from_str(&text).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let of = resources
        .values()
        .find(|resource| resource["Metadata"]["BuildProperties"]["Binary"] == function);
    let policies = of.unwrap()["Properties"]["Policies"].as_array().unwrap();
    let documents = policies.iter().map(|policy| match policy.as_str() {
        Some(managed) => &resources[managed]["Properties"]["PolicyDocument"],
        None => policy,
    });
    let statements = documents.flat_map(|document| document["Statement"].as_array().unwrap());
    // Lambda reads the stream for the function, and reports what it gave up, with the same
    // permissions.
    let of_lambda = |statement: &&Value| {
        let actions = texts(&statement["Action"]);
        actions
            .iter()
            .all(|action| OF_LAMBDA.contains(&action.as_str()))
    };
    statements
        .filter(|statement| !of_lambda(statement))
        .map(Statement::read)
        .collect()
}

#[test]
fn a_pattern_fits_whole_texts() {
    for (pattern, text, expected) in [
        ("K#*", "K#1", true),
        ("K#*", "W#1", false),
        ("W#*#PAYEE", "W#1#PAYEE", true),
        ("W#*#PAYEE", "W#1#PAYEES", false),
        ("W#*#R#*", "W#1#R#2", true),
        ("W#*#R#*", "W#1#RULE", false),
        ("W#??#T", "W#12#T", true),
        ("W#??", "W#1", false),
        ("K", "K#", false),
    ] {
        assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
    }
}

/// Revenues never change: their function may insert items, which changes none, and otherwise note
/// the use of a key.
#[test]
fn the_function_of_revenues_can_neither_change_nor_delete_one() {
    let statements = policy("revenues");
    let writes = statements.iter().flat_map(|statement| {
        let actions = statement.grants.iter().map(|grant| grant.action.as_str());
        actions.map(|action| (action, statement.partitions.as_deref()))
    });
    let writes: Vec<_> = writes
        .filter(|(action, _)| !["dynamodb:BatchGetItem", "dynamodb:Query"].contains(action))
        .collect();
    let keys = ["K#*".to_owned()];
    let revenues = ["W#*#R#*".to_owned()];
    assert_eq!(
        writes,
        [
            ("dynamodb:UpdateItem", Some(&keys[..])),
            ("dynamodb:PartiQLInsert", Some(&revenues[..])),
        ]
    );
}
