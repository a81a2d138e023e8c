// SPDX-License-Identifier: MIT OR Apache-2.0
//! A case on every tier of kernels that this machine has: a limit of the whole process, so one case at a time.

use crate::report::Verdict;

/// The verdict of the last tier, or the first that is not good.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
pub(crate) fn each(case: impl Fn() -> Verdict) -> Verdict {
    use chancery::hazmat::Tier;
    use std::sync::{Mutex, Once, PoisonError};

    static LIMIT: Mutex<()> = Mutex::new(());
    static SAID: Once = Once::new();
    let here = Tier::of_this_machine();
    SAID.call_once(|| {
        for tier in Tier::ALL {
            println!("conformance: kernels, {tier:?}: {}", if tier <= here { "run" } else { "absent" });
        }
    });

    let _alone = LIMIT.lock().unwrap_or_else(PoisonError::into_inner);
    Tier::Portable.limit();
    let mut verdict = case();
    for tier in Tier::ALL.into_iter().filter(|tier| *tier > Tier::Portable && *tier <= here) {
        tier.limit();
        verdict = case();
        if verdict.is_err() {
            verdict = verdict.map_err(|why| format!("{tier:?}: {why}"));
            break;
        }
    }
    here.limit();
    verdict
}

/// Without kernels there is one.
#[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
pub(crate) fn each(case: impl Fn() -> Verdict) -> Verdict {
    case()
}
