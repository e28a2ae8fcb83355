//! Adding up what the revenues of a period give to whom.

use std::collections::{BTreeMap, HashMap, HashSet};

use strum::VariantArray;
use uuid::Uuid;

use super::balance::{Balance, Due, Outcome, balance};
use super::compute::{Computed, Exceptions};
use super::snapshot::Snapshot;
use super::split::{Reason, Split};
use super::statement::{
    EarnedByRule, EarnedFrom, ExceptionCounts, PayeeRow, Period, ReportedLine, ReportedRevenues,
    ReportedSums, Statement, Total, Unallocated,
};
use super::units::Units;
use crate::counting::Sums;
use crate::payee::Payee;
use crate::revenue::{Revenue, RevenueType};
use crate::rule::{Rule, RuleStatus};
use crate::value::{Currency, Date, StringEnum, Sum};

/// The results of the revenues of a period, while they are added up.
pub struct Report {
    period: Period,
    /// The payee whose lines are included, and how many at most.
    detail: Option<(Uuid, usize)>,
    currencies: BTreeMap<Currency, OneCurrency>,
    /// The rules that have a revenue.
    rules: HashSet<Uuid>,
    lines: Vec<ReportedLine>,
    lines_total: usize,
    exceptions: ExceptionCounts,
}

/// What is added up in one currency.
#[derive(Default)]
struct OneCurrency {
    /// By the name of the type.
    sums: BTreeMap<&'static str, (RevenueType, Sums)>,
    unallocated: Unallocated,
    payees: HashMap<Uuid, Earned>,
}

/// What one payee earned in one currency.
#[derive(Default)]
struct Earned {
    from: EarnedFrom,
    basis: Sum,
    lines: u64,
    by_rule: BTreeMap<Source, (Units, u64)>,
}

/// What a line comes from; fallback sorts last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Rule(Uuid),
    Fallback,
}

impl Report {
    /// An empty report. `detail` names the payee whose lines are included, and how many at
    /// most.
    pub fn new(period: Period, detail: Option<(Uuid, usize)>) -> Self {
        Self {
            period,
            detail,
            currencies: BTreeMap::new(),
            rules: HashSet::new(),
            lines: Vec::new(),
            lines_total: 0,
            exceptions: ExceptionCounts::default(),
        }
    }

    /// Adds the result of a revenue, if it is of the period.
    pub fn add(&mut self, revenue: &Revenue, computed: &Computed) {
        let day = revenue.day();
        if day < self.period.from || self.period.to < day {
            return;
        }
        count(&mut self.exceptions, computed.exceptions);
        let place = self.currencies.entry(revenue.currency.clone());
        let currency = place.or_default();
        let sums = currency.sums.entry(revenue.kind.name());
        sums.or_insert((revenue.kind, Sums::default())).1 += Sums::of(revenue);
        for split in computed.splits() {
            self.rules.extend(split.rule);
            currency.add(revenue.kind, split);
        }
        for split in computed.splits() {
            self.add_lines(revenue, split);
        }
    }

    /// Keeps the lines of the payee who was asked for.
    fn add_lines(&mut self, revenue: &Revenue, split: &Split) {
        let Some((payee, lines_max)) = self.detail else {
            return;
        };
        for line in split.lines.iter().filter(|line| line.payee == payee) {
            self.lines_total += 1;
            if self.lines.len() < lines_max {
                self.lines.push(ReportedLine {
                    revenue_id: revenue.id,
                    external_id: revenue.external_id.clone(),
                    occurred_at: revenue.occurred_at,
                    kind: revenue.kind,
                    currency: revenue.currency.clone(),
                    basis: split.basis,
                    rule_id: split.rule,
                    amount: line.amount,
                });
            }
        }
    }

