//! JPEG-LS (ITU-T T.87, ISO 14495-1) of one component, lossless and near-lossless. Our own: the crates are C++ or bring
//! an encoder and a DICOM toolkit along.
//!
//! Names follow the standard's where it is terser than words: A, B, C and N are the variables of a context.

use super::{Samples, check_held, markers};

/// What the markers say (T.87 C.2).
struct Parameters {
    near: i32,
    /// The largest sample.
    max: i32,
    /// Where gradients change their class (T1, T2, T3).
    thresholds: [i32; 3],
    /// After so many samples a context's sums are halved.
    reset: i32,
    /// How many values an error can have.
    range: i32,
    /// Bits of such a value.
    error_bits: u32,
    /// The longest code, in bits.
    limit: u32,
}

/// Decodes one image of `dims`, `[rows, columns]`.
///
/// # Errors
/// Another size or several components, before anything is decoded; restart intervals and mapping tables; damaged data.
pub(super) fn decode(bytes: &[u8], dims: [usize; 2]) -> Result<Samples, String> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8]).ok_or("its pixel data is no JPEG-LS image")?;
    let mut bits = None;
    let mut preset = [0; 5];
    loop {
        let (marker, segment) = markers::next(&mut rest, "JPEG-LS")?;
        match (marker, segment) {
            (0xF7, &[depth, y1, y0, x1, x0, components, ..]) => {
                let found = [u16::from_be_bytes([y1, y0]), u16::from_be_bytes([x1, x0])].map(usize::from);
                if found != dims || components != 1 || !(2..=16).contains(&depth) {
                    let ([rows, columns], [expected_rows, expected_columns]) = (found, dims);
                    return Err(format!(
                        "its JPEG-LS image is {rows} x {columns} pixels of {components} components and {depth} bits, \
                         expected {expected_rows} x {expected_columns} of 1"
                    ));
                }
                bits = Some(u32::from(depth));
            }
            (0xF8, &[1, ref values @ ..]) => {
                let (values, _) = values.as_chunks();
                preset.iter_mut().zip(values).for_each(|(to, &value)| *to = i32::from(u16::from_be_bytes(value)));
            }
            (0xDA, &[1, _, 0, near, 0, transform]) => {
                let bits = bits.ok_or("its JPEG-LS scan comes before its frame header")?;
                let parameters = Parameters::new(bits, near.into(), preset)?;
                let transform = u32::from(transform & 15);
                if transform >= bits {
                    return Err("the point transform of its JPEG-LS data is impossible".into());
                }
                // A row takes a bit at least.
                check_held(rest.len(), 8 * dims[1], dims)?;
                let values = Decoder::new(rest, parameters, dims[1]).samples(dims[0])?;
                return Ok(Samples {
                    values: values.into_iter().map(|value| value << transform).collect(),
                    bits: Some(bits),
                });
            }
            // Comments and what applications add.
            (0xE0..=0xEF | 0xFE, _) => {}
            _ => return Err(format!("its JPEG-LS data holds marker FF{marker:02X} of a kind that is not read here")),
        }
    }
}

impl Parameters {
    /// Those given, else the defaults (T.87 C.2.4.1.1).
    fn new(bits: u32, near: i32, [max, t1, t2, t3, reset]: [i32; 5]) -> Result<Self, String> {
        let max = if max == 0 { (1 << bits) - 1 } else { max };
        let clamped = |value: i32, least: i32| if value > max || value < least { least } else { value };
        let defaults = if max >= 128 {
            let factor = (max.min(4095) + 128) / 256;
            [factor + 2 + 3 * near, 4 * factor + 3 + 5 * near, 17 * factor + 4 + 7 * near]
        } else {
            let factor = 256 / (max + 1);
            [2.max(3 / factor + 3 * near), 3.max(7 / factor + 5 * near), 4.max(21 / factor + 7 * near)]
        };
        let mut thresholds = [t1, t2, t3];
        let mut least = near + 1;
        for (threshold, default) in thresholds.iter_mut().zip(defaults) {
            if *threshold == 0 {
                *threshold = clamped(default, least);
            }
            least = *threshold;
        }
        let reset = if reset == 0 { 64 } else { reset };
        let in_order = near < thresholds[0] && thresholds.is_sorted() && thresholds[2] <= max;
        if max >> bits != 0 || near > max / 2 || !in_order || reset < 3 {
            return Err("the parameters of its JPEG-LS data are impossible".into());
        }
        let range = if near == 0 { max + 1 } else { (max + 2 * near) / (2 * near + 1) + 1 };
        let ceil_log2 = |n: i32| (n as u32).next_power_of_two().trailing_zeros();
        let sample_bits = ceil_log2(max + 1).max(2);
        let limit = 2 * (sample_bits + sample_bits.max(8));
        Ok(Self { near, max, thresholds, reset, range, error_bits: ceil_log2(range), limit })
    }

