//! The panel that takes the result away: the mask, its surface, what was measured, and the picture.

use js_sys::Date;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlElement};

use super::files::save_blob;
use super::state::Page;
use crate::app::protocol::{Export, Request};
use crate::core::error::UserError;
use crate::core::i18n::interpolate;

/// The mask at a click, and a menu with every other kind of file.
#[component]
pub(crate) fn TakeAway() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().export;
    let without_patient = RwSignal::new(false);
    let has_patient = move || page.study.with(|study| study.as_ref().is_some_and(|study| study.has_patient));
    let unfinished = move || {
        let (done, all) = page.progress();
        done < all
    };
    let take = move |what: Export| page.send(&Request::Export { what, at: local_time() });
    let seg_title = move || if has_patient() { words.seg_title } else { words.seg_own_title };
    view! {
        <div class="take">
            <button data-testid="export-nifti" title=words.nifti_title disabled=unfinished
                on:click=move |_| take(Export::Nifti)>{words.nifti}</button>
            <details data-testid="take-away">
                <summary title=words.title>{words.more}</summary>
                <div class="menu">
                    <div class="pair">
                        <button data-testid="export-seg" title=seg_title disabled=unfinished
                            on:click=move |_| take(Export::Seg { without_patient: without_patient.get_untracked() })>{words.seg}</button>
                        <button data-testid="export-stl" title=words.stl_title disabled=unfinished
                            on:click=move |_| take(Export::Stl)>{words.stl}</button>
                        <button data-testid="export-csv" title=words.csv_title disabled=unfinished
                            on:click=move |_| take(Export::Csv)>{words.csv}</button>
                        <button data-testid="export-json" title=words.json_title disabled=unfinished
                            on:click=move |_| take(Export::Json)>{words.json}</button>
                        <button data-testid="export-png" title=words.png_title on:click=move |_| save_picture(page)>{words.png}</button>
                    </div>
                    <Show when=has_patient>
                        <label class="switch" title=words.without_patient_title>
                            <input type="checkbox" data-testid="seg-without-patient" prop:checked=move || without_patient.get()
                                on:change=move |event| without_patient.set(event_target_checked(&event))/>
                            {words.without_patient}
                        </label>
                    </Show>
                </div>
            </details>
        </div>
    }
}

