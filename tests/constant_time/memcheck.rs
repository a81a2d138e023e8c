// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a program tells memcheck, and what memcheck says of it.
#![expect(unsafe_code, reason = "the requests of valgrind are instructions that nothing else has a use for")]

use core::arch::asm;

const RUNNING_ON_VALGRIND: usize = 0x1001;
const MAKE_MEM_UNDEFINED: usize = 0x4D43_0001;
const MAKE_MEM_DEFINED: usize = 0x4D43_0002;

/// A client request, as `valgrind.h` has it for amd64: without valgrind it does nothing and gives 0.
fn request(code: usize, address: usize, len: usize) -> usize {
    let arguments = [code, address, len, 0, 0, 0];
    let mut result = 0_usize;
    // SAFETY: `rdi` is rotated by 128 bits in all, and `rbx` exchanged with itself; valgrind reads the six words.
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") result,
            options(nostack),
        );
    }
    core::hint::black_box(&mut result);
    result
}

/// Whether this runs under valgrind.
pub(crate) fn is_there() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) > 0
}

/// From here on, what depends on these bytes must decide nothing.
pub(crate) fn secret(bytes: &mut [u8]) {
    request(MAKE_MEM_UNDEFINED, core::hint::black_box(bytes.as_mut_ptr()) as usize, bytes.len());
}

/// These bytes are for everybody: a public key, a ciphertext.
pub(crate) fn public(bytes: &mut [u8]) {
    request(MAKE_MEM_DEFINED, core::hint::black_box(bytes.as_mut_ptr()) as usize, bytes.len());
}

/// Frames of a report, from the innermost on: enough to say where it is.
const FRAMES: usize = 6;

/// Of each report its kind and the functions that were called, the innermost first, in one line.
pub(crate) fn reports(log: &str) -> Vec<String> {
    let lines = log.lines().filter_map(|line| {
        // "==1234== text"
        let (process, text) = line.strip_prefix("==")?.split_once("== ")?;
        process.bytes().all(|byte| byte.is_ascii_digit()).then_some(text.trim_end())
    });
    let mut reports: Vec<String> = Vec::new();
    let mut frames = FRAMES;
    for line in lines {
        if line.contains("depends on uninit")
            || line.starts_with("Use of uninit")
            || line.contains("contains uninit")
        {
            reports.push(line.trim().to_owned());
            frames = 0;
        } else if let Some((_, function)) =
            line.trim().split_once(": ").filter(|_| line.starts_with("   ") && frames < FRAMES)
        {
            frames += 1;
            let report = reports.last_mut().unwrap();
            report.push_str(" < ");
            report.push_str(function);
        } else {
            frames = FRAMES;
        }
    }
    reports
}

/// Whether a report is in one of these functions itself. What it calls is in another one, also where it is inlined,
/// but for closures, for what valgrind has no name of, and for the standard library.
pub(crate) fn is_in(report: &str, functions: &[&str]) -> bool {
    let nameless = |frame: &&str| {
        frame.starts_with("{closure") || frame.starts_with("UnknownInlined") || frame.contains("(library/")
    };
    let innermost = report.split(" < ").skip(1).find(|frame| !nameless(frame) && !frame.contains("bcmp"));
    let name = innermost.and_then(|frame| frame.split(" (").next()).unwrap_or_default();
    functions.iter().any(|function| name.contains(function))
}
