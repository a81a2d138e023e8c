// SPDX-License-Identifier: MIT OR Apache-2.0
//! The RSA key of RFC 7515, appendix A.2, which everybody knows, and signatures by it.

use base64ct::{Base64UrlUnpadded, Encoding};
use rsa::{
    BoxedUint, PrivateKey, pkcs1v15, pss,
    rand_core::{TryCryptoRng, TryRng},
    sha2::Sha256,
    signature::{RandomizedSigner, SignatureEncoding, Signer},
};
use std::convert::Infallible;

pub(crate) const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
const P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
const Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";

fn number(text: &str) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(&Base64UrlUnpadded::decode_vec(text).unwrap())
}

fn private() -> PrivateKey {
    let primes = [P, Q].map(number).to_vec();
    PrivateKey::from_components(number(N), BoxedUint::from(65537_u32), number(D), primes).unwrap()
}

/// `RS256`.
pub(crate) fn pkcs1v15(input: &str) -> Vec<u8> {
    pkcs1v15::SigningKey::<Sha256>::new(private()).sign(input.as_bytes()).to_vec()
}

/// `PS256`, if the salt has 32 bytes.
pub(crate) fn pss(input: &str, salt: usize) -> Vec<u8> {
    let key = pss::SigningKey::<Sha256>::new_with_salt_len(private(), salt);
    key.sign_with_rng(&mut Sevens, input.as_bytes()).to_vec()
}

/// Salts that are no secret.
struct Sevens;

impl TryRng for Sevens {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x0707_0707)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x0707_0707_0707_0707)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Sevens {}
