//! The stack machine of pickles (Python's `pickletools.py` describes its instructions), over bytes from strangers.
//!
//! It has a stack, a list of marks on it and a memo, and it builds [`PickleValue`]s. It calls nothing. Every instruction is at least
//! a byte and makes at most one value, so memory is bounded by the bytes that exist. Values are numbered and nothing is
//! walked recursively, so nesting costs nothing.

use super::pickle::{Pickle, PickleGlobal, PickleId, PickleValue};
use crate::core::i18n::messages::TorchMessage;

/// The most values. A checkpoint of 4,000 epochs with 117 classes has 2.4 million.
const MOST_VALUES: usize = 8 << 20;

/// Why a pickle cannot be read; where is known to the machine.
enum Fault {
    Ends,
    Unknown,
    Contradicts,
    TooLong,
}

/// What follows an instruction.
enum Next {
    Instruction,
    Stop(PickleId),
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<PickleValue<'a>>,
    stack: Vec<PickleId>,
    /// The lengths of the stack at which marks were set.
    marks: Vec<usize>,
    memo: Vec<PickleId>,
}

impl<'a> Pickle<'a> {
    /// Reads a pickle of protocol 2 to 5. Nothing of it is run, and memory stays within a few dozen times its size.
    ///
    /// # Errors
    /// Bytes that end early or contradict themselves, more than 8 million values, and an instruction that these protocols lack.
    pub fn read(bytes: &'a [u8]) -> Result<Self, TorchMessage> {
        let (values, stack, marks, memo) = Default::default();
        let mut machine = Machine { bytes, at: 0, values, stack, marks, memo };
        loop {
            let at = machine.at;
            match machine.step() {
                Ok(Next::Instruction) => (),
                Ok(Next::Stop(root)) => return Ok(Self { values: machine.values, root }),
                Err(Fault::Ends) => return Err(TorchMessage::PickleEnds { at: bytes.len() }),
                Err(Fault::Unknown) => return Err(TorchMessage::PickleInstruction { found: bytes[at], at }),
                Err(Fault::Contradicts) => return Err(TorchMessage::PickleContradicts { at }),
                Err(Fault::TooLong) => return Err(TorchMessage::PickleTooLong { most: MOST_VALUES }),
            }
        }
    }
}

impl<'a> Machine<'a> {
    fn step(&mut self) -> Result<Next, Fault> {
        let [code] = self.array()?;
        match code {
            b'.' => return self.pop().map(Next::Stop),
            // PROTO, FRAME: what follows says it again.
            0x80 => _ = self.array::<1>()?,
            0x95 => _ = self.array::<8>()?,
            b'(' => self.marks.push(self.stack.len()),
            b'0' => _ = self.pop()?,
            b'1' => _ = self.pop_mark()?,
            b'2' => self.stack.push(self.top()?),
            b'h' | b'j' | b'q' | b'r' | 0x94 => self.memorise(code)?,
            b'a' | b'e' | b's' | b'u' | 0x90 | b'b' => self.fill(code)?,
            b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'Q' => {
                let value = self.outside(code)?;
                self.push(value)?;
            }
            b')' | b't' | 0x85..=0x87 | b']' | b'l' | b'}' | b'd' | 0x8F | 0x91 => {
                let value = self.container(code)?;
                self.push(value)?;
            }
            _ => {
                let value = self.plain(code)?;
                self.push(value)?;
            }
        }
        Ok(Next::Instruction)
    }

    /// `BINGET`, `LONG_BINGET`, `BINPUT`, `LONG_BINPUT` and `MEMOIZE`. Picklers number what they remember without gaps.
    fn memorise(&mut self, code: u8) -> Result<(), Fault> {
        let place = match code {
            b'h' | b'q' => u32::from(self.array::<1>()?[0]),
            b'j' | b'r' => u32::from_le_bytes(self.array()?),
            _ => self.memo.len() as u32,
        };
        let place = place as usize;
        if matches!(code, b'h' | b'j') {
            let id = *self.memo.get(place).ok_or(Fault::Contradicts)?;
            self.stack.push(id);
            return Ok(());
        }
        let top = self.top()?;
        match place.cmp(&self.memo.len()) {
            std::cmp::Ordering::Less => self.memo[place] = top,
            std::cmp::Ordering::Equal => self.memo.push(top),
            std::cmp::Ordering::Greater => return Err(Fault::Contradicts),
        }
        Ok(())
    }

