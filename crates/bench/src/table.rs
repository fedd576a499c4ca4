//! The table: what was measured in every round, what stood beside it, and the budget (p99 on two cores).

use crate::clock::median;

pub struct Row {
    pub what: &'static str,
    unit: Unit,
    measured: Vec<f64>,
    beside: Option<(&'static str, Vec<f64>)>,
    budget: Budget,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Unit {
    PerSecond,
    Seconds,
    Milliseconds,
    Megabytes,
}

pub enum Budget {
    None,
    AtMost(f64),
    Between(f64, f64),
    /// Of the limit beside it.
    Share(f64),
    /// Better than the peer beside it.
    Times(f64),
}

impl Row {
    pub fn new(what: &'static str, unit: Unit, measured: Vec<f64>, budget: Budget) -> Row {
        Row { what, unit, measured, beside: None, budget }
    }

    /// `measured` in the same rounds, in the same unit; empty: nobody was.
    pub fn beside(self, whose: &'static str, measured: Vec<f64>) -> Row {
        Row { beside: Some((whose, measured)).filter(|(_, measured)| !measured.is_empty()), ..self }
    }

    /// How many times better than what is beside it: the median of the rounds.
    fn ratio(&self) -> Option<f64> {
        let (_, theirs) = self.beside.as_ref()?;
        let ratios = self.measured.iter().zip(theirs).map(|(ours, theirs)| match self.unit {
            Unit::PerSecond => ours / theirs,
            Unit::Seconds | Unit::Milliseconds | Unit::Megabytes => theirs / ours,
        });
        Some(median(&ratios.collect::<Vec<_>>()))
    }

    fn met(&self) -> &'static str {
        let middle = median(&self.measured);
        let ratio = self.ratio().unwrap_or(0.0);
        let met = match self.budget {
            Budget::None => return "",
            Budget::AtMost(most) => middle <= most,
            Budget::Between(least, most) => (least..=most).contains(&middle),
            Budget::Share(least) | Budget::Times(least) => ratio >= least,
        };
        if met { "met" } else { "**not met**" }
    }

    fn budget(&self) -> String {
        match self.budget {
            Budget::None => String::new(),
            Budget::AtMost(most) => format!("at most {}", self.unit.with(most)),
            Budget::Between(least, most) => {
                format!("{} to {}", self.unit.number(least), self.unit.with(most))
            }
            Budget::Share(least) => format!("{:.0} %", least * 100.0),
            Budget::Times(least) => format!("{least}x"),
        }
    }
}

impl Row {
    /// The line of the table; `before` is what the last kept run came to.
    pub fn line(&self, before: Option<&str>) -> String {
        let ratio = match (self.ratio(), &self.budget) {
            (None, _) => String::new(),
            (Some(ratio), Budget::Share(_)) => format!("{:.0} %", ratio * 100.0),
            (Some(ratio), _) => format!("{ratio:.1}x"),
        };
        let beside =
            self.beside.as_ref().map(|(whose, theirs)| format!("{whose} {}", self.unit.spread(theirs)));
        let cells = [
            self.what.to_owned(),
            self.unit.spread(&self.measured),
            beside.unwrap_or_default(),
            ratio,
            self.budget(),
            self.met().to_owned(),
            before.unwrap_or_default().to_owned(),
        ];
        format!("| {} |", cells.join(" | "))
    }
}

impl Unit {
    fn number(self, value: f64) -> String {
        match self {
            Unit::PerSecond | Unit::Megabytes => format!("{value:.0}"),
            Unit::Seconds => format!("{value:.2}"),
            Unit::Milliseconds => format!("{value:.1}"),
        }
    }

    fn with(self, value: f64) -> String {
        let name = match self {
            Unit::PerSecond => "/s",
            Unit::Seconds => " s",
            Unit::Milliseconds => " ms",
            Unit::Megabytes => " MB",
        };
        self.number(value) + name
    }

    /// `median (minimum–maximum)`.
    fn spread(self, values: &[f64]) -> String {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{} ({}–{})", self.with(median(values)), self.number(least), self.number(most))
    }
}

pub const HEAD: &str = "| what | measured: median (min–max) of the rounds | beside it in the same rounds | ratio | budget | | last kept run |\n|---|---|---|---|---|---|---|";
