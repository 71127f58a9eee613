//! The values of a pickle, all of them inert.

/// The number of a value in its [`Pickle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PickleId(pub(super) u32);

/// A name that a pickle imports: a function or a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickleGlobal<'a> {
    /// Its module, such as `torch._utils`.
    pub module: &'a str,
    /// Its name in the module, such as `_rebuild_tensor_v2`.
    pub name: &'a str,
}

/// One value of a pickle. Values refer to each other by number, so that one that contains itself is nothing special.
#[derive(Clone, Debug, PartialEq)]
pub enum PickleValue<'a> {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Text(&'a str),
    /// Bytes, and text that is no UTF-8.
    Bytes(&'a [u8]),
    /// A tuple.
    Tuple(Vec<PickleId>),
    /// A list.
    List(Vec<PickleId>),
    /// A dictionary, `OrderedDict` included: keys and values in the order in which they were set. Of equal keys the last counts.
    Dict(Vec<(PickleId, PickleId)>),
    /// A function or a class, by name alone.
    Global(Box<PickleGlobal<'a>>),
    /// What a call would have returned, which was not made.
    Call {
        /// The function or class.
        function: PickleId,
        /// Its arguments, mostly a tuple.
        arguments: PickleId,
    },
    /// What is kept outside the pickle under this name: for PyTorch, a storage.
    Persistent(PickleId),
    /// A value of no interest here: a set, an integer beyond 64 bits.
    Opaque,
}

/// A pickle as inert values.
#[derive(Clone, Debug)]
pub struct Pickle<'a> {
    pub(super) values: Vec<PickleValue<'a>>,
    pub(super) root: PickleId,
}

impl<'a> Pickle<'a> {
    /// The value that was pickled.
    pub fn root(&self) -> &PickleValue<'a> {
        self.value(self.root)
    }

    /// A value by its number. Panics if the number is another pickle's.
    pub fn value(&self, id: PickleId) -> &PickleValue<'a> {
        &self.values[id.0 as usize]
    }

    /// The value of a key in a dictionary; `None` for a key that it lacks and a value that is no dictionary.
    pub fn get(&self, value: &PickleValue<'a>, key: &str) -> Option<&PickleValue<'a>> {
        let PickleValue::Dict(pairs) = value else { return None };
        let is_key = |&(name, _): &(PickleId, PickleId)| self.text(name) == Some(key);
        pairs.iter().rev().copied().find(is_key).map(|(_, value)| self.value(value))
    }

    /// The text of a value that is one.
    pub fn text(&self, id: PickleId) -> Option<&'a str> {
        match self.value(id) {
            PickleValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a tuple or a list.
    pub fn items(&self, value: &PickleValue<'a>) -> Option<Vec<&PickleValue<'a>>> {
        match value {
            PickleValue::Tuple(items) | PickleValue::List(items) => {
                Some(items.iter().map(|&id| self.value(id)).collect())
            }
            _ => None,
        }
    }

    /// The integers of a tuple or a list of integers that are not negative.
    pub fn sizes(&self, value: &PickleValue<'a>) -> Option<Vec<usize>> {
        let size = |item: &PickleValue<'a>| match item {
            PickleValue::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        self.items(value)?.into_iter().map(size).collect()
    }

    /// The function that a call asks for and its arguments, as far as they are a tuple; `None` for other values.
    pub fn call(&self, value: &PickleValue<'a>) -> Option<(PickleGlobal<'a>, Vec<&PickleValue<'a>>)> {
        let PickleValue::Call { function, arguments } = value else { return None };
        let function = match self.value(*function) {
            PickleValue::Global(global) => (**global).clone(),
            _ => PickleGlobal { module: "?", name: "?" },
        };
        Some((function, self.items(self.value(*arguments)).unwrap_or_default()))
    }

    /// What a value is, in Python's words, for a message: `a str`, or the name of a function or class.
    pub fn describe(&self, value: &PickleValue<'a>) -> String {
        let kind = match value {
            PickleValue::None => "None",
            PickleValue::Bool(_) => "a bool",
            PickleValue::Int(_) => "an int",
            PickleValue::Float(_) => "a float",
            PickleValue::Text(_) => "a str",
            PickleValue::Bytes(_) => "bytes",
            PickleValue::Tuple(_) => "a tuple",
            PickleValue::List(_) => "a list",
            PickleValue::Dict(_) => "a dict",
            PickleValue::Persistent(_) => "a storage",
            PickleValue::Opaque => "an object",
            PickleValue::Global(global) => return global.to_string(),
            PickleValue::Call { .. } => {
                return self.call(value).map_or_else(String::new, |(global, _)| global.to_string());
            }
        };
        kind.to_owned()
    }
}

impl std::fmt::Display for PickleGlobal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names come from strangers: no more of them than a message holds.
        let short = |name: &str| name.chars().filter(|c| !c.is_control()).take(60).collect::<String>();
        write!(f, "{}.{}", short(self.module), short(self.name))
    }
}
