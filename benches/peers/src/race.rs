// SPDX-License-Identifier: MIT OR Apache-2.0
//! How contenders are measured.
//!
//! A job runs in rounds. In each round every contender has one turn, of as many calls as take a given time, and the
//! next round begins with the next contender: what the machine does meanwhile hits all of them alike. Of the
//! turns we keep the median and the best, in nanoseconds for a call.

use serde_json::{Value, json};
use std::{
    cell::OnceCell,
    hint::black_box,
    time::{Duration, Instant},
};

/// How long to measure.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    rounds: usize,
    turn: Duration,
    /// For a job: with calls that take longer than a turn there are fewer rounds.
    longest: Duration,
    /// Of a stream, in bytes.
    pub(crate) stream: usize,
}

/// The median of fewer says nothing.
const LEAST_ROUNDS: usize = 5;

impl Effort {
    pub(crate) const FULL: Self = Self {
        rounds: 1001,
        turn: Duration::from_millis(1),
        longest: Duration::from_secs(60),
        stream: 1 << 30,
    };
    pub(crate) const QUICK: Self = Self {
        rounds: 101,
        turn: Duration::from_micros(400),
        longest: Duration::from_millis(800),
        stream: 1 << 25,
    };

    /// In words, for whoever reads the figures.
    pub(crate) fn words(self) -> String {
        let Self { rounds, turn, longest, stream } = self;
        let turn = turn.as_secs_f64() * 1e3;
        let (longest, stream) = (longest.as_secs_f64(), stream >> 20);
        format!("{rounds} turns of {turn} ms, a job at most {longest} s; a stream has {stream} MiB")
    }
}

/// One who does the job. Ours have names that begin with `chancery`.
pub(crate) struct Contender {
    name: &'static str,
    remark: &'static str,
    call: Box<dyn FnMut()>,
}

impl Contender {
    /// `call` does the job once, and panics when the outcome is not the one that is wanted.
    pub(crate) fn new<T>(name: &'static str, mut call: impl FnMut() -> T + 'static) -> Self {
        let call = move || drop(black_box(call()));
        Self { name, remark: "", call: Box::new(call) }
    }

    /// What this one does differently.
    pub(crate) fn remark(self, remark: &'static str) -> Self {
        Self { remark, ..self }
    }

    fn is_ours(&self) -> bool {
        self.name.starts_with("chancery")
    }

    fn turn(&mut self, calls: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..calls {
            (self.call)();
        }
        start.elapsed()
    }

    /// So many calls take the time of a turn.
    fn calls_in(&mut self, turn: Duration) -> u32 {
        let mut calls = 1;
        loop {
            let taken = self.turn(calls);
            if taken >= turn / 2 || calls > u32::MAX / 2 {
                let calls = f64::from(calls) * turn.as_secs_f64() / taken.as_secs_f64();
                // Turns are far shorter than 2^32 calls.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
                return (calls as u32).max(1);
            }
            calls *= 2;
        }
    }
}

/// What all contenders of a job must give: what the first of them gave.
pub(crate) struct Same<T>(OnceCell<T>);

impl<T: PartialEq> Same<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceCell::new())
    }

    pub(crate) fn check(&self, name: &str, given: T) {
        if let Err(given) = self.0.set(given) {
            assert!(self.0.get() == Some(&given), "{name} gives something else than the first");
        }
    }
}

/// Something that several can do, at one size in bytes.
pub(crate) struct Job {
    pub(crate) name: String,
    size: usize,
    contenders: Box<dyn FnOnce() -> Vec<Contender>>,
}

/// What came out for one contender.
pub(crate) struct Row {
    pub(crate) job: String,
    pub(crate) size: usize,
    pub(crate) contender: &'static str,
    pub(crate) remark: &'static str,
    pub(crate) ns_median: f64,
    ns_min: f64,
    /// Of the processor as it ran in this job.
    cycles: f64,
    pub(crate) ratio_to_best_peer: f64,
}

/// Three hundred cycles of the processor, which time-stamp counters do not count: a hundred multiplications, each of which waits
/// three for the one before, also from call to call.
fn cycles_300() -> Contender {
    let mut x = 3_u64;
    Contender::new("", move || {
        x = black_box((0..100).fold(x, |x, _| x.wrapping_mul(x)));
        x
    })
}