/// Here and now, ISO 8601 to the second.
fn local_time() -> String {
    let now = Date::new_0();
    let date = format!("{:04}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date());
    format!("{date}T{:02}:{:02}:{:02}", now.get_hours(), now.get_minutes(), now.get_seconds())
}

/// Saves the stage as it is seen, at the resolution of screen or slice, whichever is finer. Named by the series' content: its name may
/// hold a patient's.
fn save_picture(page: Page) {
    let Some(study) = page.study.get_untracked() else { return };
    let name = format!("islet_{}_{}.png", &study.key[..8], page.slice.get_untracked() + 1);
    let drawn = drawn_stage().and_then(|canvas| {
        let save = Closure::once_into_js(move |blob: Option<Blob>| {
            if let Some(blob) = blob {
                save_blob(&name, &blob);
            }
        });
        canvas.to_blob(save.unchecked_ref())
    });
    if let Err(error) = drawn {
        let words = &page.words().export;
        let why = interpolate(words.picture_why, &[("error", &crate::web::transfer::text(&error))]);
        page.failure.set(Some(UserError::new(words.picture, why, words.picture_hint)));
    }
}

/// Every picture and the lettering over it, where they are seen.
fn drawn_stage() -> Result<HtmlCanvasElement, JsValue> {
    let stage = document().query_selector(".panes")?.ok_or(JsValue::NULL)?;
    let seen = stage.get_bounding_client_rect();
    let all = |selector: &str| -> Result<Vec<HtmlElement>, JsValue> {
        let found = stage.query_selector_all(selector)?;
        Ok((0..found.length()).filter_map(|i| found.get(i)?.dyn_into().ok()).collect())
    };
    let pictures: Vec<HtmlCanvasElement> = all("canvas")?.into_iter().map(JsCast::unchecked_into).collect();
    let finest = pictures.iter().map(|canvas| f64::from(canvas.width()) / canvas.get_bounding_client_rect().width());
    let scale = finest.fold(window().device_pixel_ratio(), f64::max).min(MOST_PX / seen.width().max(seen.height()));

    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width((seen.width() * scale).round() as u32);
    canvas.set_height((seen.height() * scale).round() as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into();
    context.scale(scale, scale)?;
    context.translate(-seen.x(), -seen.y())?;
    context.set_fill_style_str("#000");
    context.fill_rect(seen.x(), seen.y(), seen.width(), seen.height());
    for picture in &pictures {
        let at = picture.get_bounding_client_rect();
        // One that is larger than its pane is cut off there.
        let frame = picture.closest(".stage")?.map_or_else(|| at.clone(), |frame| frame.get_bounding_client_rect());
        context.save();
        context.begin_path();
        context.rect(frame.x(), frame.y(), frame.width(), frame.height());
        context.clip();
        context.draw_image_with_html_canvas_element_and_dw_and_dh(picture, at.x(), at.y(), at.width(), at.height())?;
        context.restore();
    }
    for cut in all(".cut")? {
        let at = cut.get_bounding_client_rect();
        let colour = window().get_computed_style(&cut)?.ok_or(JsValue::NULL)?.get_property_value("background-color")?;
        context.set_fill_style_str(&colour);
        context.fill_rect(at.x(), at.y(), at.width(), at.height());
    }
    let rulers = stage.query_selector_all("line")?;
    for ruler in (0..rulers.length()).filter_map(|i| rulers.get(i)?.dyn_into::<Element>().ok()) {
        draw_ruler(&context, &ruler)?;
    }
    for lettering in [".letter", ".place", "output", ".scale"] {
        all(lettering)?.iter().try_for_each(|letters| write(&context, letters))?;
    }
    Ok(canvas)
}

/// A line whose ends are in percent of the drawing around it.
fn draw_ruler(context: &CanvasRenderingContext2d, ruler: &Element) -> Result<(), JsValue> {
    let around = ruler.closest("svg")?.ok_or(JsValue::NULL)?.get_bounding_client_rect();
    let percent = |name: &str| ruler.get_attribute(name).and_then(|value| value.parse::<f64>().ok()).unwrap_or(0.0);
    let colour = window().get_computed_style(ruler)?.ok_or(JsValue::NULL)?.get_property_value("stroke")?;
    context.set_line_width(1.5);
    context.set_stroke_style_str(&colour);
    context.begin_path();
    for [x, y] in [["x1", "y1"], ["x2", "y2"]] {
        context.line_to(
            around.x() + percent(x) * around.width() / 100.0,
            around.y() + percent(y) * around.height() / 100.0,
        );
    }
    context.stroke();
    Ok(())
}

/// The largest side of a picture.
const MOST_PX: f64 = 4096.0;

/// An element's text in its place; a scale with its line.
fn write(context: &CanvasRenderingContext2d, letters: &HtmlElement) -> Result<(), JsValue> {
    let at = letters.get_bounding_client_rect();
    let style = window().get_computed_style(letters)?.ok_or(JsValue::NULL)?;
    let [colour, weight, size, family] = ["color", "font-weight", "font-size", "font-family"]
        .map(|name| style.get_property_value(name).unwrap_or_default());
    context.set_font(&format!("{weight} {size} {family}"));
    context.set_text_align("center");
    context.set_text_baseline("middle");
    let middle = at.x() + at.width() / 2.0;
    let text = letters.text_content().unwrap_or_default();
    let is_scale = letters.class_name() == "scale";
    let line = at.y() + if is_scale { at.height() - 12.0 } else { at.height() / 2.0 };
    context.set_line_width(3.0);
    context.set_stroke_style_str("#000");
    context.stroke_text(&text, middle, line)?;
    context.set_fill_style_str(&colour);
    context.fill_text(&text, middle, line)?;
    if is_scale {
        // Between pixels a thinner one would be half as bright.
        context.set_line_width(2.0);
        context.set_stroke_style_str(&colour);
        context.begin_path();
        for (x, y) in
            [(at.left(), at.top()), (at.left(), at.bottom()), (at.right(), at.bottom()), (at.right(), at.top())]
        {
            context.line_to(x, y);
        }
        context.stroke();
    }
    Ok(())
}
