// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came out, as a part of a page in Markdown.

use crate::race::{Effort, Row};
use std::fmt::Write as _;

const END: &str = "<!-- written by the race: end -->";

/// What the race writes into a page.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// All figures.
    Figures,
    /// Those that [`SUMMARY`] names.
    Summary,
}

/// Jobs that say most, and their sizes.
const SUMMARY: [(&str, usize); 16] = [
    ("aes-256-gcm: seal", 1024),
    ("aes-256-gcm: open", 1024),
    ("chacha20-poly1305: seal", 1024),
    ("x25519: agree", 32),
    ("ed25519: sign", 256),
    ("ed25519: verify", 256),
    ("hpke x25519 aes-256-gcm: seal", 1024),
    ("hpke x25519 aes-256-gcm: open", 1024),
    ("hpke x-wing aes-256-gcm: seal", 1024),
    ("envelope: seal", 1024),
    ("envelope: open", 1024),
    ("webhook stripe: verify", 1024),
    ("http-signature ed25519: verify 8", 30),
    ("jwt EdDSA: verify", 398),
    ("jwt ES256: verify", 398),
    ("jwt RS256: verify", 654),
];

type Family = (&'static str, Vec<Row>);

impl Part {
    const fn begin(self) -> &'static str {
        match self {
            Self::Figures => "<!-- written by the race: begin -->\n",
            Self::Summary => "<!-- written by the race, a summary: begin -->\n",
        }
    }

    /// The page with this in the place of what was there.
    ///
    /// # Errors
    /// A page without the place for it; a summary of what did not run.
    pub(crate) fn renew(self, page: &str, families: &[Family], effort: Effort) -> Result<String, String> {
        let begin = self.begin();
        let parts = page.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let (before, after) = parts.ok_or_else(|| format!("no place: {begin}{END}"))?;
        let text = match self {
            Self::Figures => figures(families, effort),
            // Before the race there is nothing to sum up.
            Self::Summary if families.is_empty() => String::new(),
            Self::Summary => summary(families)?,
        };
        Ok([before, begin, "\n", &text, "\n", END, after].concat())
    }
}

fn figures(families: &[Family], effort: Effort) -> String {
    let mut text = format!("{}: {}.\n", machine(), effort.words());
    for (family, rows) in families {
        let _ = write!(text, "\n### {family}\n\n![{family}](performance/{family}.svg)\n\n{}", table(rows));
    }
    text
}

/// A line for each of ours in the jobs that say most.
fn summary(families: &[Family]) -> Result<String, String> {
    let rows = families.iter().flat_map(|(_, rows)| rows);
    let mut text =
        String::from("| | bytes | chancery | best of the others | ratio |\n|---|---:|---:|---:|---:|\n");
    for (job, size) in SUMMARY {
        let of = rows.clone().filter(|row| row.job == job && row.size == size);
        let others = of.clone().filter(|row| !row.is_ours());
        let best = others.min_by(|a, b| a.ns_median.total_cmp(&b.ns_median));
        let best = best.ok_or_else(|| format!("no job for the summary: {job}, {size} bytes"))?;
        for ours in of.filter(|row| row.is_ours()) {
            let how = ours.contender.trim_start_matches("chancery");
            let times = [ours, best].map(|row| time(row.ns_median));
            let ratio = ours.ratio_to_best_peer;
            let [ours, best_time] = times;
            let name = best.contender;
            let _ = writeln!(text, "| {job}{how} | {size} | {ours} | {best_time}, {name} | {ratio:.2} |");
        }
    }
    Ok(text)
}

/// What the processor can do, of what matters here.
fn machine() -> String {
    macro_rules! known {
        ($($feature:tt),*) => {
            [$(($feature, std::is_x86_feature_detected!($feature))),*]
        };
    }
    #[cfg(target_arch = "x86_64")]
    let known = known!(
        "aes",
        "pclmulqdq",
        "sha",
        "bmi2",
        "adx",
        "avx2",
        "vaes",
        "vpclmulqdq",
        "avx512f",
        "avx512vl",
        "avx512ifma"
    );
    #[cfg(not(target_arch = "x86_64"))]
    let known: [(&str, bool); 0] = [];
    let has: Vec<&str> = known.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
    format!("One thread on {} with {}", std::env::consts::ARCH, has.join(", "))
}

/// A line for each job and size, a column for each contender, and what they do differently.
fn table(rows: &[Row]) -> String {
    let contenders = distinct(rows.iter().map(|row| row.contender));
    let jobs = distinct(rows.iter().map(|row| (&*row.job, row.size)));
    let mut text = format!("| | bytes | {} | ratio | cycles/B |\n", contenders.join(" | "));
    let _ = writeln!(text, "|---|---:|{}---:|---:|", "---:|".repeat(contenders.len()));
    for (job, size) in jobs {
        let of = |name| rows.iter().find(|row| (&*row.job, row.size, row.contender) == (job, size, name));
        let times =
            contenders.iter().map(|name| of(*name).map(|row| time(row.ns_median)).unwrap_or_default());
        let ours = || contenders.iter().filter_map(|name| of(*name)).filter(|row| row.is_ours());
        let ratios = ours().map(|row| row.ratio_to_best_peer).filter(|ratio| !ratio.is_nan());
        let cycles = ours().filter_map(Row::cycles_per_byte);
        let cells = [times.collect::<Vec<_>>().join(" | "), list(ratios), list(cycles)];
        let _ = writeln!(text, "| {job} | {size} | {} |", cells.join(" | "));
    }
    let remarked = rows.iter().filter(|row| !row.remark.is_empty());
    let remarks = distinct(remarked.map(|row| (row.contender, row.remark)));
    if !remarks.is_empty() {
        text.push('\n');
    }
    for (contender, remark) in remarks {
        let _ = writeln!(text, "* {contender}: {remark}.");
    }
    text
}

fn list(figures: impl Iterator<Item = f64>) -> String {
    figures.map(|figure| format!("{figure:.2}")).collect::<Vec<_>>().join(", ")
}

/// Each once, in the order in which they came.
pub(crate) fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

/// In three digits.
pub(crate) fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ..1e3 => (ns, "ns"),
        ..1e6 => (ns / 1e3, "µs"),
        ..1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    let places = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.places$} {unit}")
}
