// SPDX-License-Identifier: MIT OR Apache-2.0
//! Points of edwards25519, eight at once, one in each lane; from and to their encodings.
//!
//! Points are (X : Y : Z : T), x = X/Z, y = Y/Z, xy = T/Z, on -x^2 + y^2 = 1 + d x^2 y^2; addition and doubling are those
//! of Hisil, Wong, Carter and Dawson 2008, which are complete: no case is special.

#![expect(clippy::large_types_passed_by_value, reason = "they are registers")]

use crate::kernel::{
    field25519::{Factor4, Factor8, Limbs, Sum8, from_bytes, to_bytes},
    inverse25519::invert,
};
use core::arch::x86_64::{
    __m512i, _mm512_castsi512_si256, _mm512_extracti64x4_epi64, _mm512_permutex_epi64, _mm512_shuffle_i64x2,
};

pub(super) const TWICE_D: Limbs =
    [0x6_9b94_26b2_f159, 0x3_5050_762a_dd7a, 0x3_cf44_c003_8052, 0x6_738c_c740_7977, 0x2_406d_9dc5_6dff];
/// The square root of -486664, which takes curve25519 to edwards25519 (RFC 7748 section 4.1).
const ROOT: Limbs =
    [0x6_04aa_ff45_7e06, 0x2_296f_a350_598d, 0x7_f13d_fb16_874f, 0x3_5de9_3d84_6e01, 0xf26e_df46_0a00];
const ROOT_OF_MINUS_ONE: Limbs =
    [0x6_1b27_4a0e_a0b0, 0xd5a5_fc8f_189d, 0x7_ef5e_9cbd_0c60, 0x7_8595_a680_4c9e, 0x2_b832_4804_fc1d];
const A: Limbs = [486_662, 0, 0, 0, 0];
pub(super) const ONE: Limbs = [1, 0, 0, 0, 0];

/// Eight points. T is needed as a factor only.
#[derive(Clone, Copy)]
pub(super) struct Points {
    pub(super) x: Sum8,
    pub(super) y: Sum8,
    pub(super) z: Sum8,
    pub(super) t: Factor8,
}

/// Eight points to be added: Y + X, Y - X, 2Z and 2dT; no 2Z of affine points.
#[derive(Clone, Copy)]
pub(super) struct Summands {
    pub(super) plus: Factor8,
    pub(super) minus: Factor8,
    pub(super) z: Option<Factor8>,
    pub(super) t: Factor8,
}

impl Points {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn neutral() -> Self {
        let (zero, one) = (Factor8::splat([0; 5]), Factor8::splat(ONE).sum());
        Self { x: zero.sum(), y: one, z: one, t: zero }
    }

    /// ```text
    /// A = X^2, B = Y^2, C = 2 Z^2, H = A + B, E = H - (X + Y)^2, G = A - B, F = C + G
    /// X = E F, Y = G H, T = E H, Z = F G
    /// ```
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn double(self) -> Self {
        let [a, b, z2] = [self.x, self.y, self.z].map(|coordinate| coordinate.carry().square());
        let (g, h) = (a.minus(b), a.plus(b));
        let e = h.sum().minus(self.x.plus(self.y).square());
        let f = z2.twice().plus(g.sum());
        Self::of(e, f, g, h)
    }

    /// ```text
    /// A = (Y1 - X1)(Y2 - X2), B = (Y1 + X1)(Y2 + X2), C = T1 2d T2, D = Z1 2 Z2
    /// E = B - A, F = D - C, G = D + C, H = B + A
    /// X = E F, Y = G H, T = E H, Z = F G
    /// ```
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn add(self, other: Summands) -> Self {
        let a = self.y.minus(self.x).mul(other.minus);
        let b = self.y.plus(self.x).mul(other.plus);
        let c = self.t.mul(other.t);
        let d = other.z.map_or_else(|| self.z.twice(), |z| self.z.carry().mul(z));
        Self::of(b.minus(a), d.minus(c), d.plus(c), b.plus(a))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn of(e: Factor8, f: Factor8, g: Factor8, h: Factor8) -> Self {
        Self { x: e.mul(f), y: g.mul(h), z: f.mul(g), t: e.mul(h).carry() }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn summands(self) -> Summands {
        let t = self.t.mul(Factor8::splat(TWICE_D)).carry();
        let z = Some(self.z.twice().carry());
        Summands { plus: self.y.plus(self.x), minus: self.y.minus(self.x), z, t }
    }

    /// Each lane with the sum of itself and the one that `f` brings to it.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn fold(self, f: impl Fn(__m512i) -> __m512i) -> Self {
        let Self { x, y, z, t } = self;
        self.add(Self { x: x.map(&f), y: y.map(&f), z: z.map(&f), t: t.map(&f) }.summands())
    }

    /// The sums of the lanes 0 to 3, and of those from 4 to 7, in each of the four.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn folded(self) -> Self {
        let sums = self.fold(|word| _mm512_permutex_epi64::<0b01_00_11_10>(word));
        sums.fold(|word| _mm512_permutex_epi64::<0b10_11_00_01>(word))
    }

