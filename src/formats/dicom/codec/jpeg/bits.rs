//! Entropy coded bits of a JPEG scan, and Huffman codes.

/// Reads bits, highest first, up to a marker. A byte FF of the data is followed by a stuffed 00 (T.81 B.1.1.5).
pub(super) struct JpegBits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The low `held` bits are read ahead.
    buffer: u64,
    held: u32,
}

impl<'a> JpegBits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, buffer: 0, held: 0 }
    }

    fn fill(&mut self) {
        while self.held <= 48 {
            let byte = match self.bytes.get(self.at..) {
                Some([0xFF, 0x00, ..]) => {
                    self.at += 2;
                    0xFF
                }
                Some([0xFF, ..] | []) | None => return,
                Some([byte, ..]) => {
                    self.at += 1;
                    *byte
                }
            };
            self.buffer = self.buffer << 8 | u64::from(byte);
            self.held += 8;
        }
    }

    /// The next 16 bits, with zeros after the end.
    fn peek(&mut self) -> u32 {
        if self.held < 16 {
            self.fill();
        }
        let bits = if self.held < 16 { self.buffer << (16 - self.held) } else { self.buffer >> (self.held - 16) };
        bits as u32 & 0xFFFF
    }

    fn skip(&mut self, count: u32) -> Result<(), String> {
        self.held = self.held.checked_sub(count).ok_or("its JPEG data ends before its image does")?;
        Ok(())
    }

    /// At most 16 bits.
    fn take(&mut self, count: u32) -> Result<u32, String> {
        let bits = self.peek() >> (16 - count);
        self.skip(count)?;
        Ok(bits)
    }

    /// The number whose category is `count`, at most 16 (T.81 F.2.2.1, H.1.2.2).
    pub(super) fn signed(&mut self, count: u32) -> Result<i32, String> {
        if count == 0 {
            return Ok(0);
        }
        let bits = self.take(count)? as i32;
        Ok(if bits < 1 << (count - 1) { bits - (1 << count) + 1 } else { bits })
    }

    pub(super) fn symbol(&mut self, code: &Huffman) -> Result<u8, String> {
        let bits = self.peek();
        let (length, symbol) = code.look_up(bits).ok_or("its JPEG data holds a code that no table has")?;
        self.skip(length)?;
        Ok(symbol)
    }

    /// Goes behind the next restart marker, leaving what was read ahead.
    pub(super) fn restart(&mut self) -> Result<(), String> {
        (self.buffer, self.held) = (0, 0);
        while let Some([0xFF, 0xFF, ..]) = self.bytes.get(self.at..) {
            self.at += 1;
        }
        let Some([0xFF, 0xD0..=0xD7, ..]) = self.bytes.get(self.at..) else {
            return Err("a restart marker of its JPEG data is missing".into());
        };
        self.at += 2;
        Ok(())
    }
}

/// Codes of up to [`SHORT`] bits are looked up, longer ones searched for by length.
const SHORT: u32 = 9;

/// A Huffman code (T.81 C, F.2.2.3).
pub(super) struct Huffman {
    /// By the next bits: length, 0 where the code is longer, and symbol.
    short: Vec<(u8, u8)>,
    /// By length: the first code after those of this length, moved to the top of 16 bits.
    ends: [u32; 17],
    /// By length: what is added to a code for the place of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// From the number of codes by length, from 1, and their symbols. `None` where so many codes do not exist.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut huffman =
            Self { short: vec![(0, 0); 1 << SHORT], ends: [0; 17], offsets: [0; 17], symbols: symbols.into() };
        let (mut code, mut place) = (0_u32, 0);
        for (length, &count) in (1_u32..).zip(counts) {
            huffman.offsets[length as usize] = place as i32 - code as i32;
            for &symbol in symbols.get(place..place + usize::from(count))? {
                if code >> length != 0 {
                    return None;
                }
                if length <= SHORT {
                    let first = (code << (SHORT - length)) as usize;
                    huffman.short[first..first + (1 << (SHORT - length))].fill((length as u8, symbol));
                }
                code += 1;
            }
            place += usize::from(count);
            huffman.ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Some(huffman)
    }

    /// Length and symbol of the code that 16 bits begin with.
    fn look_up(&self, bits: u32) -> Option<(u32, u8)> {
        let (length, symbol) = self.short[(bits >> (16 - SHORT)) as usize];
        if length > 0 {
            return Some((length.into(), symbol));
        }
        let length = (SHORT + 1..=16).find(|&length| bits < self.ends[length as usize])?;
        let place = (bits >> (16 - length)) as i32 + self.offsets[length as usize];
        Some((length, *self.symbols.get(usize::try_from(place).ok()?)?))
    }
}
