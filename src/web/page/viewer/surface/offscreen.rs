//! Where a picture of the surfaces is drawn before it is shown.
//!
//! A browser without a graphics card takes a tenth of a second and more for one, and the page's thread waits for whatever
//! goes to the screen. So a picture is drawn aside, the thread asks now and then whether it is done, and only then is it copied
//! to the canvas.

use web_sys::{HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlFramebuffer, WebGlRenderbuffer, WebGlSync};

use crate::imaging::organ_surface::SurfaceDetail;

/// The samples of each pixel where edges are to be smooth: all that WebGL 2 promises.
const SMOOTH_SAMPLES: i32 = 4;

/// A picture aside, as it is drawn, and with one sample for each pixel.
pub(super) struct OffscreenPicture {
    gl: Gl,
    sampled: WebGlFramebuffer,
    resolved: WebGlFramebuffer,
    /// The samples' colours and depths, and the resolved colours.
    buffers: [WebGlRenderbuffer; 3],
    /// `[height, width]`.
    size_px: [u32; 2],
    /// The samples of each pixel, or 0 for one.
    samples: i32,
    /// Passed once the last picture is done.
    done: Option<WebGlSync>,
}

impl OffscreenPicture {
    /// `None` if the browser has taken the graphics away.
    pub(super) fn new(gl: &Gl) -> Option<Self> {
        let [sampled, resolved] = [gl.create_framebuffer()?, gl.create_framebuffer()?];
        let buffers = [gl.create_renderbuffer()?, gl.create_renderbuffer()?, gl.create_renderbuffer()?];
        let attach = |frame: &WebGlFramebuffer, kind: u32, buffer: &WebGlRenderbuffer| {
            gl.bind_framebuffer(Gl::FRAMEBUFFER, Some(frame));
            // A buffer comes into being only when it is bound.
            gl.bind_renderbuffer(Gl::RENDERBUFFER, Some(buffer));
            gl.framebuffer_renderbuffer(Gl::FRAMEBUFFER, kind, Gl::RENDERBUFFER, Some(buffer));
        };
        attach(&sampled, Gl::COLOR_ATTACHMENT0, &buffers[0]);
        attach(&sampled, Gl::DEPTH_ATTACHMENT, &buffers[1]);
        attach(&resolved, Gl::COLOR_ATTACHMENT0, &buffers[2]);
        Some(Self { gl: gl.clone(), sampled, resolved, buffers, size_px: [0; 2], samples: 0, done: None })
    }

    /// What is drawn next belongs to a new picture of `[height, width]` pixels; while something moves its edges are not smooth.
    pub(super) fn begin(&mut self, size_px: [u32; 2], detail: SurfaceDetail) {
        let gl = &self.gl;
        let [height, width] = size_px.map(|px| px as i32);
        let samples = match detail {
            SurfaceDetail::Still => SMOOTH_SAMPLES,
            SurfaceDetail::Moving => 0,
        };
        if (self.size_px, self.samples) != (size_px, samples) {
            let formats = [(Gl::RGBA8, samples), (Gl::DEPTH_COMPONENT24, samples), (Gl::RGBA8, 0)];
            for (buffer, (format, samples)) in self.buffers.iter().zip(formats) {
                gl.bind_renderbuffer(Gl::RENDERBUFFER, Some(buffer));
                gl.renderbuffer_storage_multisample(Gl::RENDERBUFFER, samples, format, width, height);
            }
            (self.size_px, self.samples) = (size_px, samples);
        }
        gl.bind_framebuffer(Gl::FRAMEBUFFER, Some(&self.sampled));
        gl.viewport(0, 0, width, height);
    }

    /// The picture is drawn once the graphics card has done what it was told so far.
    pub(super) fn end(&mut self) {
        self.copy(&self.sampled, Some(&self.resolved));
        self.forget();
        self.done = self.gl.fence_sync(Gl::SYNC_GPU_COMMANDS_COMPLETE, 0);
        self.gl.flush();
    }

    /// True if nothing is being drawn any more. It does not wait.
    pub(super) fn is_done(&self) -> bool {
        self.done.as_ref().is_none_or(|done| self.gl.get_sync_parameter(done, Gl::SYNC_STATUS) == Gl::SIGNALED)
    }

    /// Copies the picture to the canvas, which takes its size. Waits for the picture if it is not done.
    pub(super) fn show(&mut self, canvas: &HtmlCanvasElement) {
        self.forget();
        if [canvas.height(), canvas.width()] != self.size_px {
            canvas.set_height(self.size_px[0]);
            canvas.set_width(self.size_px[1]);
        }
        self.copy(&self.resolved, None);
    }

    fn forget(&mut self) {
        if let Some(done) = self.done.take() {
            self.gl.delete_sync(Some(&done));
        }
    }

    fn copy(&self, from: &WebGlFramebuffer, to: Option<&WebGlFramebuffer>) {
        let gl = &self.gl;
        let [height, width] = self.size_px.map(|px| px as i32);
        gl.bind_framebuffer(Gl::READ_FRAMEBUFFER, Some(from));
        gl.bind_framebuffer(Gl::DRAW_FRAMEBUFFER, to);
        gl.blit_framebuffer(0, 0, width, height, 0, 0, width, height, Gl::COLOR_BUFFER_BIT, Gl::NEAREST);
    }
}
