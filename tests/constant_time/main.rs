// SPDX-License-Identifier: MIT OR Apache-2.0
//! No branch and no address depends on a secret: valgrind's memcheck follows bytes that it is told to be undefined.
//!
//! ```text
//! cargo test --profile constant-time --features hazmat,pq --test constant_time -- --nocapture
//! ```
//! Results differ by the level of optimisation: `CARGO_PROFILE_CONSTANT_TIME_OPT_LEVEL=1` in front is another one. A build
//! that checks overflow has branches on every sum, so that nothing can be seen: it says so.
//!
//! Each case runs in a process of its own under valgrind, with its secrets marked undefined; every branch and every
//! address that depends on them is a report. `cases.rs` says which reports are expected, and why: the answer that a
//! caller gets. A report elsewhere fails, and so does an expectation that nothing meets. `controls.rs` are mistakes
//! that must be reported.
//!
//! Not seen: division (memcheck knows no timing of instructions), and what valgrind 3.19 does not emulate: AVX-512, VAES
//! and SHA extensions. It shows an AVX2 machine, so that these are the kernels that run.
//!
//! Without valgrind it says that it did not run, and with `CHANCERY_REQUIRE_PROGRAMS=1` it fails.

#![cfg(all(feature = "hazmat", target_arch = "x86_64", target_os = "linux"))]

mod cases;
mod controls;
mod memcheck;

use std::{
    env,
    hint::black_box,
    io::Write,
    panic,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// A case, and where an answer that depends on secrets is given.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
    pub(crate) expected: Expected,
}

/// Which reports a case has.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    /// Nothing.
    None,
    /// Reports, each in a function itself whose name contains one of these words.
    In(&'static [&'static str]),
}

/// The case that this process runs, for it is the one under valgrind.
const CASE: &str = "CHANCERY_CONSTANT_TIME_CASE";

#[test]
fn no_branch_and_no_address_depends_on_a_secret() {
    let cases: Vec<Case> = cases::all().into_iter().chain(controls::all()).collect();
    if let Ok(name) = env::var(CASE) {
        assert!(memcheck::is_there(), "not under valgrind");
        let case = cases.iter().find(|case| case.name == name).expect("a case");
        return (case.run)();
    }
    let missing = |why: &str| {
        // Past the harness, which keeps what a test that passes prints.
        let text = format!("{why}: {} cases of constant time did not run\n", cases.len());
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    };
    if panic::catch_unwind(|| black_box(u8::MAX) + black_box(1)).is_err() {
        return missing("this profile checks overflow");
    }
    if let Err(error) = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status() {
        assert!(env::var_os("CHANCERY_REQUIRE_PROGRAMS").is_none(), "valgrind: {error}");
        return missing("valgrind is not installed");
    }
    let problems = in_parallel(&cases);
    println!("constant time: {} cases, {} of them controls", cases.len(), controls::all().len());
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Runs all cases, two at a time, and returns what is wrong.
fn in_parallel(cases: &[Case]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut problems = Vec::new();
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        problems.extend(under_valgrind(case).map(|why| format!("{}: {why}", case.name)));
                    }
                    problems
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// What is wrong with a case.
fn under_valgrind(case: &Case) -> Option<String> {
    let output = Command::new("valgrind")
        .args(["--error-limit=no", "--num-callers=20", "--read-inline-info=yes"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "no_branch_and_no_address_depends_on_a_secret", "--nocapture"])
        .env(CASE, case.name)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Some(format!("{}\n{text}", output.status));
    }
    let reports = memcheck::reports(&text);
    println!("{:<44} {} reports", case.name, reports.len());
    match case.expected {
        Expected::None if reports.is_empty() => None,
        Expected::In(_) if reports.is_empty() => Some("no report where one is expected".into()),
        Expected::None => Some(some(&reports)),
        Expected::In(words) => {
            let elsewhere: Vec<_> =
                reports.into_iter().filter(|report| !memcheck::is_in(report, words)).collect();
            (!elsewhere.is_empty()).then(|| some(&elsewhere))
        }
    }
}

/// The first of them: one mistake can give thousands.
fn some(reports: &[String]) -> String {
    format!(
        "{} unexpected reports, such as\n  {}",
        reports.len(),
        reports[..reports.len().min(3)].join("\n  ")
    )
}