    /// `APPEND`, `APPENDS`, `SETITEM`, `SETITEMS`, `ADDITEMS` and `BUILD`: items for what lies below them. What is no
    /// list or dictionary here, such as the result of a call, stays as it is.
    fn fill(&mut self, code: u8) -> Result<(), Fault> {
        let items = match code {
            b'a' | b'b' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_mark()?,
        };
        let target = self.top()?;
        match (code, &mut self.values[target.0 as usize]) {
            (b'a' | b'e', PickleValue::List(list)) => list.extend(items),
            (b's' | b'u', PickleValue::Dict(pairs)) => {
                let (chunks, []) = items.as_chunks::<2>() else { return Err(Fault::Contradicts) };
                pairs.extend(chunks.iter().map(|&[key, value]| (key, value)));
            }
            (_, PickleValue::Call { .. } | PickleValue::Opaque) | (b'b', PickleValue::Dict(_)) => (),
            _ => return Err(Fault::Contradicts),
        }
        Ok(())
    }

    /// `GLOBAL`, `STACK_GLOBAL`, `REDUCE`, `NEWOBJ`, `NEWOBJ_EX` and `BINPERSID`: names and calls, which stay names and calls.
    fn outside(&mut self, code: u8) -> Result<PickleValue<'a>, Fault> {
        let global = |module, name| PickleValue::Global(Box::new(PickleGlobal { module, name }));
        match code {
            b'c' => Ok(global(self.line()?, self.line()?)),
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match [module, name].map(|id| &self.values[id.0 as usize]) {
                    [PickleValue::Text(module), PickleValue::Text(name)] => Ok(global(*module, *name)),
                    _ => Err(Fault::Contradicts),
                }
            }
            b'Q' => Ok(PickleValue::Persistent(self.pop()?)),
            _ => {
                if code == 0x92 {
                    // The arguments by keyword, which nothing that is known has.
                    self.pop()?;
                }
                let (arguments, function) = (self.pop()?, self.pop()?);
                Ok(self.called(function, arguments))
            }
        }
    }

    /// A call: an empty `OrderedDict` is a dictionary, and everything else is not made.
    fn called(&self, function: PickleId, arguments: PickleId) -> PickleValue<'a> {
        let (global, with) = (&self.values[function.0 as usize], &self.values[arguments.0 as usize]);
        let PickleValue::Global(global) = global else { return PickleValue::Call { function, arguments } };
        match (global.module, global.name, with) {
            ("collections", "OrderedDict", PickleValue::Tuple(items)) if items.is_empty() => {
                PickleValue::Dict(Vec::new())
            }
            _ => PickleValue::Call { function, arguments },
        }
    }

    /// Tuples, lists, dictionaries and sets.
    fn container(&mut self, code: u8) -> Result<PickleValue<'a>, Fault> {
        Ok(match code {
            b')' => PickleValue::Tuple(Vec::new()),
            b't' => PickleValue::Tuple(self.pop_mark()?),
            0x85..=0x87 => {
                let items = usize::from(code - 0x84);
                let floor = self.stack.len().checked_sub(items).filter(|floor| *floor >= self.floor());
                PickleValue::Tuple(self.stack.split_off(floor.ok_or(Fault::Contradicts)?))
            }
            b']' => PickleValue::List(Vec::new()),
            b'l' => PickleValue::List(self.pop_mark()?),
            b'}' => PickleValue::Dict(Vec::new()),
            b'd' => {
                let items = self.pop_mark()?;
                let (chunks, []) = items.as_chunks::<2>() else { return Err(Fault::Contradicts) };
                PickleValue::Dict(chunks.iter().map(|&[key, value]| (key, value)).collect())
            }
            0x8F => PickleValue::Opaque,
            _ => {
                self.pop_mark()?;
                PickleValue::Opaque
            }
        })
    }

    /// Numbers, texts and bytes.
    fn plain(&mut self, code: u8) -> Result<PickleValue<'a>, Fault> {
        Ok(match code {
            b'N' => PickleValue::None,
            0x88 => PickleValue::Bool(true),
            0x89 => PickleValue::Bool(false),
            b'J' => PickleValue::Int(i32::from_le_bytes(self.array()?).into()),
            b'K' => PickleValue::Int(self.array::<1>()?[0].into()),
            b'M' => PickleValue::Int(u16::from_le_bytes(self.array()?).into()),
            b'G' => PickleValue::Float(f64::from_be_bytes(self.array()?)),
            0x8A => self.long(1)?,
            0x8B => self.long(4)?,
            b'U' | 0x8C => self.text(1)?,
            b'T' | b'X' => self.text(4)?,
            0x8D => self.text(8)?,
            b'C' => PickleValue::Bytes(self.counted(1)?),
            b'B' => PickleValue::Bytes(self.counted(4)?),
            0x8E | 0x96 => PickleValue::Bytes(self.counted(8)?),
            _ => return Err(Fault::Unknown),
        })
    }

    /// `LONG1` and `LONG4`: an integer in as many bytes as its length says, in two's complement.
    fn long(&mut self, length_bytes: usize) -> Result<PickleValue<'a>, Fault> {
        let digits = self.counted(length_bytes)?;
        if digits.len() > 8 {
            return Ok(PickleValue::Opaque);
        }
        let sign = if digits.last().is_some_and(|last| last & 0x80 != 0) { 0xFF } else { 0 };
        let mut number = [sign; 8];
        number[..digits.len()].copy_from_slice(digits);
        Ok(PickleValue::Int(i64::from_le_bytes(number)))
    }

    fn text(&mut self, length_bytes: usize) -> Result<PickleValue<'a>, Fault> {
        let bytes = self.counted(length_bytes)?;
        Ok(std::str::from_utf8(bytes).map_or(PickleValue::Bytes(bytes), PickleValue::Text))
    }

    /// As many bytes as a length in front of them says, which has `length_bytes` bytes itself.
    fn counted(&mut self, length_bytes: usize) -> Result<&'a [u8], Fault> {
        let mut length = [0; 8];
        length[..length_bytes].copy_from_slice(self.take(length_bytes)?);
        self.take(usize::try_from(u64::from_le_bytes(length)).map_err(|_| Fault::Ends)?)
    }

    /// The text up to the end of a line.
    fn line(&mut self) -> Result<&'a str, Fault> {
        let length = self.bytes[self.at..].iter().position(|&byte| byte == b'\n').ok_or(Fault::Ends)?;
        let line = std::str::from_utf8(self.take(length)?).map_err(|_| Fault::Contradicts)?;
        self.take(1)?;
        Ok(line)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let array = *self.bytes[self.at..].first_chunk().ok_or(Fault::Ends)?;
        self.at += N;
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let bytes = self.bytes[self.at..].get(..length).ok_or(Fault::Ends)?;
        self.at += length;
        Ok(bytes)
    }

    fn push(&mut self, value: PickleValue<'a>) -> Result<(), Fault> {
        if self.values.len() == MOST_VALUES {
            return Err(Fault::TooLong);
        }
        self.stack.push(PickleId(self.values.len() as u32));
        self.values.push(value);
        Ok(())
    }

    /// The length of the stack below which nothing may be taken.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<PickleId, Fault> {
        self.stack[self.floor()..].last().copied().ok_or(Fault::Contradicts)
    }

    fn pop(&mut self) -> Result<PickleId, Fault> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Everything above the last mark, which is taken away.
    fn pop_mark(&mut self) -> Result<Vec<PickleId>, Fault> {
        let mark = self.marks.pop().ok_or(Fault::Contradicts)?;
        Ok(self.stack.split_off(mark))
    }
}
