//! Binary glTF as its specification says (3.6, 4.4), read by a small parser of its own, against the STL of the same surface.

use std::collections::HashSet;

use islet::core::mask::Mask;
use islet::core::volume::Geometry;
use islet::formats::glb::{self, ColouredSurface};
use islet::formats::stl;
use islet::imaging::mesh::{Mesh, surface};
use serde_json::Value;

/// A binary glTF file.
pub(crate) struct Scene {
    pub(crate) json: Value,
    buffer: Vec<u8>,
}

/// The surface of a mesh in a file.
pub(crate) struct ReadSurface {
    pub(crate) name: String,
    pub(crate) points: Vec<[f64; 3]>,
    pub(crate) normals: Vec<[f64; 3]>,
    pub(crate) triangles: Vec<[u32; 3]>,
    pub(crate) material: Value,
}

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

impl Scene {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        assert_eq!((&bytes[..4], number(bytes, 4), number(bytes, 8)), (&b"glTF"[..], 2, bytes.len()));
        let json_bytes = number(bytes, 12);
        assert_eq!((&bytes[16..20], json_bytes % 4), (&b"JSON"[..], 0));
        let json: Value = serde_json::from_slice(&bytes[20..20 + json_bytes]).unwrap();
        let rest = &bytes[20 + json_bytes..];
        assert_eq!((&rest[4..8], number(rest, 0) % 4), (&b"BIN\0"[..], 0));
        let buffer = rest[8..].to_vec();
        assert_eq!(buffer.len(), number(rest, 0));
        let declared = json["buffers"][0]["byteLength"].as_u64().unwrap() as usize;
        assert!(declared <= buffer.len() && buffer.len() < declared + 4);
        assert_eq!(json["asset"]["version"], "2.0");
        Self { json, buffer }
    }

    /// The bytes of an accessor with so many bytes an element.
    fn values(&self, accessor: &Value, kind: (u64, &str), size: usize) -> Vec<&[u8]> {
        let accessor = &self.json["accessors"][accessor.as_u64().unwrap() as usize];
        assert_eq!((accessor["componentType"].as_u64().unwrap(), accessor["type"].as_str().unwrap()), kind);
        let view = &self.json["bufferViews"][accessor["bufferView"].as_u64().unwrap() as usize];
        let [offset, length, count] =
            [&view["byteOffset"], &view["byteLength"], &accessor["count"]].map(|n| n.as_u64().unwrap() as usize);
        assert_eq!((offset % 4, length), (0, count * size));
        self.buffer[offset..offset + length].chunks(size).collect()
    }

    fn vectors(&self, accessor: &Value) -> Vec<[f64; 3]> {
        let part = |bytes: &[u8], at: usize| f64::from(f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()));
        self.values(accessor, (5126, "VEC3"), 12).iter().map(|v| [0, 4, 8].map(|at| part(v, at))).collect()
    }

    /// The surfaces of the scene's nodes, each on its own.
    pub(crate) fn surfaces(&self) -> Vec<ReadSurface> {
        let nodes = self.json["scenes"][0]["nodes"].as_array().unwrap();
        let read = |node: &Value| {
            let node = &self.json["nodes"][node.as_u64().unwrap() as usize];
            let mesh = &self.json["meshes"][node["mesh"].as_u64().unwrap() as usize];
            let [primitive] = &mesh["primitives"].as_array().unwrap()[..] else { panic!("one primitive") };
            let points = self.vectors(&primitive["attributes"]["POSITION"]);
            let accessor = &self.json["accessors"][primitive["attributes"]["POSITION"].as_u64().unwrap() as usize];
            for (name, pick) in [("min", f64::min as fn(f64, f64) -> f64), ("max", f64::max)] {
                for axis in 0..3 {
                    let found = points.iter().map(|point| point[axis]).reduce(pick).unwrap();
                    assert_eq!(accessor[name][axis].as_f64().unwrap() as f32, found as f32, "{name} of axis {axis}");
                }
            }
            let indices = self.values(&primitive["indices"], (5125, "SCALAR"), 4);
            let corners: Vec<u32> = indices.iter().map(|v| u32::from_le_bytes((*v).try_into().unwrap())).collect();
            assert!(corners.iter().all(|&corner| (corner as usize) < points.len()));
            ReadSurface {
                name: node["name"].as_str().unwrap().into(),
                normals: self.vectors(&primitive["attributes"]["NORMAL"]),
                points,
                triangles: corners.as_chunks::<3>().0.to_vec(),
                material: self.json["materials"][primitive["material"].as_u64().unwrap() as usize].clone(),
            }
        };
        nodes.iter().map(read).collect()
    }
}

