// SPDX-License-Identifier: MIT OR Apache-2.0
//! Those who seal a message to new bytes, and open these to a new message: what `hpke.rs`, `envelope.rs` and `sealed.rs` have in
//! common.

use crate::race::{Contender, Job};
use std::hint::black_box;

type Make = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// Both sides of one format, keys set up once.
pub(crate) struct Party {
    name: &'static str,
    remark: &'static str,
    /// Those of one format open what the others have sealed.
    format: &'static str,
    seal: Make,
    open: Make,
}

impl Party {
    pub(crate) fn new(
        name: &'static str,
        format: &'static str,
        seal: impl Fn(&[u8]) -> Vec<u8> + 'static,
        open: impl Fn(&[u8]) -> Vec<u8> + 'static,
    ) -> Self {
        Self { name, remark: "", format, seal: Box::new(seal), open: Box::new(open) }
    }

    pub(crate) fn remark(self, remark: &'static str) -> Self {
        Self { remark, ..self }
    }
}

/// Sealing and opening at these sizes.
pub(crate) fn jobs(name: &str, sizes: &[usize], parties: fn() -> Vec<Party>) -> Vec<Job> {
    let seal = sizes.iter().map(|size| {
        let size = *size;
        Job::new(format!("{name}: seal"), size, move || {
            let (message, parties) = (vec![0x55; size], parties());
            check(&message, &parties);
            let seal = |Party { name, remark, seal, .. }| {
                let message = message.clone();
                Contender::new(name, move || seal(black_box(&message))).remark(remark)
            };
            parties.into_iter().map(seal).collect()
        })
    });
    let open = sizes.iter().map(|size| {
        let size = *size;
        Job::new(format!("{name}: open"), size, move || {
            let (message, parties) = (vec![0x55; size], parties());
            check(&message, &parties);
            let open = |Party { name, remark, seal, open, .. }| {
                let sealed = seal(&message);
                Contender::new(name, move || open(black_box(&sealed))).remark(remark)
            };
            parties.into_iter().map(open).collect()
        })
    });
    seal.chain(open).collect()
}

fn check(message: &[u8], parties: &[Party]) {
    for from in parties {
        let sealed = (from.seal)(message);
        for to in parties.iter().filter(|to| to.format == from.format) {
            assert!((to.open)(&sealed) == message, "{} does not open what {} has sealed", to.name, from.name);
        }
    }
}
