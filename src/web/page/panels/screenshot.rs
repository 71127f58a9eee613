//! Draws the viewer with everything over it into one canvas, as it is seen.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, DomRect, Element, HtmlCanvasElement, HtmlElement};

/// The longest side of the canvas.
const MAX_SIDE_PX: f64 = 4096.0;

/// Draws every picture and the text over it, at the resolution of screen or slice, whichever is finer.
///
/// # Errors
///
/// Returns the browser's error, or null if there is no picture.
pub(crate) fn draw_viewer() -> Result<HtmlCanvasElement, JsValue> {
    let stage = document().query_selector(".panes")?.ok_or(JsValue::NULL)?;
    let frame = stage.get_bounding_client_rect();
    let pictures: Vec<HtmlCanvasElement> = elements(&stage, "canvas")?;
    let scales = pictures.iter().map(|canvas| f64::from(canvas.width()) / canvas.get_bounding_client_rect().width());
    let scale = scales.fold(window().device_pixel_ratio(), f64::max);
    let scale = scale.min(MAX_SIDE_PX / frame.width().max(frame.height()));

    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width((frame.width() * scale).round() as u32);
    canvas.set_height((frame.height() * scale).round() as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into();
    context.scale(scale, scale)?;
    context.translate(-frame.x(), -frame.y())?;
    context.set_fill_style_str("#000");
    fill(&context, &frame);
    pictures.iter().try_for_each(|picture| draw_picture(&context, picture))?;
    for line in elements::<HtmlElement>(&stage, ".cut")? {
        context.set_fill_style_str(&style(&line, "background-color")?);
        fill(&context, &line.get_bounding_client_rect());
    }
    elements(&stage, ".rulers>*")?.iter().try_for_each(|shape| draw_shape(&context, shape))?;
    for selector in
        [".letter", ".corner>:not(.patient)", ".place", ".slab-name", ".piece", ".number", "output", ".scale"]
    {
        elements(&stage, selector)?.iter().try_for_each(|element| draw_text(&context, element))?;
    }
    Ok(canvas)
}

fn elements<T: JsCast>(parent: &Element, selector: &str) -> Result<Vec<T>, JsValue> {
    let list = parent.query_selector_all(selector)?;
    let found = (0..list.length()).filter_map(|i| list.get(i)?.dyn_into::<T>().ok());
    // A pane that is not on the screen has no size; a vertical line has no width.
    let is_shown = |element: &T| {
        let rect = element.unchecked_ref::<Element>().get_bounding_client_rect();
        rect.width() > 0.0 || rect.height() > 0.0
    };
    Ok(found.filter(is_shown).collect())
}

fn style(element: &Element, property: &str) -> Result<String, JsValue> {
    window().get_computed_style(element)?.ok_or(JsValue::NULL)?.get_property_value(property)
}

fn fill(context: &CanvasRenderingContext2d, rect: &DomRect) {
    context.fill_rect(rect.x(), rect.y(), rect.width(), rect.height());
}

/// Draws a picture, clipped to its pane.
fn draw_picture(context: &CanvasRenderingContext2d, picture: &HtmlCanvasElement) -> Result<(), JsValue> {
    let rect = picture.get_bounding_client_rect();
    context.save();
    clip_to_stage(context, picture)?;
    let (x, y, width, height) = (rect.x(), rect.y(), rect.width(), rect.height());
    context.draw_image_with_html_canvas_element_and_dw_and_dh(picture, x, y, width, height)?;
    context.restore();
    Ok(())
}

/// Leaves out what is drawn from now on outside of the element's pane.
fn clip_to_stage(context: &CanvasRenderingContext2d, element: &Element) -> Result<(), JsValue> {
    let stage = element.closest(".stage")?.unwrap_or_else(|| element.clone());
    let clip = stage.get_bounding_client_rect();
    context.begin_path();
    context.rect(clip.x(), clip.y(), clip.width(), clip.height());
    context.clip();
    Ok(())
}

/// Draws a line or an ellipse whose place is given in percent of its SVG element.
fn draw_shape(context: &CanvasRenderingContext2d, shape: &Element) -> Result<(), JsValue> {
    let frame = shape.closest("svg")?.ok_or(JsValue::NULL)?.get_bounding_client_rect();
    let share = |name: &str| {
        let percent = shape.get_attribute(name).and_then(|value| value.parse::<f64>().ok());
        percent.unwrap_or(0.0) / 100.0
    };
    let x = |name: &str| frame.x() + share(name) * frame.width();
    let y = |name: &str| frame.y() + share(name) * frame.height();
    context.save();
    clip_to_stage(context, shape)?;
    context.set_line_width(1.5);
    context.set_stroke_style_str(&style(shape, "stroke")?);
    context.begin_path();
    if shape.tag_name() == "ellipse" {
        let [rx, ry] = [share("rx") * frame.width(), share("ry") * frame.height()];
        context.ellipse(x("cx"), y("cy"), rx, ry, 0.0, 0.0, std::f64::consts::TAU)?;
    } else {
        context.move_to(x("x1"), y("y1"));
        context.line_to(x("x2"), y("y2"));
    }
    context.stroke();
    context.restore();
    Ok(())
}

/// Draws an element's text where it is; a scale bar is drawn with its line.
fn draw_text(context: &CanvasRenderingContext2d, element: &HtmlElement) -> Result<(), JsValue> {
    let rect = element.get_bounding_client_rect();
    let colour = style(element, "color")?;
    let [weight, size, family] =
        ["font-weight", "font-size", "font-family"].map(|property| style(element, property).unwrap_or_default());
    context.set_font(&format!("{weight} {size} {family}"));
    context.set_text_align("center");
    context.set_text_baseline("middle");
    let text = element.text_content().unwrap_or_default();
    let is_scale = element.class_name() == "scale";
    let middle = rect.x() + rect.width() / 2.0;
    let line = rect.y() + if is_scale { rect.height() - 12.0 } else { rect.height() / 2.0 };
    context.set_line_width(3.0);
    context.set_stroke_style_str("#000");
    context.stroke_text(&text, middle, line)?;
    context.set_fill_style_str(&colour);
    context.fill_text(&text, middle, line)?;
    if is_scale {
        // A thinner line would fall between pixels and be half as bright.
        context.set_line_width(2.0);
        context.set_stroke_style_str(&colour);
        context.begin_path();
        for (x, y) in [
            (rect.left(), rect.top()),
            (rect.left(), rect.bottom()),
            (rect.right(), rect.bottom()),
            (rect.right(), rect.top()),
        ] {
            context.line_to(x, y);
        }
        context.stroke();
    }
    Ok(())
}
