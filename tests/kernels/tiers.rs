// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every tier in turn.

use chancery::hazmat::Tier;
use std::sync::{Mutex, PoisonError};

/// The limit holds for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Calls `with_limit` for each tier above the portable one; says which are not of this machine. Keys made in
/// `portable` are of the crates underneath, those made in `run` of the tier.
pub(crate) fn beside_portable<P>(name: &str, portable: impl Fn() -> P, run: impl Fn(&P, Tier)) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    Tier::Portable.limit();
    let portable = portable();
    for tier in Tier::ALL {
        if tier > Tier::of_this_machine() {
            println!("{name}: {tier:?} absent");
            continue;
        }
        tier.limit();
        run(&portable, tier);
        println!("{name}: {tier:?} run");
    }
}
