//! The two programs for the graphics card: lit triangles, and the lines of the crosshair.

use web_sys::{WebGl2RenderingContext as Gl, WebGlProgram, WebGlUniformLocation};

/// A closed surface, lit from beside the viewer. `turn` has the rows right, top, viewer.
const SURFACE_VERTEX: &str = include_str!("surface.vert");
const SURFACE_FRAGMENT: &str = include_str!("surface.frag");
const LINE_VERTEX: &str = include_str!("line.vert");
const LINE_FRAGMENT: &str = include_str!("line.frag");

/// The place of a point in the input of both programs.
pub(super) const POINT: u32 = 0;
/// The place of a normal in the input of the program for surfaces.
pub(super) const NORMAL: u32 = 1;

/// A program that the browser compiles and links meanwhile.
pub(super) struct UnlinkedProgram(WebGlProgram);

impl UnlinkedProgram {
    /// The program for lit triangles.
    pub(super) fn surfaces(gl: &Gl) -> Option<Self> {
        Self::new(gl, SURFACE_VERTEX, SURFACE_FRAGMENT)
    }

    /// The program for lines.
    pub(super) fn lines(gl: &Gl) -> Option<Self> {
        Self::new(gl, LINE_VERTEX, LINE_FRAGMENT)
    }

    fn new(gl: &Gl, vertex: &str, fragment: &str) -> Option<Self> {
        let program = gl.create_program()?;
        for (kind, source) in [(Gl::VERTEX_SHADER, vertex), (Gl::FRAGMENT_SHADER, fragment)] {
            let shader = gl.create_shader(kind)?;
            gl.shader_source(&shader, source);
            gl.compile_shader(&shader);
            gl.attach_shader(&program, &shader);
        }
        gl.link_program(&program);
        Some(Self(program))
    }

    /// The program; `None` if the browser could not compile or link it.
    pub(super) fn linked(self, gl: &Gl) -> Option<ShaderProgram> {
        let Self(program) = self;
        if !gl.get_program_parameter(&program, Gl::LINK_STATUS).is_truthy() {
            return None;
        }
        let [place, turn, colour] = ["place", "turn", "colour"].map(|name| gl.get_uniform_location(&program, name));
        Some(ShaderProgram { program, place, turn, colour })
    }
}

/// A program with the places of its inputs.
pub(super) struct ShaderProgram {
    program: WebGlProgram,
    place: Option<WebGlUniformLocation>,
    turn: Option<WebGlUniformLocation>,
    colour: Option<WebGlUniformLocation>,
}

impl ShaderProgram {
    /// Draws with this program, seen through a camera's matrix and axes.
    pub(super) fn begin(&self, gl: &Gl, matrix: &[f32; 16], axes: &[[f64; 3]; 3]) {
        gl.use_program(Some(&self.program));
        gl.uniform_matrix4fv_with_f32_array(self.place.as_ref(), false, matrix);
        if self.turn.is_some() {
            let mut columns = [0.0f32; 9];
            for (row, axis) in axes.iter().enumerate() {
                (0..3).for_each(|column| columns[3 * column + row] = axis[column] as f32);
            }
            gl.uniform_matrix3fv_with_f32_array(self.turn.as_ref(), false, &columns);
        }
    }

    /// The colour of what is drawn next, each part from 0 to 255, and its opacity.
    pub(super) fn set_colour(&self, gl: &Gl, rgb: [u8; 3], opacity: f32) {
        let [r, g, b] = rgb.map(|part| f32::from(part) / 255.0);
        gl.uniform4f(self.colour.as_ref(), r, g, b, opacity);
    }
}
