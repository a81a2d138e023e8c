// SPDX-License-Identifier: MIT OR Apache-2.0
//! A body in memory, within a bound that holds before and while it arrives.

use crate::Error;
use bytes::{BufMut, Bytes, BytesMut};
use core::{future::poll_fn, pin::pin};
use http::{HeaderMap, header::CONTENT_LENGTH};
use http_body::Body;

/// The longest body that a layer takes unless told otherwise, in bytes: what axum takes, too.
pub(super) const MAX_BODY: usize = 2 * 1024 * 1024;

/// The whole body. Memory is taken as it arrives, not as it is announced, and not for each of many small frames.
///
/// # Errors
/// [`Error::TooLarge`] above `limit` bytes; [`Error::Malformed`] when it breaks off.
pub(super) async fn collect<B: Body>(headers: &HeaderMap, body: B, limit: usize) -> Result<Bytes, Error> {
    let length = headers.get(CONTENT_LENGTH).map(announced).transpose()?.unwrap_or_default();
    let fits = |length: u64| usize::try_from(length).is_ok_and(|length| length <= limit);
    if !fits(length) || !fits(body.size_hint().lower()) {
        return Err(Error::TooLarge);
    }
    let mut body = pin!(body);
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Error::Malformed)?.into_data() else { continue };
        if bytes::Buf::remaining(&data) > limit.saturating_sub(bytes.len()) {
            return Err(Error::TooLarge);
        }
        bytes.put(data);
    }
    Ok(bytes.freeze())
}

fn announced(value: &http::HeaderValue) -> Result<u64, Error> {
    value.to_str().ok().and_then(|text| text.parse().ok()).ok_or(Error::Malformed)
}