fn volume(triangles: impl Iterator<Item = [[f64; 3]; 3]>) -> f64 {
    let six = |[a, b, c]: [[f64; 3]; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    triangles.map(six).sum::<f64>() / 6.0
}

impl ReadSurface {
    pub(crate) fn volume_m3(&self) -> f64 {
        volume(self.triangles.iter().map(|triangle| triangle.map(|corner| self.points[corner as usize])))
    }
}

/// An ellipsoid on a tilted grid, and its surface.
fn ellipsoid() -> Mesh {
    let dims = [14, 20, 24];
    let labels = (0..dims.iter().product()).map(|i: usize| {
        let [z, y, x] = [i / 480, i / 24 % 20, i % 24].map(|at| at as f64);
        u8::from(((z - 6.5) / 5.0).powi(2) + ((y - 9.5) / 8.0).powi(2) + ((x - 11.5) / 9.0).powi(2) <= 1.0)
    });
    let mask = Mask { labels: labels.collect(), dims };
    let affine = [[0.8, 0.1, 0.0, -120.0], [-0.1, 0.8, 0.3, -60.0], [0.0, 0.0, -2.5, 740.0]];
    surface(&mask, &Geometry { affine })
}

fn coloured(name: &str, opacity: f32, mesh: &Mesh) -> ColouredSurface {
    ColouredSurface {
        name: name.into(),
        rgb: [255, 128, 10],
        opacity,
        points_mm: mesh.points_mm.clone(),
        normals: mesh.point_normals(),
        triangles: mesh.triangles.clone(),
    }
}

#[test]
fn a_scene_has_the_points_and_the_volume_of_the_stl_of_the_same_surface() {
    let mesh = ellipsoid();
    let stl = stl::write(mesh.triangles.iter().map(|&triangle| mesh.corners(triangle)));
    let corner =
        |at: usize| [0, 4, 8].map(|axis| f32::from_le_bytes(stl[at + axis..at + axis + 4].try_into().unwrap()));
    let facets = (0..number(&stl, 80)).map(|facet| [12, 24, 36].map(|at| corner(84 + 50 * facet + at)));
    let facets: Vec<[[f32; 3]; 3]> = facets.collect();
    let distinct: HashSet<[u32; 3]> = facets.iter().flatten().map(|point| point.map(f32::to_bits)).collect();
    let stl_mm3 = volume(facets.iter().map(|facet| facet.map(|point| point.map(f64::from))));

    let scene = Scene::read(&glb::write(&[coloured("Pancreas", 1.0, &mesh), coloured("Liver", 0.25, &mesh)]));
    let surfaces = scene.surfaces();
    assert_eq!(surfaces.iter().map(|surface| surface.name.as_str()).collect::<Vec<_>>(), ["Pancreas", "Liver"]);
    for surface in &surfaces {
        assert_eq!((surface.points.len(), surface.triangles.len()), (distinct.len(), facets.len()));
        // A volume above zero: triangles face outwards, so the frame is not mirrored.
        let mm3 = surface.volume_m3() * 1e9;
        assert!((mm3 / stl_mm3 - 1.0).abs() < 1e-4 && mm3 > 2000.0, "{mm3} {stl_mm3}");
        assert_eq!(surface.normals.len(), surface.points.len());
        for normal in &surface.normals {
            assert!((normal.iter().map(|part| part * part).sum::<f64>() - 1.0).abs() < 1e-5, "{normal:?}");
        }
    }
}

#[test]
fn metres_axes_colours_and_opacity_are_those_of_the_format() {
    // A tetrahedron with its corners 10 mm to the left, 20 mm to posterior and 30 mm to superior of the origin.
    let points_mm = vec![[0.0; 3], [10.0, 0.0, 0.0], [0.0, 20.0, 0.0], [0.0, 0.0, 30.0]];
    let triangles = vec![[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
    let mesh = Mesh { points_mm, triangles };
    let scene = Scene::read(&glb::write(&[
        coloured("Left & \"right\"", 0.25, &mesh),
        ColouredSurface { triangles: Vec::new(), ..coloured("Nothing", 1.0, &mesh) },
        coloured("Opaque", 1.0, &mesh),
    ]));
    let [clear, opaque] = &scene.surfaces()[..] else { panic!("two surfaces") };
    // X to the left, Y to superior, Z to anterior, in metres.
    let expected = [[0.0, 0.0, 0.0], [0.01, 0.0, 0.0], [0.0, 0.0, -0.02], [0.0, 0.03, 0.0]];
    for (found, expected) in clear.points.iter().zip(expected) {
        assert!((0..3).all(|axis| (found[axis] - expected[axis]).abs() < 1e-8), "{found:?} {expected:?}");
    }
    // A sixth of 10 x 20 x 30 mm.
    assert!((clear.volume_m3() - 1e-6).abs() < 1e-12);
    assert_eq!((clear.name.as_str(), clear.material["alphaMode"].as_str()), ("Left & \"right\"", Some("BLEND")));
    assert_eq!((opaque.name.as_str(), opaque.material["alphaMode"].as_str()), ("Opaque", Some("OPAQUE")));
    // 255, 128 and 10 of sRGB as light: 1, 0.2158605 and 10 / 255 / 12.92.
    let colour: Vec<f64> =
        serde_json::from_value(clear.material["pbrMetallicRoughness"]["baseColorFactor"].clone()).unwrap();
    for (found, expected) in colour.iter().zip([1.0, 0.215_860_5, 0.003_035_27, 0.25]) {
        assert!((found - expected).abs() < 1e-6, "{colour:?}");
    }
}