    /// The finished report.
    pub fn finish(self, snapshot: &Snapshot) -> Statement {
        let (mut payees, mut totals, mut digests) = (Vec::new(), Vec::new(), Vec::new());
        for (currency, one) in self.currencies {
            let mut total = Total::new(&currency, one.unallocated);
            for (kind, sums) in one.sums.into_values() {
                total.revenue += sums.amount;
                digests.push(ReportedSums {
                    currency: currency.clone(),
                    kind,
                    count: sums.count,
                    sum: sums.amount,
                    digest: sums.digest,
                });
            }
            for (id, earned) in one.payees {
                let row = earned.finish(id, snapshot, &currency, self.period.payout_date);
                total.add(&row);
                payees.push(row);
            }
            totals.push(total);
        }
        payees.sort_by(|one, other| {
            let place = |row: &PayeeRow| (row.payee_id, row.currency.clone());
            place(one).cmp(&place(other))
        });
        let rules = snapshot.rules().iter();
        let idle = rules
            .filter(|rule| applies_in(&rule.body, self.period) && !self.rules.contains(&rule.id));
        let mut rules_without_revenue: Vec<Uuid> = idle.map(|rule| rule.id).collect();
        rules_without_revenue.sort();
        Statement {
            period: self.period,
            revenues: ReportedRevenues {
                count: digests.iter().map(|sums| sums.count).sum(),
                digests,
            },
            totals,
            payees,
            lines: self.detail.map(|_| self.lines),
            lines_total: self.lines_total,
            exceptions: self.exceptions,
            rules_without_revenue,
        }
    }
}

impl OneCurrency {
    fn add(&mut self, kind: RevenueType, split: &Split) {
        match split.reason {
            Reason::RuleShare => self.unallocated.rule_share += split.unallocated,
            Reason::NoRule => self.unallocated.no_rule += split.unallocated,
        }
        let source = split.rule.map_or(Source::Fallback, Source::Rule);
        for line in &split.lines {
            let earned = self.payees.entry(line.payee).or_default();
            *match kind {
                RevenueType::Sale => &mut earned.from.sale,
                RevenueType::Refund => &mut earned.from.refund,
                RevenueType::Adjustment => &mut earned.from.adjustment,
            } += line.amount;
            earned.basis += split.basis;
            earned.lines += 1;
            let (amount, lines) = earned.by_rule.entry(source).or_default();
            *amount += line.amount;
            *lines += 1;
        }
    }
}

impl Earned {
    fn finish(self, id: Uuid, snapshot: &Snapshot, currency: &Currency, on: Date) -> PayeeRow {
        let EarnedFrom {
            sale,
            refund,
            adjustment,
        } = self.from;
        let (carried_in, earned) = (Units::ZERO, sale + refund + adjustment);
        // Every line is of a payee that exists.
        let nobody = Payee::default();
        let payee = snapshot.payee(id).map_or(&nobody, |record| &record.body);
        let Balance {
            balance,
            threshold,
            due,
            carried_out,
            outcome,
            is_other_currency,
        } = balance(carried_in, earned, payee, currency, on);
        let by_rule = self.by_rule.into_iter();
        let by_rule = by_rule.map(|(source, (earned, lines))| EarnedByRule {
            rule_id: match source {
                Source::Rule(id) => Some(id),
                Source::Fallback => None,
            },
            earned,
            lines,
        });
        PayeeRow {
            payee_id: id,
            payee_external_id: payee.external_id.clone(),
            currency: currency.clone(),
            carried_in,
            earned,
            earned_from: self.from,
            basis: self.basis,
            lines: self.lines,
            by_rule: by_rule.collect(),
            balance,
            threshold,
            due,
            carried_out,
            outcome,
            note: is_other_currency.then_some("other_currency"),
        }
    }
}

impl Total {
    fn new(currency: &Currency, unallocated: Unallocated) -> Self {
        let outcomes = Outcome::VARIANTS.iter();
        Self {
            currency: currency.clone(),
            revenue: Sum::default(),
            allocated: Units::ZERO,
            unallocated,
            due: Due::new(Units::ZERO, currency),
            carried_out: Units::ZERO,
            payees: outcomes.map(|outcome| (outcome.into(), 0)).collect(),
        }
    }

    fn add(&mut self, row: &PayeeRow) {
        self.allocated += row.earned;
        self.due.amount += row.due.amount;
        self.carried_out += row.carried_out;
        *self.payees.entry(row.outcome.into()).or_default() += 1;
    }
}

/// Whether a rule is active, and in effect on some day of a period.
fn applies_in(rule: &Rule, period: Period) -> bool {
    rule.status == RuleStatus::Active
        && rule.effective_from.is_none_or(|from| from <= period.to)
        && rule.effective_to.is_none_or(|to| period.from <= to)
}

fn count(counts: &mut ExceptionCounts, exceptions: Exceptions) {
    counts.no_rule += u64::from(exceptions.no_rule);
    counts.rule_tie += u64::from(exceptions.rule_tie);
    counts.product_unknown += u64::from(exceptions.product_unknown);
    counts.original_missing += u64::from(exceptions.original_missing);
    counts.over_refunded += u64::from(exceptions.over_refunded);
}
