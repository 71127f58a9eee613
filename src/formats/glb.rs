//! Surfaces as binary glTF 2.0 (`.glb`): one file with the names and the colours of organs, for programs that show 3-D scenes.
//!
//! glTF counts in metres, and its axes are those of a thing that one looks at: X to the thing's left, Y up, Z to the front. So X is
//! the patient's left, Y superior and Z anterior; the frame stays right-handed. STL is [`stl`](super::stl).

use serde_json::{Value, json};

use super::report::{ISLET_VERSION, STATEMENT};
use crate::core::organ_colours::Rgb;

/// The surface of an organ.
#[derive(Clone, Debug, PartialEq)]
pub struct ColouredSurface {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub rgb: Rgb,
    /// Its opacity, above 0 and up to 1.
    pub opacity: f32,
    /// Corners, LPS, in mm.
    pub points_mm: Vec<[f64; 3]>,
    /// The outward normal of each corner, one long, in the same frame.
    pub normals: Vec<[f64; 3]>,
    /// Three corners each, counterclockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

/// Constants of the format (3.6.2, 3.6.2.4, 4.4 of the specification).
const FLOAT: u32 = 5126;
const UNSIGNED_INT: u32 = 5125;
const ARRAY_BUFFER: u32 = 34962;
const ELEMENT_ARRAY_BUFFER: u32 = 34963;
const HEADER_BYTES: usize = 12;
const CHUNK_HEADER_BYTES: usize = 8;

/// The file of some surfaces, a node, a mesh and a material for each; those without triangles are left out. Corners are in single
/// precision.
pub fn write(surfaces: &[ColouredSurface]) -> Vec<u8> {
    let mut scene = GltfScene::default();
    surfaces.iter().filter(|surface| !surface.triangles.is_empty()).for_each(|surface| scene.add(surface));
    let description = scene.description().to_string().into_bytes();
    let chunks = [chunk(b"JSON", description, b' '), chunk(b"BIN\0", scene.buffer, 0)];
    let length = HEADER_BYTES + chunks.iter().map(Vec::len).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(b"glTF");
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend((length as u32).to_le_bytes());
    chunks.iter().for_each(|chunk| bytes.extend(chunk));
    bytes
}

/// A chunk, padded to a multiple of four bytes; nothing of an empty buffer.
fn chunk(kind: &[u8; 4], mut content: Vec<u8>, padding: u8) -> Vec<u8> {
    if content.is_empty() {
        return Vec::new();
    }
    content.resize(content.len().next_multiple_of(4), padding);
    let mut bytes = Vec::with_capacity(CHUNK_HEADER_BYTES + content.len());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(kind);
    bytes.extend(content);
    bytes
}

/// A file that grows by one surface after the other. Every value has four bytes, so that all views are aligned.
#[derive(Default)]
struct GltfScene {
    buffer: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
    meshes: Vec<Value>,
    materials: Vec<Value>,
    nodes: Vec<Value>,
}

impl GltfScene {
    fn add(&mut self, surface: &ColouredSurface) {
        let points: Vec<[f32; 3]> = surface.points_mm.iter().map(|&mm| gltf_axes(mm.map(|mm| mm / 1000.0))).collect();
        let normals: Vec<[f32; 3]> = surface.normals.iter().map(|&normal| gltf_axes(normal)).collect();
        let [low, high] = bounds(&points);
        let vectors = |parts: &[[f32; 3]]| parts.as_flattened().iter().flat_map(|part| part.to_le_bytes()).collect();
        let positions = self.add_values(
            vectors(&points),
            ARRAY_BUFFER,
            json!({
                "componentType": FLOAT, "count": points.len(), "type": "VEC3", "min": low, "max": high,
            }),
        );
        let normals = self.add_values(
            vectors(&normals),
            ARRAY_BUFFER,
            json!({
                "componentType": FLOAT, "count": normals.len(), "type": "VEC3",
            }),
        );
        let corners = surface.triangles.as_flattened();
        let indices = corners.iter().flat_map(|corner| corner.to_le_bytes()).collect();
        let indices = self.add_values(
            indices,
            ELEMENT_ARRAY_BUFFER,
            json!({
                "componentType": UNSIGNED_INT, "count": corners.len(), "type": "SCALAR",
            }),
        );
        let index = self.meshes.len();
        self.meshes.push(json!({
            "name": surface.name,
            "primitives": [{
                "attributes": {"POSITION": positions, "NORMAL": normals}, "indices": indices, "material": index,
            }],
        }));
        self.nodes.push(json!({"name": surface.name, "mesh": index}));
        self.materials.push(material(surface));
    }

    /// Adds values to the buffer. Returns the index of their accessor.
    fn add_values(&mut self, values: Vec<u8>, target: u32, mut accessor: Value) -> usize {
        self.views.push(json!({
            "buffer": 0, "byteOffset": self.buffer.len(), "byteLength": values.len(), "target": target,
        }));
        self.buffer.extend(values);
        accessor["bufferView"] = json!(self.views.len() - 1);
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    fn description(&self) -> Value {
        let nodes: Vec<usize> = (0..self.nodes.len()).collect();
        let axes = "metres; X to the patient's left, Y to superior, Z to anterior";
        let mut description = json!({
            "asset": {
                "version": "2.0",
                "generator": format!("Islet {ISLET_VERSION}"),
                "extras": {"axes": axes, "statement": STATEMENT},
            },
            "scene": 0,
            "scenes": [{}],
        });
        // Empty lists are not allowed.
        if !nodes.is_empty() {
            description["scenes"] = json!([{"nodes": nodes}]);
            description["nodes"] = json!(self.nodes);
            description["meshes"] = json!(self.meshes);
            description["materials"] = json!(self.materials);
            description["accessors"] = json!(self.accessors);
            description["bufferViews"] = json!(self.views);
            description["buffers"] = json!([{"byteLength": self.buffer.len()}]);
        }
        description
    }
}

/// A dull material of a colour. What one sees through is blended.
fn material(surface: &ColouredSurface) -> Value {
    let [red, green, blue] = surface.rgb.map(linear);
    json!({
        "name": surface.name,
        "pbrMetallicRoughness": {
            "baseColorFactor": [red, green, blue, surface.opacity], "metallicFactor": 0.0, "roughnessFactor": 0.7,
        },
        "alphaMode": if surface.opacity < 1.0 { "BLEND" } else { "OPAQUE" },
    })
}

/// A part of a colour as light, 0 to 1 (sRGB, IEC 61966-2-1).
fn linear(part: u8) -> f32 {
    let part = f32::from(part) / 255.0;
    if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

/// A vector of LPS in the axes of glTF: left, superior, anterior.
fn gltf_axes([left, posterior, superior]: [f64; 3]) -> [f32; 3] {
    [left, superior, 0.0 - posterior].map(|part| part as f32)
}

/// The smallest and the largest value along each axis.
fn bounds(points: &[[f32; 3]]) -> [[f32; 3]; 2] {
    let along = |axis: usize| points.iter().map(move |point| point[axis]);
    [
        [0, 1, 2].map(|axis| along(axis).fold(f32::INFINITY, f32::min)),
        [0, 1, 2].map(|axis| along(axis).fold(f32::NEG_INFINITY, f32::max)),
    ]
}
