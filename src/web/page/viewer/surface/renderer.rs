//! Draws surfaces and the crosshair with WebGL 2, into a picture [aside](super::offscreen).
//!
//! Opaque surfaces come first. Those that one sees through follow from far to near, each of them first into the depth alone:
//! then only its nearest layer is seen, in whichever order its triangles come. Where drawing is slow, surfaces
//! with few triangles are drawn while they move, without that.

use std::collections::BTreeMap;

use wasm_bindgen::JsCast;
use web_sys::{
    HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlBuffer, WebGlContextAttributes, WebGlVertexArrayObject,
};

use super::offscreen::OffscreenPicture;
use super::shaders::{NORMAL, POINT, ShaderProgram, UnlinkedProgram};
use crate::core::organ_colours::Rgb;
use crate::imaging::orbit_camera::OrbitCamera;
use crate::imaging::organ_surface::SurfaceDetail;
use crate::web::page::state::surfaces::{ShownSurface, TriangleSurface};

/// The colour of pieces outside the largest one; no organ has it.
pub(super) const STRAY_RGB: Rgb = [255, 0, 224];
/// The colour of the crosshair: white, since each of its lines lies on two planes.
const CROSSHAIR_RGB: Rgb = [238, 241, 245];
/// The opacity of the crosshair where a surface is before it.
const BEHIND: f32 = 0.5;

/// Everything that is drawn.
pub(super) struct SurfaceScene {
    /// The surfaces.
    pub(super) surfaces: Vec<ShownSurface>,
    /// The ends of the crosshair's lines, in mm (LPS).
    pub(super) crosshair: Vec<[[f64; 3]; 2]>,
    /// The look at them.
    pub(super) camera: OrbitCamera,
    /// How finely surfaces are drawn.
    pub(super) detail: SurfaceDetail,
    /// The colour behind everything.
    pub(super) background: Rgb,
}

/// A surface on the graphics card.
struct UploadedSurface {
    array: WebGlVertexArrayObject,
    buffers: [WebGlBuffer; 3],
    indices: i32,
    /// The middle of its points in mm (LPS).
    middle_mm: [f64; 3],
}

/// The surfaces of an organ on the graphics card.
struct UploadedOrgan {
    version: u64,
    largest: Option<UploadedSurface>,
    moving: Option<UploadedSurface>,
    strays: Option<UploadedSurface>,
}

/// A renderer whose programs the browser still compiles.
pub(super) struct UnreadyRenderer {
    gl: Gl,
    surfaces: UnlinkedProgram,
    lines: UnlinkedProgram,
}

/// Draws for a canvas.
pub(super) struct Renderer {
    gl: Gl,
    surfaces: ShaderProgram,
    lines: ShaderProgram,
    line: (WebGlVertexArrayObject, WebGlBuffer),
    picture: OffscreenPicture,
    organs: BTreeMap<u8, UploadedOrgan>,
}

/// What is drawn of surfaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// How near they are.
    Depth,
    /// Their colour.
    Colour,
}

impl UnreadyRenderer {
    /// Begins with a renderer for a canvas; `None` if the browser has no WebGL 2.
    pub(super) fn new(canvas: &HtmlCanvasElement) -> Option<Self> {
        let attributes = WebGlContextAttributes::new();
        attributes.set_alpha(false);
        // Pictures come to the canvas as they are to be seen.
        attributes.set_antialias(false);
        attributes.set_depth(false);
        // Pictures of the page are made from the canvas at any time.
        attributes.set_preserve_drawing_buffer(true);
        let context = canvas.get_context_with_context_options("webgl2", &attributes).ok().flatten()?;
        let gl: Gl = context.dyn_into().ok()?;
        let (surfaces, lines) = (UnlinkedProgram::surfaces(&gl)?, UnlinkedProgram::lines(&gl)?);
        Some(Self { gl, surfaces, lines })
    }

