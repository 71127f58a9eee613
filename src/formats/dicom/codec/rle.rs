//! RLE Lossless (PS3.5 G): one segment of run lengths for each byte of a sample, the highest byte first.

use super::check_held;

/// Two bytes repeat one up to 128 times.
const BYTES_PER_BYTE: usize = 64;

/// Decodes a frame of `dims`, `[rows, columns]`, whose samples have `sample_bytes` bytes.
///
/// # Errors
/// More pixels than its bytes can hold; another number of segments; segments outside the frame; a segment that gives
/// fewer bytes than there are pixels. Bytes beyond the last pixel are not looked at: a segment is padded to an even length.
pub(super) fn decode(frame: &[u8], sample_bytes: usize, dims: [usize; 2]) -> Result<Vec<u32>, String> {
    let header: &[u8; 64] = frame.first_chunk().ok_or("its RLE data is shorter than its header")?;
    let words: Vec<u32> = header.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect();
    if words[0] as usize != sample_bytes || sample_bytes > 4 {
        return Err(format!("its RLE data has {} segments, expected {sample_bytes}", words[0]));
    }
    check_held(frame.len(), BYTES_PER_BYTE / sample_bytes, dims)?;
    let pixels = dims[0] * dims[1];
    let offsets = &words[1..=sample_bytes];
    let mut samples = vec![0_u32; pixels];
    for (index, &start) in offsets.iter().enumerate() {
        let end = offsets.get(index + 1).map_or(frame.len(), |&end| end as usize);
        let segment = frame.get(start as usize..end).filter(|_| start >= 64);
        let segment = segment.ok_or_else(|| format!("RLE segment {} lies outside its frame", index + 1))?;
        let found = unpack(segment, &mut samples);
        if found != pixels {
            return Err(format!("RLE segment {} holds {found} bytes, expected {pixels}", index + 1));
        }
    }
    Ok(samples)
}

/// Puts each byte below what its sample has already (PS3.5 G.3.2). Gives how many samples got one.
fn unpack(segment: &[u8], samples: &mut [u32]) -> usize {
    let (mut at, mut done) = (0, 0);
    while let (Some(&control), true) = (segment.get(at), done < samples.len()) {
        at += 1;
        let left = &mut samples[done..];
        match control {
            0..=127 => {
                let literal = segment[at..].iter().take(usize::from(control) + 1);
                at += literal.len();
                done += literal.len().min(left.len());
                left.iter_mut().zip(literal).for_each(|(sample, &byte)| *sample = *sample << 8 | u32::from(byte));
            }
            128 => {}
            129.. => {
                let Some(&byte) = segment.get(at) else { break };
                at += 1;
                let run = left.iter_mut().take(257 - usize::from(control));
                done += run.len();
                run.for_each(|sample| *sample = *sample << 8 | u32::from(byte));
            }
        }
    }
    done
}
