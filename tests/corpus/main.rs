// SPDX-License-Identifier: MIT OR Apache-2.0
//! The inputs of `fuzz/corpus/`, through the functions that the fuzz targets run.
//!
//! With `CHANCERY_WRITE_CORPUS=1` the seeds are written instead of compared. An input that a target once failed
//! on is put beside them, under a name of its own.

#[cfg(all(feature = "hazmat", feature = "jwt", feature = "tower"))]
#[path = "../../fuzz/entries/mod.rs"]
mod entries;
#[cfg(all(feature = "hazmat", feature = "jwt", feature = "tower"))]
mod replay;

#[cfg(not(all(feature = "hazmat", feature = "jwt", feature = "tower")))]
#[test]
fn without_hazmat_jwt_and_tower_nothing_is_replayed() {
    println!("corpus: NOT RUN without the features `hazmat`, `jwt` and `tower`: the inputs of fuzz/corpus");
}