impl Job {
    /// The contenders are made when it is their turn, and see to it that they do the same before they are measured.
    pub(crate) fn new(
        name: impl Into<String>,
        size: usize,
        contenders: impl FnOnce() -> Vec<Contender> + 'static,
    ) -> Self {
        Self { name: name.into(), size, contenders: Box::new(contenders) }
    }

    /// Runs the job and prints what came out.
    pub(crate) fn race(self, effort: Effort) -> Vec<Row> {
        let mut contenders = (self.contenders)();
        contenders.push(cycles_300());
        let turns = turns(&mut contenders, effort);
        let mut medians: Vec<f64> = turns.iter().map(|turns| turns[turns.len() / 2]).collect();
        contenders.pop();
        let cycle = medians.pop().unwrap_or(f64::NAN) / 300.0;
        println!("\n{}, {} bytes", self.name, self.size);
        println!("  {:<28} {:>10} {:>10} {:>8} {:>7}", "", "median ns", "best ns", "cycles/B", "ratio");
        let rows = contenders.iter().enumerate().map(|(at, contender)| {
            let others = contenders.iter().zip(&medians).enumerate().filter(|(other, (contender, _))| {
                *other != at && !(contenders[at].is_ours() && contender.is_ours())
            });
            let best = others.map(|(_, (_, median))| *median).min_by(f64::total_cmp).unwrap_or(f64::NAN);
            let row = Row {
                job: self.name.clone(),
                size: self.size,
                contender: contender.name,
                remark: contender.remark,
                ns_median: medians[at],
                ns_min: turns[at][0],
                cycles: medians[at] / cycle,
                ratio_to_best_peer: best / medians[at],
            };
            row.print();
            row
        });
        rows.collect()
    }
}

/// Nanoseconds for a call, in order, of each contender.
fn turns(contenders: &mut [Contender], effort: Effort) -> Vec<Vec<f64>> {
    let calls: Vec<u32> = contenders.iter_mut().map(|one| one.calls_in(effort.turn)).collect();
    let mut turns = vec![Vec::with_capacity(effort.rounds); contenders.len()];
    let start = Instant::now();
    for round in 0..effort.rounds {
        if round >= LEAST_ROUNDS && start.elapsed() > effort.longest {
            break;
        }
        for turn in 0..contenders.len() {
            let at = (round + turn) % contenders.len();
            let taken = contenders[at].turn(calls[at]);
            turns[at].push(taken.as_secs_f64() * 1e9 / f64::from(calls[at]));
        }
    }
    for turns in &mut turns {
        turns.sort_by(f64::total_cmp);
    }
    turns
}

impl Row {
    pub(crate) fn is_ours(&self) -> bool {
        self.contender.starts_with("chancery")
    }

    /// Where there are enough bytes for it to say something.
    pub(crate) fn cycles_per_byte(&self) -> Option<f64> {
        // Sizes are far below 2^52.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        (self.size >= 64).then(|| self.cycles / self.size as f64)
    }

    fn print(&self) {
        let Self { contender, remark, ns_median, ns_min, ratio_to_best_peer, .. } = self;
        let ratio =
            if ratio_to_best_peer.is_nan() { String::new() } else { format!("{ratio_to_best_peer:.2}") };
        let per_byte = self.cycles_per_byte().map(|cycles| format!("{cycles:.2}")).unwrap_or_default();
        let figures = format!("{ns_median:>10.0} {ns_min:>10.0} {per_byte:>8} {ratio:>7}");
        let line = format!("  {contender:<28} {figures}  {remark}");
        println!("{}", line.trim_end());
    }

    /// As the file has it. `ratio_to_best_peer` is the median of the best other contender divided by this one's: above 1
    /// is faster, and null where there is no other one. For ours the others are those of other people.
    pub(crate) fn json(&self) -> Value {
        json!({
            "job": self.job,
            "size": self.size,
            "contender": self.contender,
            "ns_median": self.ns_median,
            "ns_min": self.ns_min,
            "ratio_to_best_peer": self.ratio_to_best_peer,
        })
    }
}