    /// The sums of the lanes 0 and 4, 1 and 5, 2 and 6, 3 and 7, in both of the two.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn halves_added(self) -> Self {
        self.fold(|word| _mm512_shuffle_i64x2::<0b01_00_11_10>(word, word))
    }

    /// `u = (Z + Y) / (Z - Y)` of the point that is in all lanes.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn montgomery(self) -> [u8; 32] {
        let [divisor, ..] = low(self.z.minus(self.y)).lanes();
        let [u, ..] = low(self.z.plus(self.y)).mul(Factor4::splat(invert(divisor))).carry().lanes();
        to_bytes(u)
    }

    /// That of the point in the lanes 0 to 3, and of the one in 4 to 7.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn montgomery_pair(self) -> [[u8; 32]; 2] {
        let quotient = [self.z.plus(self.y), self.z.minus(self.y)].map(|wide| {
            low(wide).blend(0b10, Factor4(wide.0.map(|limb| _mm512_extracti64x4_epi64::<1>(limb))))
        });
        let [first, second, ..] = quotient[0].mul(quotient[1].invert()).carry().lanes();
        [to_bytes(first), to_bytes(second)]
    }

    /// The encoding of the point that is in all lanes, RFC 8032 section 5.1.2: y, and the lowest bit of x on top.
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn compress(self) -> [u8; 32] {
        let [x, y, z] = [self.x, self.y, self.z].map(|coordinate| low(coordinate.carry()));
        let [z, ..] = z.lanes();
        let [x, y, ..] = x.blend(0b10, y).mul(Factor4::splat(invert(z))).carry().lanes();
        let (mut bytes, [sign, ..]) = (to_bytes(y), to_bytes(x));
        bytes[31] |= sign << 7;
        bytes
    }

    /// The points with this u-coordinate are (x, y) and (-x, y), whose multiples have the same u: one of them, in all lanes.
    /// `None` for a point of the twist and for u = 0. Public.
    ///
    /// ```text
    /// v = sqrt(u^3 + A u^2 + u), x = sqrt(-486664) u / v, y = (u - 1) / (u + 1)      RFC 7748 section 4.1
    /// ```
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn from_u_vartime(u: Limbs) -> Option<Self> {
        let (u, one) = (Factor8::splat(u), Factor8::splat(ONE));
        let w = u.square().plus(u.mul(Factor8::splat(A))).sum().plus(one.sum()).mul(u).carry();
        // A square root, if there is one, is w^((p + 3) / 8) = w^(2^252 - 2), or that times the root of -1.
        let (p250, _) = w.power_250();
        let root = p250.square().carry().square().carry().mul(w).carry().mul(w).carry();
        let roots = [root, root.mul(Factor8::splat(ROOT_OF_MINUS_ONE)).carry()];
        let v = roots.into_iter().find(|root| bytes(root.square().carry()) == bytes(w))?;

        let (above, below) = (u.sum().plus(one.sum()), u.sum().minus(one.sum()));
        let x = u.mul(Factor8::splat(ROOT)).carry();
        let z = v.mul(above);
        let point = Self { x: x.mul(above), y: below.mul(v), z, t: x.mul(below).carry() };
        (bytes(z.carry()) != [0; 32]).then_some(point)
    }

    /// The point of an encoding, RFC 8032 section 5.1.3, in all lanes; `None` for no point and for those of order 1 and 2. Public.
    ///
    /// ```text
    /// u = (1 + y) / (1 - y)      RFC 7748 section 4.1
    /// ```
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    pub(super) fn decompress_vartime(encoded: &[u8; 32]) -> Option<Self> {
        let (y, one) = (Factor8::splat(from_bytes(encoded)).sum(), Factor8::splat(ONE).sum());
        let u = one.plus(y).mul(one.minus(y).invert()).carry();
        let point = Self::from_u_vartime(from_bytes(&bytes(u)))?;
        let x = point.x.carry().mul(point.z.carry().invert()).carry();
        let same_sign = bytes(x)[0] & 1 == encoded[31] >> 7;
        Some(if same_sign { point } else { point.negative() })
    }

    /// `-(x, y) = (-x, y)`
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
    fn negative(self) -> Self {
        let minus = |x: Sum8| Factor8::splat([0; 5]).sum().minus(x);
        Self { x: minus(self.x).sum(), t: minus(self.t.sum()), ..self }
    }
}

/// The lanes 0 to 3.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn low(wide: Factor8) -> Factor4 {
    Factor4(wide.0.map(|limb| _mm512_castsi512_si256(limb)))
}

/// What is in all lanes, and public.
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512ifma")]
fn bytes(element: Factor8) -> [u8; 32] {
    to_bytes(element.lanes()[0])
}
