// Reports of measurements and binary glTF as the tests read them, without any code of Islet.
import assert from "node:assert/strict";
import { text } from "./dicom.mjs";
import { hook } from "./harness.mjs";

const AREA = 192 * 192;

const meaning = (code) => text(code[0]["00080104"]);
const name = (item) => meaning(item["0040A043"]);
const kind = (item) => text(item["0040A040"]);
const children = (item) => item["0040A730"] ?? [];
const named = (item, wanted) => children(item).filter((child) => name(child) === wanted);

/** The groups of a report of measurements: what is tracked, numbers with units by name and derivation, and the points on an image. */
export function trackedGroups(document) {
  const [measurements] = named(document, "Imaging Measurements");
  return named(measurements, "Measurement Group").map((group) => {
    const numbers = children(group).filter((item) => kind(item) === "NUM");
    const number = (item) => {
      const derivations = named(item, "Derivation").map((child) => meaning(child["0040A168"]));
      const [measured] = item["0040A300"];
      return [[name(item), ...derivations].join(" "), [measured["0040A161"].readDoubleLE(0), text(measured["004008EA"][0]["00080100"])]];
    };
    const [shape] = [group, ...numbers].flatMap(children).filter((item) => kind(item) === "SCOORD");
    const data = shape?.["00700022"];
    const image = shape && children(shape)[0]["00081199"][0];
    return {
      name: text(named(group, "Tracking Identifier")[0]["0040A160"]),
      numbers: Object.fromEntries(numbers.map(number)),
      points: data && Array.from({ length: data.length / 8 }, (_, i) => [data.readFloatLE(8 * i), data.readFloatLE(8 * i + 4)]),
      image: image && text(image["00081155"]),
    };
  });
}

/** The surfaces of a binary glTF file: name, number of points, volume in litres, and material. */
export function gltf(bytes) {
  assert.deepEqual([bytes.toString("latin1", 0, 4), bytes.readUInt32LE(4), bytes.readUInt32LE(8)], ["glTF", 2, bytes.length]);
  const size = bytes.readUInt32LE(12);
  const json = JSON.parse(bytes.subarray(20, 20 + size));
  const buffer = bytes.subarray(20 + size + 8);
  const view = (index) => {
    const accessor = json.accessors[index];
    return [accessor, json.bufferViews[accessor.bufferView].byteOffset];
  };
  const surfaces = json.scenes[0].nodes.map((node) => {
    const { name, mesh } = json.nodes[node];
    const [{ attributes, indices, material }] = json.meshes[mesh].primitives;
    const [positions, at] = view(attributes.POSITION);
    const [corners, from] = view(indices);
    const corner = (i) => [0, 4, 8].map((axis) => buffer.readFloatLE(at + 12 * buffer.readUInt32LE(from + 4 * i) + axis));
    let six = 0;
    for (let i = 0; i < corners.count; i += 3) {
      const [a, b, c] = [corner(i), corner(i + 1), corner(i + 2)];
      six += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
    }
    return { name, points: positions.count, litres: (six / 6) * 1000, material: json.materials[material] };
  });
  return { json, surfaces };
}

/** Draws a length or an ellipse on the axial picture, from pixel [row, column] to another. */
export async function measure(page, tool, ...ends) {
  await hook(page, `${tool}-toggle`).click();
  const box = await page.locator("[data-pane=axial] .frame canvas").boundingBox();
  const [from, to] = ends.map(([row, column]) => [box.x + ((column + 0.5) / 192) * box.width, box.y + ((row + 0.5) / 192) * box.height]);
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.press("Escape");
}

/** Numbers of a report against the series' own pixels: those of the mask, and those of drawn shapes by their points. */
export function assertMeasured(groups, series, whole, ml) {
  const near = ([value, unit], expected, wanted, tolerance = 1e-6) =>
    assert.ok(Math.abs(value - expected) < tolerance && unit === wanted, `${value} ${unit} instead of ${expected} ${wanted}`);
  const spread = (values) => {
    const mean = values.reduce((sum, hu) => sum + hu, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((sum, hu) => sum + (hu - mean) ** 2, 0) / values.length)];
  };
  const assertHu = (numbers, values) => {
    const [mean, deviation] = spread(values);
    near(numbers["Attenuation Coefficient Mean"], mean, "[hnsf'U]");
    near(numbers["Attenuation Coefficient Standard Deviation"], deviation, "[hnsf'U]");
  };
  const [organ, length, ellipse] = groups;
  assert.deepEqual(groups.map(({ name }) => name), ["Pancreas", "Length 1", "Ellipse 2"]);
  near(organ.numbers.Volume, ml, "ml");
  const inMask = [];
  series.forEach((slice, z) => {
    for (let i = 0; i < AREA; i++) if (whole.data[z * AREA + i]) inMask.push(slice["7FE00010"].readInt16LE(2 * i));
  });
  assertHu(organ.numbers, inMask);

  // Pixels of 2 x 2 mm; what was drawn goes from pixel to pixel within the mouse's precision.
  const [a, b] = length.points;
  near(length.numbers.Length, 2 * Math.hypot(a[0] - b[0], a[1] - b[1]), "mm", 1e-3);
  assert.ok(Math.abs(length.numbers.Length[0] - 100) < 4, `${length.numbers.Length[0]} mm: 30 rows and 40 columns`);
  const slice = series.find((slice) => text(slice["00080018"]) === ellipse.image);
  assert.ok(slice && length.image === ellipse.image, `${ellipse.image} is one of the slices`);
  const [[left, , right], [, top, , bottom]] = [0, 1].map((axis) => ellipse.points.map((point) => point[axis])).map((along, axis) =>
    axis === 0 ? [along[0], 0, along[1]] : [0, along[2], 0, along[3]]);
  // The long axis lies along the columns: 20 pixels, and 10 pixels of rows.
  const [cx, cy, rx, ry] = [(left + right) / 2, (top + bottom) / 2, Math.abs(right - left) / 2, Math.abs(bottom - top) / 2];
  assert.ok(Math.abs(rx - 20) < 1.5 && Math.abs(ry - 10) < 1.5, `${ellipse.points}`);
  near(ellipse.numbers.Area, Math.PI * rx * ry * 4, "mm2", 0.5);
  const inEllipse = [];
  for (let y = 0; y < 192; y++) {
    for (let x = 0; x < 192; x++) {
      // The centre of a pixel is half a pixel from its corner; coordinates are in single precision.
      if (((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2 <= 1 + 1e-6) inEllipse.push(slice["7FE00010"].readInt16LE(2 * (y * 192 + x)));
    }
  }
  assertHu(ellipse.numbers, inEllipse);
  near(ellipse.numbers["Attenuation Coefficient Minimum"], Math.min(...inEllipse), "[hnsf'U]");
  near(ellipse.numbers["Attenuation Coefficient Maximum"], Math.max(...inEllipse), "[hnsf'U]");
}