    /// The class of a gradient, -4 to 4 (T.87 A.3.3).
    fn class(&self, gradient: i32) -> i32 {
        let above = |size: i32| self.thresholds.iter().filter(|&&threshold| size >= threshold).count() as i32 + 1;
        match gradient {
            g if g.abs() <= self.near => 0,
            g if g > 0 => above(g),
            g => -above(-g),
        }
    }

    /// A sample out of its prediction and error (T.87 A.4.5, A.5.3).
    fn sample(&self, prediction: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let sample = prediction + error * step;
        let sample = match sample {
            s if s < -self.near => s + self.range * step,
            s if s > self.max + self.near => s - self.range * step,
            s => s,
        };
        sample.clamp(0, self.max)
    }
}

/// What was learned of errors in one surrounding (T.87 A.2): their magnitude, their bias, its correction, their count. For
/// the two contexts that end a run `b` counts negative errors.
#[derive(Clone, Copy)]
struct Context {
    a: i64,
    b: i32,
    c: i32,
    n: i32,
}

/// How long runs are taken to be, by how they went so far: the binary logarithm (J, T.87 A.2.1).
const RUN_LOGS: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// The contexts of a run's end come after the 364 of gradients (and an unused one).
const RUN_CONTEXTS: usize = 365;

struct Decoder<'a> {
    bits: JpegLsBits<'a>,
    parameters: Parameters,
    contexts: Vec<Context>,
    /// Index into [`RUN_LOGS`].
    run: usize,
    /// The row above and this one, with one sample more on either side (T.87 A.2.1).
    above: Vec<i32>,
    row: Vec<i32>,
}

impl<'a> Decoder<'a> {
    fn new(bytes: &'a [u8], parameters: Parameters, width: usize) -> Self {
        let a = i64::from((parameters.range + 32) / 64).max(2);
        Self {
            bits: JpegLsBits { bytes, at: 0, held: 0, left: 0 },
            contexts: vec![Context { a, b: 0, c: 0, n: 1 }; RUN_CONTEXTS + 2],
            parameters,
            run: 0,
            above: vec![0; width + 2],
            row: vec![0; width + 2],
        }
    }

    fn samples(mut self, rows: usize) -> Result<Vec<u32>, String> {
        let width = self.row.len() - 2;
        let mut samples = Vec::with_capacity(rows * width);
        for _ in 0..rows {
            std::mem::swap(&mut self.above, &mut self.row);
            self.above[width + 1] = self.above[width];
            self.row[0] = self.above[1];
            let mut x = 1;
            while x <= width {
                let [left, above, corner, right] =
                    [self.row[x - 1], self.above[x], self.above[x - 1], self.above[x + 1]];
                let classes = [right - above, above - corner, corner - left].map(|d| self.parameters.class(d));
                if classes == [0; 3] {
                    x = self.run(x)?;
                } else {
                    self.row[x] = self.regular(classes, [left, above, corner])?;
                    x += 1;
                }
            }
            samples.extend(self.row[1..=width].iter().map(|&sample| sample as u32));
        }
        Ok(samples)
    }

    /// A sample among unequal ones (T.87 A.4 to A.6).
    fn regular(&mut self, classes: [i32; 3], [left, above, corner]: [i32; 3]) -> Result<i32, String> {
        let parameters = &self.parameters;
        let index = 81 * classes[0] + 9 * classes[1] + classes[2];
        let sign = index.signum();
        let context = &mut self.contexts[index.unsigned_abs() as usize];
        let median = if corner >= left.max(above) {
            left.min(above)
        } else if corner <= left.min(above) {
            left.max(above)
        } else {
            left + above - corner
        };
        let prediction = (median + sign * context.c).clamp(0, parameters.max);
        let k = golomb(context.n, context.a);
        let mapped = self.bits.golomb(k, parameters.limit, parameters.error_bits)?;
        let flipped = parameters.near == 0 && k == 0 && 2 * context.b <= -context.n;
        let error = match (mapped & 1 == 1, flipped) {
            (false, false) => mapped / 2,
            (true, false) => -(mapped + 1) / 2,
            (true, true) => mapped / 2,
            (false, true) => -(mapped / 2) - 1,
        };
        if error.abs() > parameters.range {
            return Err("its JPEG-LS data holds an impossible error".into());
        }
        context.b += error * (2 * parameters.near + 1);
        context.a += i64::from(error.abs());
        if context.n == parameters.reset {
            (context.a, context.b, context.n) = (context.a >> 1, context.b >> 1, context.n >> 1);
        }
        context.n += 1;
        // The bias is kept within ]-n, 0] by moving the correction (A.6.2).
        if context.b <= -context.n {
            context.b = (context.b + context.n).max(1 - context.n);
            context.c = (context.c - 1).max(-128);
        } else if context.b > 0 {
            context.b = (context.b - context.n).min(0);
            context.c = (context.c + 1).min(127);
        }
        Ok(parameters.sample(prediction, sign * error))
    }

