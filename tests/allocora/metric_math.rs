//! Metric math of CloudWatch, as far as the alarms of the template use it:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>

use std::collections::BTreeMap;
use std::iter::{Peekable, zip};
use std::vec::IntoIter;

/// A value for each period, the oldest first; `None` where a metric has no data.
pub type Series = Vec<Option<f64>>;

/// What an expression can name.
pub struct Scope<'a> {
    pub metrics: BTreeMap<&'a str, Series>,
    pub expressions: BTreeMap<&'a str, &'a str>,
}

impl Scope<'_> {
    /// The series that an expression yields.
    pub fn evaluate(&self, expression: &str) -> Series {
        let tokens = tokens(expression).into_iter().peekable();
        let mut parser = Parser {
            scope: self,
            tokens,
        };
        let value = parser.conjunction();
        assert_eq!(parser.tokens.next(), None, "the end of {expression}");
        match value {
            Value::One(series) => series,
            Value::Number(_) | Value::Many(_) => panic!("{expression} is not one series"),
        }
    }
}

enum Value {
    Number(f64),
    One(Series),
    Many(Vec<Series>),
}

fn tokens(expression: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let kind = |c: char| (is_word(c), "<>=".contains(c));
    let mut before = ' ';
    for c in expression.chars() {
        // Words and comparisons can have several characters.
        match tokens.last_mut() {
            Some(last) if kind(c) == kind(before) && kind(c) != (false, false) => last.push(c),
            _ if !c.is_whitespace() => tokens.push(c.to_string()),
            _ => (),
        }
        before = c;
    }
    tokens
}

struct Parser<'a> {
    scope: &'a Scope<'a>,
    tokens: Peekable<IntoIter<String>>,
}

impl Parser<'_> {
    fn takes(&mut self, token: &str) -> bool {
        self.tokens.next_if_eq(token).is_some()
    }

    fn conjunction(&mut self) -> Value {
        let mut left = self.comparison();
        while self.takes("AND") {
            let right = self.comparison();
            left = pairwise(left, right, |a, b| truth(a != 0.0 && b != 0.0));
        }
        left
    }

    fn comparison(&mut self) -> Value {
        let left = self.difference();
        if self.takes(">") {
            pairwise(left, self.difference(), |a, b| truth(a > b))
        } else if self.takes("==") {
            #[expect(clippy::float_cmp, reason = "counts are whole")]
            pairwise(left, self.difference(), |a, b| truth(a == b))
        } else {
            left
        }
    }

    fn difference(&mut self) -> Value {
        let mut left = self.operand();
        while self.takes("-") {
            left = pairwise(left, self.operand(), |a, b| a - b);
        }
        left
    }

    fn operand(&mut self) -> Value {
        let token = self.tokens.next().expect("an operand");
        if let Ok(number) = token.parse() {
            Value::Number(number)
        } else if self.takes("(") {
            call(&token, self.arguments(), self.scope)
        } else if let Some(series) = self.scope.metrics.get(&*token) {
            Value::One(series.clone())
        } else if let Some(expression) = self.scope.expressions.get(&*token) {
            Value::One(self.scope.evaluate(expression))
        } else {
            panic!("{token} is neither a metric nor an expression")
        }
    }

    fn arguments(&mut self) -> Vec<Value> {
        let mut arguments = Vec::new();
        while !self.takes(")") {
            arguments.push(self.conjunction());
            self.takes(",");
        }
        arguments
    }
}

fn call(name: &str, arguments: Vec<Value>, scope: &Scope<'_>) -> Value {
    let mut arguments = arguments.into_iter();
    let arguments = (arguments.next(), arguments.next(), arguments.next());
    match (name, arguments) {
        ("METRICS", (None, None, None)) => Value::Many(scope.metrics.values().cloned().collect()),
        ("SUM", (Some(Value::Many(all)), None, None)) => Value::One(sum(&all)),
        ("DIFF", (Some(Value::One(series)), None, None)) => Value::One(differences(&series)),
        ("FILL", (Some(Value::One(series)), Some(Value::Number(with)), None)) => {
            Value::One(fill(series, with))
        }
        ("FILL", (Some(Value::Many(all)), Some(Value::Number(with)), None)) => {
            Value::Many(all.into_iter().map(|series| fill(series, with)).collect())
        }
        ("IF", (Some(Value::One(is)), Some(Value::Number(a)), Some(Value::Number(b)))) => {
            let either = |is| if is == 0.0 { b } else { a };
            Value::One(is.into_iter().map(|is| is.map(either)).collect())
        }
        _ => panic!("{name} with these arguments is not known"),
    }
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// A period without data on either side has no result.
fn pairwise(left: Value, right: Value, of: impl Fn(f64, f64) -> f64) -> Value {
    let pairs = match (left, right) {
        (Value::One(left), Value::One(right)) => zip(left, right).collect::<Vec<_>>(),
        (Value::One(left), Value::Number(right)) => {
            left.into_iter().map(|left| (left, Some(right))).collect()
        }
        _ => panic!("an operator takes a series and a series or number"),
    };
    let result = pairs
        .into_iter()
        .map(|(left, right)| Some(of(left?, right?)));
    Value::One(result.collect())
}

/// The sum of those that have data.
fn sum(all: &[Series]) -> Series {
    let periods = 0..all[0].len();
    periods
        .map(|period| {
            let values: Vec<f64> = all.iter().filter_map(|series| series[period]).collect();
            (!values.is_empty()).then(|| values.iter().sum())
        })
        .collect()
}

fn fill(series: Series, with: f64) -> Series {
    series
        .into_iter()
        .map(|value| value.or(Some(with)))
        .collect()
}

/// The first period has none before it.
fn differences(series: &[Option<f64>]) -> Series {
    let pairs = series.windows(2).map(|pair| Some(pair[1]? - pair[0]?));
    std::iter::once(None).chain(pairs).collect()
}
