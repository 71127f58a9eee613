//! The voxels of an organ on one slice to closed contours, with their holes as keyholes.

/// How far a contour lies from the centre of a voxel inside it, in voxels, on the way to the centre of one outside.
const INSIDE: f64 = 0.49;
/// Points nearer than this to the line between their neighbours are left out, in square voxels.
const STRAIGHT: f64 = 1e-9;

/// Column and row of a point, in voxels; centres are whole numbers.
pub(super) type GridPoint = [f64; 2];

/// Right, down, left, up, as steps of column and row: each follows the one before in clockwise order.
const DIRECTIONS: [[isize; 2]; 4] = [[1, 0], [0, 1], [-1, 0], [0, -1]];

/// The contours of a label on a slice of `height` rows. Voxels that touch at a corner alone are in different contours.
pub(super) fn contours(labels: &[u8], label: u8, height: usize) -> Vec<Vec<GridPoint>> {
    let mut loops = Loops::traced(labels, label, height);
    loops.cut_keyholes();
    loops.outer.iter().map(|&start| loops.points_from(start)).collect()
}

/// Closed borders as lists of points that each know their next: outer ones clockwise, holes the other way round.
struct Loops {
    points: Vec<GridPoint>,
    next: Vec<usize>,
    /// For each row of cells between voxel centres, the points at which an edge in it begins.
    edges_by_row: Vec<Vec<usize>>,
    /// First points of outer borders.
    outer: Vec<usize>,
    /// First and last points of holes. The first is the leftmost of the topmost.
    holes: Vec<[usize; 2]>,
    /// For each point, whether its border is an outer one or is joined to one.
    joined: Vec<bool>,
}

impl Loops {
    fn traced(labels: &[u8], label: u8, height: usize) -> Self {
        let width = labels.len() / height.max(1);
        let is_inside = |[x, y]: [isize; 2]| {
            let at = |i: isize, n: usize| usize::try_from(i).ok().filter(|&i| i < n);
            at(x, width).zip(at(y, height)).is_some_and(|(x, y)| labels[y * width + x] == label)
        };
        let mut loops = Self {
            points: Vec::new(),
            next: Vec::new(),
            // From the row above the first voxels on.
            edges_by_row: vec![Vec::new(); height + 1],
            outer: Vec::new(),
            holes: Vec::new(),
            joined: Vec::new(),
        };
        let mut seen = vec![[false; 4]; labels.len()];
        for at in (0..labels.len()).filter(|&at| labels[at] == label) {
            let voxel = [(at % width) as isize, (at / width) as isize];
            for direction in 0..DIRECTIONS.len() {
                if !seen[at][direction] && !is_inside(moved(voxel, direction)) {
                    loops.trace(voxel, direction, width, &is_inside, &mut seen);
                }
            }
        }
        loops
    }

    /// Follows a border from the side of a voxel that begins it.
    fn trace(
        &mut self,
        voxel: [isize; 2],
        direction: usize,
        width: usize,
        is_inside: &impl Fn([isize; 2]) -> bool,
        seen: &mut [[bool; 4]],
    ) {
        let first = self.points.len();
        let mut side = (voxel, direction);
        loop {
            let ([x, y], d) = side;
            seen[y as usize * width + x as usize][d] = true;
            let step = DIRECTIONS[d].map(|step| INSIDE * step as f64);
            self.points.push([x as f64 + step[0], y as f64 + step[1]]);
            side = next_side(side, is_inside);
            if side == (voxel, direction) {
                break;
            }
        }
        let last = self.points.len() - 1;
        self.next.extend(first + 1..=last);
        self.next.push(first);
        let corners = &self.points[first..];
        let doubled_area: f64 = (0..corners.len()).map(|i| cross(corners[i], corners[(i + 1) % corners.len()])).sum();
        let is_outer = doubled_area > 0.0;
        self.joined.resize(last + 1, is_outer);
        if is_outer {
            self.outer.push(first);
        } else {
            self.holes.push([first, last]);
        }
        (first..=last).for_each(|point| self.file_edge(point));
    }

    /// Files the edge that begins at a point; each lies in one row of cells.
    fn file_edge(&mut self, from: usize) {
        let top = self.points[from][1].min(self.points[self.next[from]][1]);
        self.edges_by_row[(top.floor() + 1.0) as usize].push(from);
    }

    /// Joins each hole to the border at its left by a line there and back. It runs between rows of voxel centres.
    fn cut_keyholes(&mut self) {
        let mut holes = std::mem::take(&mut self.holes);
        let place = |&[first, _]: &[usize; 2]| (self.points[first][1], self.points[first][0]);
        // From above, then from the left: what is left of a hole is joined before it.
        holes.sort_by(|a, b| {
            let (a, b) = (place(a), place(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        for [first, last] in holes {
            let Some((edge, x)) = self.edge_left_of(self.points[first]) else { continue };
            let end = self.next[edge];
            let [x_first, y] = self.points[first];
            let added = self.points.len();
            let [before, again, after] = [added, added + 1, added + 2];
            self.points.extend([[x, y], [x_first, y], [x, y]]);
            self.next.extend([first, after, end]);
            self.next[edge] = before;
            self.next[last] = again;
            self.joined.resize(added + 3, true);
            (first..=last).for_each(|point| self.joined[point] = true);
            self.file_edge(after);
        }
    }

    /// The nearest edge to the left of a point, and the column at which it is met.
    fn edge_left_of(&self, [x_from, y]: GridPoint) -> Option<(usize, f64)> {
        let edges = self.edges_by_row[(y.floor() + 1.0) as usize].iter().filter(|&&edge| self.joined[edge]);
        let met = edges.filter_map(|&edge| {
            let [[x0, y0], [x1, y1]] = [self.points[edge], self.points[self.next[edge]]];
            let x = x0 + (y - y0) / (y1 - y0) * (x1 - x0);
            ((y0 <= y) != (y1 <= y) && x < x_from).then_some((edge, x))
        });
        met.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The points of a border, without those on a straight line between their neighbours.
    fn points_from(&self, start: usize) -> Vec<GridPoint> {
        let mut kept: Vec<GridPoint> = Vec::new();
        let mut at = start;
        loop {
            let point = self.points[at];
            if let [.., a, b] = kept[..]
                && is_between(a, b, point)
            {
                kept.pop();
            }
            kept.push(point);
            at = self.next[at];
            if at == start {
                break kept;
            }
        }
    }
}

/// The side that follows around a voxel's border, with the inside at the right hand.
fn next_side((voxel, direction): ([isize; 2], usize), is_inside: &impl Fn([isize; 2]) -> bool) -> ([isize; 2], usize) {
    let onward = (direction + 1) % 4;
    let beside = moved(voxel, onward);
    let diagonal = moved(beside, direction);
    match (is_inside(beside), is_inside(diagonal)) {
        (false, _) => (voxel, onward),
        (true, false) => (beside, direction),
        (true, true) => (diagonal, (direction + 3) % 4),
    }
}

fn moved([x, y]: [isize; 2], direction: usize) -> [isize; 2] {
    let [dx, dy] = DIRECTIONS[direction];
    [x + dx, y + dy]
}

fn cross(a: GridPoint, b: GridPoint) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

/// True for a point on the way from its neighbour before to its neighbour after.
fn is_between(before: GridPoint, point: GridPoint, after: GridPoint) -> bool {
    let (there, onward) = ([point[0] - before[0], point[1] - before[1]], [after[0] - point[0], after[1] - point[1]]);
    cross(there, onward).abs() < STRAIGHT && there[0] * onward[0] + there[1] * onward[1] > 0.0
}
