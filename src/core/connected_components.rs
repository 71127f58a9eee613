//! Connected components of a mask in space, their number, and the voxels outside the largest one.

use std::ops::Range;

/// Adjacent voxels in one row of a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoxelRun {
    /// Their slice.
    pub z: usize,
    /// Their row-major indices in the slice, `[y, x]`.
    pub pixels: Range<usize>,
}

/// The connected components of a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedComponents {
    /// Their number.
    pub count: usize,
    /// The voxels outside the largest one, slice by slice.
    pub outside_largest: Vec<VoxelRun>,
}

/// Voxels outside the largest connected component of a mask, as [`components`] finds them.
pub fn outside_largest<L: AsRef<[u8]>>(dims: [usize; 3], labels: impl Fn(usize) -> Option<L>) -> Vec<VoxelRun> {
    components(dims, labels).outside_largest
}

/// The connected components of a mask of `dims` `[z, y, x]`.
///
/// Voxels that share a side, an edge or a corner (26-neighbours) are connected, as in
/// `scipy.ndimage.label` with a full 3 x 3 x 3 structure. Of two components of the same size, the
/// earlier counts as the largest. `labels` gives the labels of a slice, `[y, x]`, or `None` for an
/// empty one; every label but 0 counts as mask.
pub fn components<L: AsRef<[u8]>>(
    [depth, height, width]: [usize; 3],
    labels: impl Fn(usize) -> Option<L>,
) -> ConnectedComponents {
    let mut stretches: Vec<VoxelRun> = Vec::new();
    let mut components = Components::default();
    // For each row of the previous slice, the range of its runs.
    let mut before: Vec<Range<usize>> = vec![0..0; height];
    for z in 0..depth {
        let mut here: Vec<Range<usize>> = vec![0..0; height];
        if let Some(labels) = labels(z) {
            for (y, row) in labels.as_ref().chunks_exact(width).enumerate() {
                let first = stretches.len();
                let mut x = 0;
                for run in row.chunk_by(|a, b| (*a != 0) == (*b != 0)) {
                    if run[0] != 0 {
                        stretches.push(VoxelRun { z, pixels: y * width + x..y * width + x + run.len() });
                        components.add(run.len());
                    }
                    x += run.len();
                }
                here[y] = first..stretches.len();
                let near = y.saturating_sub(1)..(y + 2).min(height);
                let neighbours = before[near].iter().chain(y.checked_sub(1).map(|above| &here[above]));
                for other in neighbours.cloned().collect::<Vec<_>>() {
                    join(&stretches, here[y].clone(), other, width, &mut components);
                }
            }
        }
        before = here;
    }
    let largest = components.largest();
    let count = components.count();
    let mut index = 0..;
    stretches.retain(|_| index.next().is_some_and(|i| Some(components.root(i)) != largest));
    ConnectedComponents { count, outside_largest: stretches }
}

/// Joins the runs of two rows that touch, corners included. Both rows are sorted, so one pass over
/// them is enough.
fn join(all: &[VoxelRun], mut a: Range<usize>, mut b: Range<usize>, width: usize, components: &mut Components) {
    let columns = |i: usize| {
        let Range { start, end } = all[i].pixels;
        let row = start / width * width;
        start - row..end - row
    };
    while !a.is_empty() && !b.is_empty() {
        let (one, other) = (columns(a.start), columns(b.start));
        if one.start <= other.end && other.start <= one.end {
            components.unite(a.start, b.start);
        }
        if one.end < other.end {
            a.start += 1;
        } else {
            b.start += 1;
        }
    }
}

/// Disjoint sets of runs (union-find); the earliest run of a set represents it.
#[derive(Default)]
struct Components {
    parents: Vec<usize>,
    voxels: Vec<usize>,
}

impl Components {
    fn add(&mut self, voxels: usize) {
        self.parents.push(self.parents.len());
        self.voxels.push(voxels);
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.parents[i] != i {
            self.parents[i] = self.parents[self.parents[i]];
            i = self.parents[i];
        }
        i
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (early, late) = (a.min(b), a.max(b));
        if early != late {
            self.parents[late] = early;
            self.voxels[early] += std::mem::take(&mut self.voxels[late]);
        }
    }

    /// The number of sets.
    fn count(&self) -> usize {
        self.parents.iter().enumerate().filter(|(i, parent)| i == *parent).count()
    }

    fn largest(&self) -> Option<usize> {
        (0..self.voxels.len()).rev().max_by_key(|&i| self.voxels[i])
    }
}
