//! The memory of this process, as Linux counts it.

use std::fs;

/// Variables for a child process: one heap, which gives back what is freed, so that what it holds is what is in use.
pub(crate) const ONE_HEAP: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_THRESHOLD_", "65536"), ("MALLOC_TRIM_THRESHOLD_", "65536")];

/// A reading of `/proc/self/status`, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Address space now. What is reserved counts, touched or not.
    pub(super) reserved: u64,
    /// The most address space since the process began.
    pub(super) most_reserved: u64,
}

impl Memory {
    /// The memory now; `None` where there is no `/proc`.
    pub(super) fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let field = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib << 10)
        };
        Some(Self { reserved: field("VmSize:")?, most_reserved: field("VmPeak:")? })
    }

    /// How much more than at this reading was reserved since; 0 if that was not the most so far.
    pub(super) fn grown(&self, now: &Self) -> u64 {
        match now.most_reserved > self.most_reserved {
            true => now.most_reserved.saturating_sub(self.reserved),
            false => 0,
        }
    }
}
