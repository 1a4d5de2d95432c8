//! Bounds for a share of which a few cases were seen: Jeffreys' interval.
//!
//! Of h hosts among H the share of all hosts is believed to be distributed as Beta(h + ½, H − h + ½); its
//! quantiles are the bounds. The incomplete beta function is the continued fraction of DLMF 8.17.22, evaluated
//! by Lentz's method; its inverse is found by bisection, which needs no start and cannot go astray.

use std::f64::consts::PI;

/// How sure the bounds are, on either side.
const TAIL: f64 = 0.05;
/// Halvings of [0, 1]: beyond what a `f64` between them can tell apart.
const HALVINGS: u32 = 60;
/// Terms of the continued fraction. It takes about the root of the larger parameter: 2,000 for four million.
const MAX_TERMS: u32 = 20_000;

/// The share that is exceeded with 95 % certainty, where `some` of `all` have been seen.
pub(super) fn lower(some: u64, all: u64) -> f64 {
    jeffreys(TAIL, some, all)
}

/// The share that is not reached with 95 % certainty.
pub(super) fn upper(some: u64, all: u64) -> f64 {
    jeffreys(1.0 - TAIL, some, all)
}

fn jeffreys(level: f64, some: u64, all: u64) -> f64 {
    let rest = all.saturating_sub(some);
    quantile(level, some as f64 + 0.5, rest as f64 + 0.5)
}

/// Where the distribution function of Beta(a, b) reaches a level.
fn quantile(level: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if distribution(middle, a, b) < level { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function.
fn distribution(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges fast on one side of the mean only; the other follows by symmetry.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction, by Lentz's method as modified by Thompson and Barnett.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for term in 1..=MAX_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / kept_from_zero(1.0 + coefficient * d);
            c = kept_from_zero(1.0 + coefficient / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0, after Lanczos with g = 7 and nine terms (Godfrey's coefficients).
fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const FIRST: f64 = 0.999_999_999_999_809_9;
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let sum: f64 =
        (1u32..).zip(TERMS).map(|(place, term)| term / (x + f64::from(place))).sum::<f64>() + FIRST;
    let t = x + G + 0.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}
