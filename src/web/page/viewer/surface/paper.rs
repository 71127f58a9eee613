//! The surfaces on a canvas of their own, for a report.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

use super::renderer::{Renderer, SurfaceScene, UnreadyRenderer};
use crate::imaging::organ_surface::SurfaceDetail;
use crate::web::page::state::surfaces::Surfaces;

/// White, as paper is.
const PAPER_RGB: [u8; 3] = [255; 3];
/// `[height, width]`: some 300 dpi on paper.
const SIZE_PX: [u32; 2] = [640, 680];

/// The picture of the surfaces.
pub(crate) struct PaperPicture {
    /// Its address, `data:image/png;base64,...`.
    pub(crate) png: String,
    /// `[height, width]`.
    pub(crate) size_px: [u32; 2],
    /// The directions in the patient at its left, right, top and bottom edge.
    pub(crate) letters: [String; 4],
}

/// A canvas that is not on the screen. It is kept, since browsers allow few of its kind.
pub(crate) struct PaperEasel {
    canvas: HtmlCanvasElement,
    renderer: Renderer,
}

impl PaperEasel {
    /// `None` if the browser has no WebGL 2.
    pub(crate) fn new() -> Option<Self> {
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        Some(Self { renderer: UnreadyRenderer::new(&canvas)?.ready()?, canvas })
    }

    /// Draws the surfaces that are shown. `None` if there are none, or if the browser has taken the graphics away.
    pub(crate) fn draw(&mut self, surfaces: &Surfaces) -> Option<PaperPicture> {
        let camera = surfaces.camera_for_report()?;
        let scene = SurfaceScene {
            surfaces: surfaces.shown(),
            crosshair: Vec::new(),
            camera,
            detail: SurfaceDetail::Still,
            background: PAPER_RGB,
        };
        self.renderer.draw(SIZE_PX, &scene);
        self.renderer.show(&self.canvas);
        let png = self.canvas.to_data_url().ok().filter(|_| !self.renderer.is_lost())?;
        Some(PaperPicture { png, size_px: SIZE_PX, letters: camera.letters() })
    }
}
