// A patient made of shapes in millimetres: any slices of it can be written as DICOM, and what an organ is, is known for every place without a file of Islet.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

/** Hounsfield units of an organ, by its number from 1; no two share a value, and none is the body's or the air's. */
export const ORGAN_HU = [150, 300, 450];
const [BODY_HU, AIR_HU] = [20, -900];

/** No organ looks the same from another side, and the third has a hole. */
const isIn = [
  ([x, y, z]) => ((x + 14) / 14) ** 2 + ((y + 4) / 9) ** 2 + ((z - 5) / 16) ** 2 <= 1 && !(x < -16 && y > 0),
  ([x, y, z]) => Math.abs(x - 12) <= 7 + z / 6 && Math.abs(y - 8) <= 4.3 && Math.abs(z) <= 19,
  ([x, y, z]) => {
    const out = Math.hypot((x - 10) / 1.3, y + 9);
    return out <= 8 && out > 3.4 && z > -15 && z < 12.1;
  },
];

/** The organ at a place [L, P, S] in mm; 0 for none. */
export const organAt = (place) => 1 + isIn.findIndex((is) => is(place));

export function huAt(place) {
  const organ = organAt(place);
  if (organ > 0) return ORGAN_HU[organ - 1];
  return (place[0] / 40) ** 2 + (place[1] / 28) ** 2 <= 1 ? BODY_HU : AIR_HU;
}

/** A voxel's place [L, P, S] in mm. */
export const placeOf = ({ origin, along, down, through }, column, row, slice) =>
  origin.map((mm, i) => mm + column * along[i] + row * down[i] + slice * through[i]);

/** A grid around the middle of the patient: steps from column to column, row to row and slice to slice, in mm, and how many there are of each. */
export function grid([along, down, through], [columns, rows, slices]) {
  const middle = (step, count, i) => (step[i] * (count - 1)) / 2;
  const origin = [0, 1, 2].map((i) => -middle(along, columns, i) - middle(down, rows, i) - middle(through, slices, i));
  return { along, down, through, columns, rows, slices, origin };
}

const length = (vector) => Math.hypot(...vector);
const unit = (vector) => vector.map((mm) => mm / length(vector));
/** A decimal string (DS) has at most 16 characters. */
const decimals = (numbers) => numbers.map((n) => String(Number(n.toFixed(10))).slice(0, 16)).join("\\");

/** An element of explicit VR, little endian. */
function element(group, number, vr, value) {
  let bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value), "latin1");
  if (bytes.length % 2) bytes = Buffer.concat([bytes, Buffer.from([vr === "UI" ? 0 : 32])]);
  const long = vr === "OW" || vr === "OB";
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, "latin1");
  if (long) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

