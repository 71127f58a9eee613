//! JPEG (ITU-T T.81) of one component, Huffman coded: sequential DCT of 8 and 12 bits, and lossless of 2 to 16 bits.
//!
//! That is processes 1, 2, 4 and 14, all that DICOM's living JPEG syntaxes hold of CT. Our own, since crates read 12-bit DCT
//! in no way and lossless in part, and the three share their markers and codes.
//! Markers and tables are read here; [`dct`] and [`lossless`] decode the one scan.

mod bits;
mod dct;
mod lossless;

use self::bits::{Huffman, JpegBits};
use super::{Samples, check_held, markers};

/// A sample takes a bit at least.
const LOSSLESS_PIXELS_PER_BYTE: usize = 8;
/// 64 samples take a code for their mean and one for the others, of a bit each at least.
const DCT_PIXELS_PER_BYTE: usize = 256;

/// What the markers before a scan set up (T.81 B.2).
#[derive(Default)]
struct Tables {
    /// Quantization, in zigzag order.
    quantization: [Option<[u16; 64]>; 4],
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    /// Blocks or samples between restarts; 0 for none.
    restart: usize,
}

/// The frame header (T.81 B.2.2).
struct Frame {
    is_lossless: bool,
    bits: u32,
    rows: usize,
    columns: usize,
    component: u8,
    quantization: usize,
}

/// The scan header (T.81 B.2.3).
struct Scan {
    dc: usize,
    ac: usize,
    /// Ss: the predictor, if lossless.
    start: u8,
    /// Se and, in one byte, Ah and Al.
    end: u8,
    approximation: u8,
}

/// Decodes one image of `dims`, `[rows, columns]`.
///
/// # Errors
/// Another size or several components, before anything is decoded; other processes; damaged data.
pub(super) fn decode(bytes: &[u8], dims: [usize; 2]) -> Result<Samples, String> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8]).ok_or("its pixel data is no JPEG image")?;
    let mut tables = Tables::default();
    let mut frame = None;
    loop {
        let (marker, segment) = markers::next(&mut rest, "JPEG")?;
        match marker {
            0xC0 | 0xC1 | 0xC3 => frame = Some(frame_header(marker, segment, dims)?),
            0xC4 => huffman_tables(segment, &mut tables)?,
            0xDB => quantization_tables(segment, &mut tables)?,
            0xDD => {
                let [high, low] = *segment else { return Err(markers::cut_short("JPEG")) };
                tables.restart = usize::from(u16::from_be_bytes([high, low]));
            }
            0xDA => {
                let frame: Frame = frame.ok_or("its JPEG scan comes before its frame header")?;
                let scan = scan_header(segment, &frame)?;
                let values = if frame.is_lossless {
                    check_held(rest.len(), LOSSLESS_PIXELS_PER_BYTE, dims)?;
                    lossless::decode(rest, &frame, &scan, &tables)?
                } else {
                    check_held(rest.len(), DCT_PIXELS_PER_BYTE, dims)?;
                    dct::decode(rest, &frame, &scan, &tables)?
                };
                return Ok(Samples { values, bits: Some(frame.bits) });
            }
            0xC2 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                let process = marker - 0xC0;
                return Err(format!("its JPEG data is of kind SOF{process}, expected a sequential or a lossless one"));
            }
            0xD8 | 0xD9 => return Err("its JPEG data ends before its image".into()),
            // Comments and what applications add.
            _ => {}
        }
    }
}

fn frame_header(marker: u8, segment: &[u8], dims: [usize; 2]) -> Result<Frame, String> {
    let &[bits, y1, y0, x1, x0, components, ref specs @ ..] = segment else {
        return Err("its JPEG frame header is cut short".into());
    };
    let (rows, columns) = (usize::from(u16::from_be_bytes([y1, y0])), usize::from(u16::from_be_bytes([x1, x0])));
    if [rows, columns] != dims {
        let [expected_rows, expected_columns] = dims;
        return Err(format!(
            "its JPEG image is {rows} x {columns} pixels, its attributes say {expected_rows} x {expected_columns}"
        ));
    }
    let (1, &[component, _, quantization]) = (components, specs) else {
        return Err(format!("its JPEG image has {components} components, expected 1"));
    };
    let is_lossless = marker == 0xC3;
    if !(if is_lossless { (2..=16).contains(&bits) } else { matches!(bits, 8 | 12) }) {
        return Err(format!("its JPEG samples have {bits} bits, expected 8 or 12, or if lossless 2 to 16"));
    }
    Ok(Frame { is_lossless, bits: bits.into(), rows, columns, component, quantization: usize::from(quantization) })
}

fn scan_header(segment: &[u8], frame: &Frame) -> Result<Scan, String> {
    let &[1, component, tables, start, end, approximation] = segment else {
        return Err("its JPEG scan is not of one component".into());
    };
    if component != frame.component {
        return Err("its JPEG scan is of a component that its frame header does not name".into());
    }
    Ok(Scan { dc: usize::from(tables >> 4), ac: usize::from(tables & 15), start, end, approximation })
}

/// T.81 B.2.4.2: 16 counts of codes by length, then their symbols; several tables may follow one another.
fn huffman_tables(mut segment: &[u8], tables: &mut Tables) -> Result<(), String> {
    let damaged = || "a Huffman table of its JPEG data is damaged".to_string();
    while let Some((&which, rest)) = segment.split_first() {
        let counts: &[u8; 16] = rest.first_chunk().ok_or_else(damaged)?;
        let total = counts.iter().map(|&count| usize::from(count)).sum();
        let symbols = rest[16..].get(..total).ok_or_else(damaged)?;
        let kind = if which >> 4 == 0 { &mut tables.dc } else { &mut tables.ac };
        *kind.get_mut(usize::from(which & 15)).ok_or_else(damaged)? =
            Some(Huffman::new(counts, symbols).ok_or_else(damaged)?);
        segment = &rest[16 + total..];
    }
    Ok(())
}

/// T.81 B.2.4.1.
fn quantization_tables(mut segment: &[u8], tables: &mut Tables) -> Result<(), String> {
    let damaged = || "a quantization table of its JPEG data is damaged".to_string();
    while let Some((&which, rest)) = segment.split_first() {
        let wide = which >> 4 != 0;
        let bytes = rest.get(..if wide { 128 } else { 64 }).ok_or_else(damaged)?;
        let mut table = [0; 64];
        for (index, step) in table.iter_mut().enumerate() {
            *step =
                if wide { u16::from_be_bytes([bytes[2 * index], bytes[2 * index + 1]]) } else { bytes[index].into() };
        }
        *tables.quantization.get_mut(usize::from(which & 15)).ok_or_else(damaged)? = Some(table);
        segment = &rest[bytes.len()..];
    }
    Ok(())
}

fn table<T>(tables: &[Option<T>; 4], index: usize) -> Result<&T, String> {
    tables.get(index).and_then(Option::as_ref).ok_or_else(|| "its JPEG scan names a table that is not there".into())
}
