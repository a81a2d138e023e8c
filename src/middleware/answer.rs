// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a peer is told when it is refused: a status, and nothing else.

use crate::Error;
use http::{Response, StatusCode};

/// An answer of a layer with an empty body. The reason is in its extensions, and with the layer's name in the log.
pub(super) fn refusal<R: Default>(layer: &'static str, error: Error) -> Response<R> {
    refusal_with(layer, error.into(), error)
}

/// The same with another status than the error's own.
pub(super) fn refusal_with<R: Default>(layer: &'static str, status: StatusCode, error: Error) -> Response<R> {
    let mut response = Response::new(R::default());
    *response.status_mut() = status;
    tracing::info!(layer, status = status.as_u16(), reason = %error, "refused");
    response.extensions_mut().insert(error);
    response
}
