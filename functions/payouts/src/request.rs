//! What a preview asks for.

use domain::fields::{FieldReader, Fields, Object};
use domain::payee::Payee;
use domain::payout::Period;
use domain::problem::{Code, ErrorSink, Problems, quote};
use domain::resource::Record;
use domain::value::{Date, ExternalId, FromJson, each_with};
use schemars::JsonSchema;
use serde_json::Value;
use uuid::Uuid;

/// The most changed rules of a preview.
const CHANGED_RULES_MAX: usize = 20;

/// The body of a preview.
pub struct PreviewRequest {
    /// What is computed.
    pub period: Period,
    /// The payee to whom the answer is narrowed.
    pub payee: Option<PayeeName>,
    /// The changed and new rules, as they were sent.
    pub rules: Vec<Value>,
}

/// The bodies of changed and new rules.
#[derive(JsonSchema)]
#[schemars(inline, extend("maxItems" = CHANGED_RULES_MAX))]
struct ChangedRules(Vec<Value>);

impl FromJson for ChangedRules {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        let body = |json: &Value, _: &mut ErrorSink<'_>| Some(json.clone());
        let rules = each_with(json, 0, CHANGED_RULES_MAX, errors, body)?;
        rules.into_iter().collect::<Option<_>>().map(Self)
    }
}

/// How a request names a payee.
pub enum PayeeName {
    Id(Uuid),
    ExternalId(ExternalId),
}

impl PreviewRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// Every problem of it.
    pub fn read(body: &Object) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut errors = ErrorSink::new(&mut problems);
        let mut fields = Fields::nested(body, &mut errors);
        let PreviewFields {
            from,
            to,
            opening,
            payout_date,
            payee_id,
            payee_external_id,
            rules,
        } = fields_of(&mut fields);
        if payee_id.is_some() && payee_external_id.is_some() {
            let detail = "must not be given with payee_id";
            fields.refuse("payee_external_id", Code::InvalidValue, detail);
        }
        let period = from.zip(to).map(|(from, to)| Period {
            from,
            to,
            opening: opening.unwrap_or_else(|| from.start_of_year()),
            payout_date: payout_date.or_else(|| to.tomorrow()).unwrap_or(to),
        });
        if let Some(period) = period {
            check(&mut fields, period);
        }
        fields.finish();
        let payee = match (payee_id, payee_external_id) {
            (Some(id), _) => Some(PayeeName::Id(id)),
            (None, external_id) => external_id.map(PayeeName::ExternalId),
        };
        match period {
            Some(period) => problems.or(Self {
                period,
                payee,
                rules: rules.map_or_else(Vec::new, |rules| rules.0),
            }),
            None => Err(problems),
        }
    }

    /// The id of the payee, who must exist; otherwise there is a problem at its field.
    pub fn payee_id(&self, payees: &[Record<Payee>], problems: &mut Problems) -> Option<Uuid> {
        let (field, name, found) = match &self.payee {
            None => return None,
            Some(PayeeName::Id(id)) => {
                let found = payees.iter().find(|payee| payee.id == *id);
                ("payee_id", id.to_string(), found)
            }
            Some(PayeeName::ExternalId(external_id)) => {
                let wanted = Some(external_id);
                let mut payees = payees.iter();
                let found = payees.find(|payee| payee.body.external_id.as_ref() == wanted);
                ("payee_external_id", external_id.as_str().to_owned(), found)
            }
        };
        if found.is_none() {
            let detail = format!("must be a payee of this workspace, got {}", quote(&name));
            let mut errors = ErrorSink::new(problems);
            errors.at(field).add(Code::NotFound, detail);
        }
        found.map(|payee| payee.id)
    }
}

/// The fields of a body, as far as they can be read.
#[derive(JsonSchema)]
pub struct PreviewFields {
    /// The first UTC day whose revenues are reported.
    from: Option<Date>,
    /// The last UTC day whose revenues are reported.
    to: Option<Date>,
    /// The day on which the computation begins with empty sums. By default the first day of the
    /// year of `from`.
    opening: Option<Date>,
    /// The day for which holds are judged. By default the day after `to`.
    payout_date: Option<Date>,
    /// Report only this payee, with its first 1,000 lines.
    payee_id: Option<Uuid>,
    /// The same, by the payee's external id. Not together with `payee_id`.
    payee_external_id: Option<ExternalId>,
    /// Changed rules (bodies of updates, with `id`) and new ones (bodies of creates), at most 20:
    /// what is reported is computed with them, and compared. Nothing is stored.
    rules: Option<ChangedRules>,
}

/// Asks for the fields of a body.
pub fn fields_of(fields: &mut impl FieldReader) -> PreviewFields {
    PreviewFields {
        from: fields.mandatory("from"),
        to: fields.mandatory("to"),
        opening: fields.nullable("opening", None),
        payout_date: fields.nullable("payout_date", None),
        payee_id: fields.nullable("payee_id", None),
        payee_external_id: fields.nullable("payee_external_id", None),
        rules: fields.nullable("rules", None),
    }
}

fn check(fields: &mut Fields<'_>, period: Period) {
    if period.to < period.from {
        let detail = format!("must not be before from, got {}", fields.quote("to"));
        fields.refuse("to", Code::OutOfRange, detail);
    }
    if period.from < period.opening {
        let detail = format!("must not be after from, got {}", fields.quote("opening"));
        fields.refuse("opening", Code::OutOfRange, detail);
    }
}
