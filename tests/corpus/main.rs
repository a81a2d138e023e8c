// SPDX-License-Identifier: MIT OR Apache-2.0
//! The inputs of `fuzz/corpus/`, through the functions that the fuzz targets run.
//!
//! With `CHANCERY_WRITE_CORPUS=1` the seeds are written instead of compared. An input that a target once failed
//! on is put beside them, under a name of its own.

#[cfg(all(feature = "hazmat", feature = "http", feature = "jwt"))]
#[path = "../../fuzz/entries/mod.rs"]
mod entries;
#[cfg(all(feature = "hazmat", feature = "http", feature = "jwt"))]
mod replay;

#[cfg(not(all(feature = "hazmat", feature = "http", feature = "jwt")))]
#[test]
fn without_hazmat_http_and_jwt_nothing_is_replayed() {
    println!("corpus: NOT RUN without the features `hazmat`, `http` and `jwt`: the inputs of fuzz/corpus");
}