const us = (value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const CT = "1.2.840.10008.5.1.4.1.1.2";

/** One slice as a DICOM file; `root` is the UID of the study, to which more is added for what is in it. */
function slice(grid, number, instance, root, hu) {
  const meta = [
    element(0x2, 0x1, "OB", Buffer.from([0, 1])), element(0x2, 0x2, "UI", CT), element(0x2, 0x3, "UI", `${root}.3.${instance}`),
    element(0x2, 0x10, "UI", "1.2.840.10008.1.2.1"), element(0x2, 0x12, "UI", "2.25.1"),
  ];
  const size = Buffer.alloc(4);
  size.writeUInt32LE(meta.reduce((sum, part) => sum + part.length, 0));
  const pixels = Buffer.alloc(2 * grid.columns * grid.rows);
  for (let i = 0; i < grid.columns * grid.rows; i++) {
    pixels.writeInt16LE(hu(i % grid.columns, Math.floor(i / grid.columns), number), 2 * i);
  }
  return Buffer.concat([
    Buffer.alloc(128), Buffer.from("DICM"), element(0x2, 0x0, "UL", size), ...meta,
    element(0x8, 0x8, "CS", "ORIGINAL\\PRIMARY\\AXIAL"), element(0x8, 0x16, "UI", CT), element(0x8, 0x18, "UI", `${root}.3.${instance}`),
    element(0x8, 0x20, "DA", "20260101"), element(0x8, 0x30, "TM", "120000"), element(0x8, 0x50, "SH", ""), element(0x8, 0x60, "CS", "CT"),
    element(0x8, 0x70, "LO", "none"), element(0x8, 0x90, "PN", ""), element(0x8, 0x103e, "LO", "shapes"),
    element(0x10, 0x10, "PN", "SHAPES"), element(0x10, 0x20, "LO", root), element(0x10, 0x30, "DA", ""), element(0x10, 0x40, "CS", ""),
    element(0x18, 0x50, "DS", decimals([length(grid.through)])),
    element(0x20, 0xd, "UI", root), element(0x20, 0xe, "UI", `${root}.1`), element(0x20, 0x10, "SH", "1"), element(0x20, 0x11, "IS", "1"),
    element(0x20, 0x13, "IS", instance), element(0x20, 0x32, "DS", decimals(placeOf(grid, 0, 0, number))),
    element(0x20, 0x37, "DS", decimals([...unit(grid.along), ...unit(grid.down)])), element(0x20, 0x52, "UI", `${root}.2`), element(0x20, 0x1040, "LO", ""),
    element(0x28, 0x2, "US", us(1)), element(0x28, 0x4, "CS", "MONOCHROME2"), element(0x28, 0x10, "US", us(grid.rows)), element(0x28, 0x11, "US", us(grid.columns)),
    element(0x28, 0x30, "DS", decimals([length(grid.down), length(grid.along)])),
    element(0x28, 0x100, "US", us(16)), element(0x28, 0x101, "US", us(16)), element(0x28, 0x102, "US", us(15)), element(0x28, 0x103, "US", us(1)),
    element(0x28, 0x1052, "DS", "0"), element(0x28, 0x1053, "DS", "1"), element(0x7fe0, 0x10, "OW", pixels),
  ]);
}

/** Writes the slices of a grid to a folder. `hu` gives Hounsfield units for a column, row and slice. */
export function writeSeries(folder, grid, root, hu = (...voxel) => huAt(placeOf(grid, ...voxel))) {
  mkdirSync(folder, { recursive: true });
  for (let z = 0; z < grid.slices; z++) {
    writeFileSync(join(folder, `${String(z + 1).padStart(3, "0")}.dcm`), slice(grid, z, z + 1, root, hu));
  }
}

/** The organ of every voxel, columns first, as `{ origin, along, down, through, columns, rows, slices, labels }`. */
export function organsOf(grid) {
  const labels = new Uint8Array(grid.columns * grid.rows * grid.slices);
  let at = 0;
  for (let z = 0; z < grid.slices; z++) {
    for (let y = 0; y < grid.rows; y++) for (let x = 0; x < grid.columns; x++) labels[at++] = organAt(placeOf(grid, x, y, z));
  }
  return { ...grid, labels };
}

/** Writes labels on their grid as NIfTI. */
export function writeNifti(path, { labels, ...grid }) {
  const head = Buffer.alloc(352);
  head.writeInt32LE(348, 0);
  [3, grid.columns, grid.rows, grid.slices, 1, 1, 1, 1].forEach((n, i) => head.writeInt16LE(n, 40 + 2 * i));
  head.writeInt16LE(2, 70);
  head.writeInt16LE(8, 72);
  [1, length(grid.along), length(grid.down), length(grid.through), 1, 1, 1, 1].forEach((mm, i) => head.writeFloatLE(mm, 76 + 4 * i));
  head.writeFloatLE(352, 108);
  head.writeFloatLE(1, 112);
  head.writeInt16LE(1, 254);
  // NIfTI counts to the right and to anterior, where DICOM counts to the left and to posterior.
  [-1, -1, 1].forEach((sign, i) =>
    [grid.along[i], grid.down[i], grid.through[i], grid.origin[i]].forEach((mm, j) => head.writeFloatLE(sign * mm, 280 + 16 * i + 4 * j)));
  head.write("n+1\0", 344, "latin1");
  writeFileSync(path, gzipSync(Buffer.concat([head, labels])));
}

/** The labels of a .nii.gz of bytes, as `organsOf` gives them. */
export function readNifti(path) {
  const bytes = gunzipSync(readFileSync(path));
  const [columns, rows, slices] = [42, 44, 46].map((at) => bytes.readInt16LE(at));
  if (bytes.readInt16LE(70) !== 2 || bytes.readInt16LE(254) < 1) throw new Error(`${path} is not a NIfTI file of bytes with an sform`);
  const column = (j) => [-1, -1, 1].map((sign, i) => sign * bytes.readFloatLE(280 + 16 * i + 4 * j));
  const [along, down, through, origin] = [0, 1, 2, 3].map(column);
  const start = bytes.readFloatLE(108);
  return { origin, along, down, through, columns, rows, slices, labels: bytes.subarray(start, start + columns * rows * slices) };
}
