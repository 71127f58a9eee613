// Labels against labels, by the places of their voxels in the patient, and colours on a screen against labels.

/** A function from places [L, P, S] in mm to columns, rows and slices of a grid, as fractions. */
function voxelOf({ origin, along, down, through }) {
  const cross = (a, b) => [0, 1, 2].map((i) => a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3]);
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const volume = dot(along, cross(down, through));
  const rows = [cross(down, through), cross(through, along), cross(along, down)];
  return (place) => {
    const from = place.map((mm, i) => mm - origin[i]);
    return rows.map((row) => dot(row, from) / volume);
  };
}

/** The most that a voxel may be away from a voxel of the truth, in voxels: what strings of numbers and single precision lose. */
const OFF = 0.01;

/**
 * Slices of labels against the truth: `{ organ, right, wrong, astray }` in voxels. `organ` is what the truth labels, `right` what is labelled the same,
 * `wrong` what is labelled otherwise or not at all, `astray` what lies on no voxel of the truth.
 */
export function compare(slices, truth) {
  const { columns, rows, slices: depth, labels } = truth;
  const of = voxelOf(truth);
  const seen = new Uint8Array(labels.length);
  const result = { organ: labels.reduce((sum, label) => sum + (label > 0 ? 1 : 0), 0), right: 0, wrong: 0, astray: 0 };
  for (const slice of slices) {
    const first = of(slice.origin);
    const [along, down] = [slice.along, slice.down].map((step) => of(step.map((mm, i) => mm + slice.origin[i])).map((at, i) => at - first[i]));
    for (let i = 0; i < slice.labels.length; i++) {
      const [x, y] = [i % slice.columns, Math.floor(i / slice.columns)];
      const at = first.map((start, axis) => start + x * along[axis] + y * down[axis]);
      const [column, row, z] = at.map(Math.round);
      const isOff = at.some((exact, axis) => Math.abs(exact - [column, row, z][axis]) > OFF);
      if (isOff || column < 0 || row < 0 || z < 0 || column >= columns || row >= rows || z >= depth) {
        result.astray++;
        continue;
      }
      const place = column + columns * (row + rows * z);
      seen[place] = 1;
      if (labels[place] !== slice.labels[i]) result.wrong++;
      else if (labels[place] > 0) result.right++;
    }
  }
  // What the viewer does not have is wrong too.
  result.wrong += seen.reduce((sum, was, i) => sum + (was === 0 && labels[i] > 0 ? 1 : 0), 0);
  return result;
}

/** The segment whose colour was laid over a pixel; 0 for none. */
function segmentOf(hidden, shown, colours) {
  const change = shown.map((part, i) => part - hidden[i]);
  if (Math.max(...change.map(Math.abs)) <= 8) return 0;
  let best = { distance: Infinity };
  colours.forEach((colour, i) => {
    const whole = hidden.map((part, channel) => colour[channel] - part);
    const opacity = whole.reduce((sum, part, c) => sum + part * change[c], 0) / whole.reduce((sum, part) => sum + part * part, 0);
    const distance = Math.hypot(...whole.map((part, c) => part * opacity - change[c]));
    if (opacity > 0 && distance < best.distance) best = { distance, segment: i + 1 };
  });
  return best.segment ?? 0;
}

/**
 * The colours of a pane against the truth: `{ organ, right, wrong }` in pixels. Pixels as near to the edge of a label as `margin` pixels are left out, since an
 * outline is drawn there.
 */
export function compareColours(pane, truth, margin = 2) {
  const { columns, rows, slices: depth, labels } = truth;
  const of = voxelOf(truth);
  const [hidden, shown] = [pane.hidden, pane.shown].map((text) => Buffer.from(text, "base64"));
  const labelAt = (x, y) => {
    const [column, row, z] = of(pane.origin.map((mm, i) => mm + x * pane.right[i] + y * pane.down[i])).map(Math.round);
    return column < 0 || row < 0 || z < 0 || column >= columns || row >= rows || z >= depth ? 0 : labels[column + columns * (row + rows * z)];
  };
  const result = { organ: 0, right: 0, wrong: 0 };
  for (let y = 0; y < pane.height; y++) {
    for (let x = 0; x < pane.width; x++) {
      const label = labelAt(x, y);
      const around = [[-margin, 0], [margin, 0], [0, -margin], [0, margin], [-margin, -margin], [margin, margin], [-margin, margin], [margin, -margin]];
      if (around.some(([right, down]) => labelAt(x + right, y + down) !== label)) continue;
      const at = 4 * (y * pane.width + x);
      const found = segmentOf([...hidden.subarray(at, at + 3)], [...shown.subarray(at, at + 3)], pane.colours);
      if (label > 0) result.organ++;
      if (found !== label) result.wrong++;
      else if (label > 0) result.right++;
    }
  }
  return result;
}
