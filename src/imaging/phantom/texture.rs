//! Noise from integer hashes: smooth noise for surfaces and tissue, and the grain of a CT image. No
//! shapes here.

use super::point::Point;

/// Smooth noise in -1 to 1 at `p`, with about one bump per `scale_mm`.
pub(super) fn lattice(p: Point, scale_mm: f32, seed: u32) -> f32 {
    // Far enough from zero that dropping the fraction rounds down.
    let q = p.map(|c| c / scale_mm + 8192.0);
    let [x, y, z] = q.map(|c| c as i32);
    let [u, v, w] = [(q[0], x), (q[1], y), (q[2], z)].map(|(c, cell)| {
        let t = c - cell as f32;
        t * t * (3.0 - 2.0 * t)
    });
    let keys = |cell: i32, prime: u32| [(cell as u32).wrapping_mul(prime), (cell as u32 + 1).wrapping_mul(prime)];
    let (xs, ys, zs) = (keys(x, 0x8DA6_B343), keys(y, 0xD816_3841), keys(z, 0xCB1A_B31F));
    let seed = seed.wrapping_mul(0x9E37_79B9);
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let row = |y: u32, z: u32| mix(scatter(xs[0] ^ y ^ z ^ seed), scatter(xs[1] ^ y ^ z ^ seed), u);
    let plane = |z: u32| mix(row(ys[0], z), row(ys[1], z), v);
    mix(plane(zs[0]), plane(zs[1]), w)
}

/// A value in -1 to 1 that looks unrelated to `key`.
fn scatter(key: u32) -> f32 {
    let mut h = (key ^ (key >> 16)).wrapping_mul(0x7FEB_352D);
    h = (h ^ (h >> 15)).wrapping_mul(0x846C_A68B);
    (h >> 8) as i32 as f32 * (1.0 / 8_388_608.0) - 1.0
}

/// Noise of one CT slice, `[y, x]`: close to Gaussian, standard deviation 1, correlated between
/// neighbours by the weight `side` (0 to 0.25) that each takes of the two beside it.
pub(super) fn ct_noise([height, width]: [usize; 2], side: f32, seed: u64) -> Vec<f32> {
    let middle = 1.0 - 2.0 * side;
    // Per axis, three independent values weighted so leave this much of the variance; before it,
    // 4/12.
    let kept = middle * middle + 2.0 * side * side;
    let scale = 3.0f32.sqrt() / kept;
    let mut state = seed;
    let mut white = vec![0.0; width + 2];
    let mut rows = Vec::with_capacity((height + 2) * width);
    for _ in 0..height + 2 {
        white.iter_mut().for_each(|value| *value = scale * nearly_gaussian(&mut state));
        rows.extend(white.windows(3).map(|beside| middle * beside[1] + side * (beside[0] + beside[2])));
    }
    let (above, below) = (&rows, &rows[2 * width..]);
    let beside = above.iter().zip(below).map(|(a, b)| a + b);
    rows[width..].iter().zip(beside).map(|(value, beside)| middle * value + side * beside).collect()
}

/// Sum of four uniform values, about 0, variance 4/12 (Irwin-Hall), from a SplitMix64 step.
fn nearly_gaussian(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    let sum = (z & 0xFFFF) + ((z >> 16) & 0xFFFF) + ((z >> 32) & 0xFFFF) + (z >> 48);
    sum as f32 / 65_536.0 - 2.0
}