    /// The renderer; `None` if the browser cannot compile its programs. Waits for them if they are not done.
    pub(super) fn ready(self) -> Option<Renderer> {
        let Self { gl, surfaces, lines } = self;
        let (surfaces, lines) = (surfaces.linked(&gl)?, lines.linked(&gl)?);
        let line = (gl.create_vertex_array()?, gl.create_buffer()?);
        gl.bind_vertex_array(Some(&line.0));
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&line.1));
        gl.enable_vertex_attrib_array(POINT);
        gl.vertex_attrib_pointer_with_i32(POINT, 3, Gl::FLOAT, false, 0, 0);
        gl.enable(Gl::CULL_FACE);
        gl.blend_func(Gl::SRC_ALPHA, Gl::ONE_MINUS_SRC_ALPHA);
        let picture = OffscreenPicture::new(&gl)?;
        Some(Renderer { gl, surfaces, lines, line, picture, organs: BTreeMap::new() })
    }
}

impl Renderer {
    /// True if the browser has taken the graphics away.
    pub(super) fn is_lost(&self) -> bool {
        self.gl.is_context_lost()
    }

    /// True if the last picture can be shown without waiting for it.
    pub(super) fn is_done(&self) -> bool {
        self.picture.is_done()
    }

    /// Shows the last picture in the canvas, which takes its size. Waits for it if it is not done.
    pub(super) fn show(&mut self, canvas: &HtmlCanvasElement) {
        self.picture.show(canvas);
    }

    /// Begins to draw a scene as a picture of `[height, width]` pixels.
    pub(super) fn draw(&mut self, size_px: [u32; 2], scene: &SurfaceScene) {
        self.upload(&scene.surfaces);
        self.picture.begin(size_px, scene.detail);
        self.draw_scene(size_px, scene);
        self.picture.end();
    }

    fn draw_scene(&self, [height, width]: [u32; 2], scene: &SurfaceScene) {
        let size = [width, height].map(f64::from);
        let (matrix, axes) = (scene.camera.matrix(size), scene.camera.axes());
        let gl = &self.gl;
        let [red, green, blue] = scene.background.map(|byte| f32::from(byte) / 255.0);
        gl.clear_color(red, green, blue, 1.0);
        gl.enable(Gl::DEPTH_TEST);
        gl.depth_func(Gl::LEQUAL);
        gl.clear(Gl::COLOR_BUFFER_BIT | Gl::DEPTH_BUFFER_BIT);
        self.surfaces.begin(gl, &matrix, &axes);
        let (mut opaque, mut clear) = (Vec::new(), Vec::new());
        for shown in &scene.surfaces {
            let Some(organ) = self.organs.get(&shown.label) else { continue };
            opaque.extend(organ.strays.as_ref().map(|strays| (strays, STRAY_RGB)));
            let largest = match scene.detail {
                SurfaceDetail::Still => &organ.largest,
                SurfaceDetail::Moving => &organ.moving,
            };
            let Some(largest) = largest else { continue };
            match shown.opacity {
                opacity if opacity >= 1.0 => opaque.push((largest, shown.rgb)),
                opacity => clear.push((largest, shown.rgb, opacity, scene.camera.project(largest.middle_mm, size)[2])),
            }
        }
        for (surface, rgb) in opaque {
            self.draw_surface(surface, rgb, 1.0, Pass::Colour);
        }
        clear.sort_by(|a, b| b.3.total_cmp(&a.3));
        gl.enable(Gl::BLEND);
        for (surface, rgb, opacity, _) in clear {
            if scene.detail == SurfaceDetail::Still {
                self.draw_surface(surface, rgb, opacity, Pass::Depth);
            }
            self.draw_surface(surface, rgb, opacity, Pass::Colour);
        }
        self.draw_crosshair(&scene.crosshair, &matrix, &axes);
        gl.disable(Gl::BLEND);
    }

    fn draw_surface(&self, surface: &UploadedSurface, rgb: Rgb, opacity: f32, pass: Pass) {
        let gl = &self.gl;
        let has_colour = pass == Pass::Colour;
        gl.color_mask(has_colour, has_colour, has_colour, has_colour);
        self.surfaces.set_colour(gl, rgb, opacity);
        gl.bind_vertex_array(Some(&surface.array));
        gl.draw_elements_with_i32(Gl::TRIANGLES, surface.indices, Gl::UNSIGNED_INT, 0);
    }

