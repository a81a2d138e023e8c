// SPDX-License-Identifier: MIT OR Apache-2.0
//! What became of every case, and the table of it.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write},
};

/// A case that did not fail.
pub(crate) enum Run {
    /// Executed, with the stated result.
    Passed,
    /// Executed, with the stated result, of which the test had to do a part.
    PassedInPart(&'static str),
    /// Not executed: the vector is invalid and no value of the API's types can be made of it.
    RefusedByType(&'static str),
    /// Not executed: the crate does not have these parameters.
    Unsupported(&'static str),
}

/// What a check returns: how the case ran, or in what it differed.
pub(crate) type Verdict = Result<Run, String>;

/// # Errors
/// `what`, unless `truth`.
pub(crate) fn ensure(truth: bool, what: &str) -> Result<(), String> {
    if truth { Ok(()) } else { Err(what.to_owned()) }
}

/// For `map_err`.
pub(crate) fn said<E: Debug>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error:?}")
}

/// The counts of a file, stated in the tests. None may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) cases: usize,
    pub(crate) executed: usize,
    pub(crate) refused_by_type: usize,
    pub(crate) unsupported: usize,
}

impl Counts {
    /// Everything is executed.
    pub(crate) const fn all(cases: usize) -> Self {
        Self { cases, executed: cases, refused_by_type: 0, unsupported: 0 }
    }
}

/// What became of the cases of one file.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    passed: usize,
    refused_by_type: usize,
    unsupported: usize,
    remarks: BTreeMap<String, usize>,
    failed: Vec<String>,
}

impl Row {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn count(&mut self, case: &str, verdict: Verdict) {
        let remark = match verdict {
            Ok(Run::Passed) => {
                self.passed += 1;
                return;
            }
            Ok(Run::PassedInPart(remark)) => {
                self.passed += 1;
                remark.to_owned()
            }
            Ok(Run::RefusedByType(remark)) => {
                self.refused_by_type += 1;
                format!("refused by type: {remark}")
            }
            Ok(Run::Unsupported(remark)) => {
                self.unsupported += 1;
                format!("unsupported: {remark}")
            }
            Err(difference) => return self.failed.push(format!("{} {case}: {difference}", self.name)),
        };
        *self.remarks.entry(remark).or_default() += 1;
    }

    fn executed(&self) -> usize {
        self.passed + self.failed.len()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            cases: self.executed() + self.refused_by_type + self.unsupported,
            executed: self.executed(),
            refused_by_type: self.refused_by_type,
            unsupported: self.unsupported,
        }
    }

    fn line(&self, name: &str) -> String {
        let Counts { cases, executed, refused_by_type, unsupported } = self.counts();
        let (passed, failed) = (self.passed, self.failed.len());
        let counts =
            format!("{cases:>6} | {executed:>8} | {passed:>12} | {refused_by_type:>15} | {unsupported:>11}");
        format!("| {name:<59} | {counts} | {failed:>6} |\n")
    }
}

/// The rows of one half of the tests.
#[derive(Default)]
pub(crate) struct Table {
    title: String,
    rows: Vec<(Row, Counts)>,
    sums: Vec<String>,
    not_covered: Vec<&'static str>,
}

impl Table {
    pub(crate) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), ..Self::default() }
    }

    /// A row, and what it must count.
    pub(crate) fn push(&mut self, row: Row, counts: Counts) {
        self.rows.push((row, counts));
    }

    /// A line beneath the table: how many cases of these files went as they state.
    pub(crate) fn sum(&mut self, name: &str, folder: &str) {
        let rows = || self.rows.iter().map(|(row, _)| row).filter(|row| row.name.starts_with(folder));
        let passed = rows().map(|row| row.passed).sum();
        let cases = rows().map(|row| row.counts().cases).sum();
        self.sums.push(format!("{name} {} of {}", grouped(passed), grouped(cases)));
    }

    pub(crate) fn not_covered(&mut self, file: &'static str) {
        self.not_covered.push(file);
    }

    fn total(&self) -> Row {
        self.rows.iter().fold(Row::new("total"), |mut total, (row, _)| {
            total.passed += row.passed;
            total.refused_by_type += row.refused_by_type;
            total.unsupported += row.unsupported;
            total.failed.extend_from_slice(&row.failed);
            total
        })
    }

    fn text(&self) -> String {
        let mut text = format!("\n{}\n\n", self.title);
        let columns = ["cases ", "executed", "as supported", "refused by type", "unsupported", "failed"];
        let _ = writeln!(text, "| {:<59} | {} |", "file", columns.join(" | "));
        let rules = columns.map(|column| format!("{:->1$}", ":", column.len())).join(" | ");
        let _ = writeln!(text, "| {:-<59} | {rules} |", "");
        for (row, _) in &self.rows {
            text += &row.line(&row.name);
        }
        text += &self.total().line("total");
        for file in &self.not_covered {
            let _ = writeln!(text, "| {file:<59} | not covered yet |");
        }
        text.push('\n');
        for sum in &self.sums {
            let _ = writeln!(text, "{sum}");
        }
        for (row, _) in &self.rows {
            for (remark, count) in &row.remarks {
                let _ = writeln!(text, "{}: {count} {remark}", row.name);
            }
        }
        text
    }

    /// Prints the table; fails for any failed case and for any count that is not the stated one.
    pub(crate) fn finish(self) {
        println!("{}", self.text());
        let failed = self.total().failed;
        assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
        for (row, counts) in &self.rows {
            assert_eq!(row.counts(), *counts, "the counts of {}", row.name);
        }
    }
}

/// `2,135`
fn grouped(number: usize) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1000), number % 1000)
}