    /// A run from `x`, and the sample that ends it unless the row does (T.87 A.7). Gives where to go on.
    fn run(&mut self, mut x: usize) -> Result<usize, String> {
        let width = self.row.len() - 2;
        let value = self.row[x - 1];
        while self.bits.take(1)? == 1 {
            let length = 1 << RUN_LOGS[self.run];
            let end = (x + length).min(width + 1);
            self.row[x..end].fill(value);
            if end - x == length {
                self.run = (self.run + 1).min(31);
            }
            x = end;
            if x > width {
                return Ok(x);
            }
        }
        let log = RUN_LOGS[self.run];
        let end = x + self.bits.take(log)? as usize;
        if end > width {
            return Err("a run of its JPEG-LS data is longer than its row".into());
        }
        self.row[x..end].fill(value);
        self.row[end] = self.run_end(value, self.above[end], log)?;
        self.run = self.run.saturating_sub(1);
        Ok(end + 1)
    }

    /// The sample that differs after a run (T.87 A.7.2).
    fn run_end(&mut self, left: i32, above: i32, log: u32) -> Result<i32, String> {
        let parameters = &self.parameters;
        let is_alike = (left - above).abs() <= parameters.near;
        let kind = i32::from(is_alike);
        let context = &mut self.contexts[RUN_CONTEXTS + usize::from(is_alike)];
        let k = golomb(context.n, context.a + i64::from(if is_alike { context.n >> 1 } else { 0 }));
        let mapped = self.bits.golomb(k, parameters.limit - log - 1, parameters.error_bits)?;
        let folded = mapped + kind;
        let size = (folded + 1) / 2;
        if size > parameters.range {
            return Err("its JPEG-LS data holds an impossible error".into());
        }
        let is_negative = (k != 0 || 2 * context.b >= context.n) == (folded & 1 == 1);
        let error = if is_negative { -size } else { size };
        context.b += i32::from(error < 0);
        context.a += i64::from((mapped + 1 - kind) >> 1);
        if context.n == parameters.reset {
            (context.a, context.b, context.n) = (context.a >> 1, context.b >> 1, context.n >> 1);
        }
        context.n += 1;
        let (prediction, sign) = match is_alike {
            true => (left, 1),
            false => (above, if left > above { -1 } else { 1 }),
        };
        Ok(parameters.sample(prediction, sign * error))
    }
}

/// The parameter of a Golomb code for errors of the mean size `a / n` (T.87 A.5.1).
fn golomb(n: i32, a: i64) -> u32 {
    (0..32).find(|&k| i64::from(n) << k >= a).unwrap_or(32)
}

/// Reads bits, highest first, up to a marker. After a byte FF the next one has only seven (T.87 A.1).
struct JpegLsBits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The low `left` bits are still to be read.
    held: u64,
    left: u32,
}

impl JpegLsBits<'_> {
    /// At most 32 bits.
    fn take(&mut self, count: u32) -> Result<u32, String> {
        while self.left < count {
            self.fill()?;
        }
        self.left -= count;
        Ok((self.held >> self.left) as u32 & ((1_u64 << count) - 1) as u32)
    }

    fn fill(&mut self) -> Result<(), String> {
        let is_after_ff = self.at > 0 && self.bytes.get(self.at - 1) == Some(&0xFF);
        let width = if is_after_ff { 7 } else { 8 };
        let byte = match self.bytes.get(self.at..) {
            None | Some([] | [0xFF, 0x80..=0xFF, ..]) => None,
            Some([byte, ..]) => Some(*byte).filter(|byte| byte >> (width - 1) <= 1),
        };
        let byte = byte.ok_or("its JPEG-LS data ends before its image does")?;
        self.held = self.held << width | u64::from(byte);
        self.left += width;
        self.at += 1;
        Ok(())
    }

    /// A number by its limited Golomb code (T.87 A.5.3).
    fn golomb(&mut self, k: u32, limit: u32, error_bits: u32) -> Result<i32, String> {
        let longest = limit - error_bits - 1;
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > longest {
                return Err("its JPEG-LS data holds an impossible code".into());
            }
        }
        let value = match zeros {
            _ if zeros < longest => u64::from(zeros) << k | u64::from(self.take(k)?),
            _ => u64::from(self.take(error_bits)?) + 1,
        };
        i32::try_from(value)
            .ok()
            .filter(|&value| value < 1 << 24)
            .ok_or("its JPEG-LS data holds an impossible number".into())
    }
}