    /// The lines of the crosshair are seen through surfaces, but weaker.
    fn draw_crosshair(&self, crosshair: &[[[f64; 3]; 2]], matrix: &[f32; 16], axes: &[[f64; 3]; 3]) {
        let gl = &self.gl;
        self.lines.begin(gl, matrix, axes);
        gl.bind_vertex_array(Some(&self.line.0));
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.line.1));
        let points: Vec<f32> = crosshair.as_flattened().as_flattened().iter().map(|&mm| mm as f32).collect();
        gl.buffer_data_with_array_buffer_view(
            Gl::ARRAY_BUFFER,
            &js_sys::Float32Array::from(&points[..]),
            Gl::DYNAMIC_DRAW,
        );
        for (depth_func, opacity) in [(Gl::ALWAYS, BEHIND), (Gl::LEQUAL, 1.0)] {
            gl.depth_func(depth_func);
            gl.depth_mask(false);
            self.lines.set_colour(gl, CROSSHAIR_RGB, opacity);
            gl.draw_arrays(Gl::LINES, 0, 2 * crosshair.len() as i32);
        }
        gl.depth_mask(true);
    }

    /// Brings new surfaces onto the graphics card, and removes those that are no longer shown.
    fn upload(&mut self, shown: &[ShownSurface]) {
        let gl = &self.gl;
        let is_current = |label: &u8, organ: &UploadedOrgan| {
            shown.iter().any(|shown| shown.label == *label && shown.surface.version == organ.version)
        };
        self.organs.retain(|label, organ| {
            let keep = is_current(label, organ);
            if !keep {
                [&organ.largest, &organ.moving, &organ.strays]
                    .into_iter()
                    .flatten()
                    .for_each(|surface| delete(gl, surface));
            }
            keep
        });
        for shown in shown {
            let surface = &shown.surface;
            self.organs.entry(shown.label).or_insert_with(|| UploadedOrgan {
                version: surface.version,
                largest: uploaded(gl, &surface.largest),
                moving: uploaded(gl, &surface.moving),
                strays: uploaded(gl, &surface.strays),
            });
        }
    }
}

/// Brings a surface onto the graphics card; `None` if it is empty or the card takes no more.
fn uploaded(gl: &Gl, surface: &TriangleSurface) -> Option<UploadedSurface> {
    if surface.triangles.is_empty() {
        return None;
    }
    let array = gl.create_vertex_array()?;
    gl.bind_vertex_array(Some(&array));
    let fill = |kind: u32, bytes: &[u8]| {
        let buffer = gl.create_buffer()?;
        gl.bind_buffer(kind, Some(&buffer));
        gl.buffer_data_with_array_buffer_view(kind, &js_sys::Uint8Array::from(bytes), Gl::STATIC_DRAW);
        Some(buffer)
    };
    let points = fill(Gl::ARRAY_BUFFER, bytemuck::cast_slice(&surface.points_mm))?;
    gl.enable_vertex_attrib_array(POINT);
    gl.vertex_attrib_pointer_with_i32(POINT, 3, Gl::FLOAT, false, 0, 0);
    let normals = fill(Gl::ARRAY_BUFFER, &surface.normals)?;
    gl.enable_vertex_attrib_array(NORMAL);
    gl.vertex_attrib_pointer_with_i32(NORMAL, 3, Gl::BYTE, true, 4, 0);
    let triangles = fill(Gl::ELEMENT_ARRAY_BUFFER, bytemuck::cast_slice(&surface.triangles))?;
    gl.bind_vertex_array(None);
    let count = surface.points_mm.len() as f64;
    let middle_mm = [0, 1, 2].map(|i| surface.points_mm.iter().map(|point| f64::from(point[i])).sum::<f64>() / count);
    let indices = 3 * surface.triangles.len() as i32;
    Some(UploadedSurface { array, buffers: [points, normals, triangles], indices, middle_mm })
}

fn delete(gl: &Gl, surface: &UploadedSurface) {
    gl.delete_vertex_array(Some(&surface.array));
    surface.buffers.iter().for_each(|buffer| gl.delete_buffer(Some(buffer)));
}
