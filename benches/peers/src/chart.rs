// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came out, as drawings: lines for a job of many sizes, bars for one of few.

use crate::{
    race::Row,
    report::{distinct, time},
};
use plotters::{coord::Shift, prelude::*};
use std::path::Path;

const COLUMNS: usize = 2;
const WIDTH: u32 = 420;
const LINES: u32 = 260;
const LEGEND: u32 = 28;
const BAR: i32 = 20;
const NAMES: i32 = 170;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Done = Result<(), Box<dyn std::error::Error>>;

/// Jobs of one panel, all of one name.
struct Panel<'a> {
    title: String,
    rows: Vec<&'a Row>,
    is_lines: bool,
}

/// Draws a family of jobs into a file.
pub(crate) fn draw(path: &Path, rows: &[Row]) -> Done {
    let contenders = distinct(rows.iter().map(|row| row.contender));
    let panels = panels(rows);
    let is_lines = panels.iter().any(|panel| panel.is_lines);
    let most = panels.iter().map(|panel| panel.rows.len()).max().unwrap_or_default();
    let height = if is_lines { LINES } else { u32::try_from(most + 2)? * BAR.unsigned_abs() };
    let lines = panels.len().div_ceil(COLUMNS);
    let legend = if is_lines { LEGEND } else { 0 };
    let columns = COLUMNS.min(panels.len());
    let size = (WIDTH * u32::try_from(columns)?, height * u32::try_from(lines)? + legend);
    let root = SVGBackend::new(path, size).into_drawing_area();
    root.fill(&WHITE)?;
    let (top, below) = root.split_vertically(legend);
    if is_lines {
        draw_legend(&top, &contenders)?;
    }
    for (panel, area) in panels.iter().zip(below.split_evenly((lines, columns))) {
        let draw = if panel.is_lines { draw_lines } else { draw_bars };
        draw(&area, panel, &contenders)?;
    }
    root.present()?;
    Ok(())
}

fn panels(rows: &[Row]) -> Vec<Panel<'_>> {
    let mut panels = Vec::new();
    for job in distinct(rows.iter().map(|row| &*row.job)) {
        let of: Vec<&Row> = rows.iter().filter(|row| row.job == job).collect();
        let sizes = distinct(of.iter().map(|row| row.size));
        if sizes.len() > 3 {
            panels.push(Panel { title: format!("{job}, GB/s by bytes"), rows: of, is_lines: true });
            continue;
        }
        for size in sizes {
            let rows = of.iter().copied().filter(|row| row.size == size).collect();
            panels.push(Panel { title: format!("{job}, {}", bytes(size)), rows, is_lines: false });
        }
    }
    panels
}

fn bytes(size: usize) -> String {
    match size {
        0..1024 => format!("{size} B"),
        1024..0x10_0000 => format!("{} KiB", size / 1024),
        _ => format!("{} MiB", size >> 20),
    }
}

/// Colours of the others.
const PEERS: [RGBColor; 8] = [
    RGBColor(31, 90, 160),
    RGBColor(224, 134, 26),
    RGBColor(70, 140, 70),
    RGBColor(120, 90, 170),
    RGBColor(90, 170, 190),
    RGBColor(110, 110, 110),
    RGBColor(170, 120, 90),
    RGBColor(200, 110, 170),
];

/// Ours stand out: red, of which each further one has less. The others have a colour of their own in all panels.
fn style(contender: &str, contenders: &[&str]) -> ShapeStyle {
    let is_ours = |name: &&str| name.starts_with("chancery");
    let alike = contenders.iter().filter(|name| is_ours(name) == is_ours(&contender));
    let at = alike.take_while(|name| **name != contender).count();
    if is_ours(&contender) {
        let others = u8::try_from(at).unwrap_or(u8::MAX).saturating_mul(75).min(170);
        return RGBColor(214, others, others).filled().stroke_width(3);
    }
    PEERS[at % PEERS.len()].filled().stroke_width(1)
}

fn text<'a>(text: impl Into<String>, at: (i32, i32)) -> Text<'a, (i32, i32), String> {
    Text::new(text.into(), at, ("sans-serif", 12).into_font())
}

fn draw_legend(area: &Area<'_>, contenders: &[&str]) -> Done {
    let mut x = 10;
    for name in contenders {
        area.draw(&Rectangle::new([(x, 10), (x + 12, 20)], style(name, contenders)))?;
        area.draw(&text(*name, (x + 16, 10)))?;
        x += 40 + i32::try_from(name.len())? * 6;
    }
    Ok(())
}

fn draw_lines(area: &Area<'_>, panel: &Panel<'_>, contenders: &[&str]) -> Done {
    // Sizes are far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let point = |row: &&Row| (row.size as f64, row.size as f64 / row.ns_median);
    let points: Vec<(f64, f64)> = panel.rows.iter().map(point).collect();
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (mut low, mut high) = (f64::MAX, f64::MIN);
        for value in values {
            (low, high) = (low.min(value), high.max(value));
        }
        low..high
    };
    let x = range(&mut points.iter().map(|(x, _)| *x));
    let y = range(&mut points.iter().map(|(_, y)| *y));
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 13))
        .margin(8)
        .margin_right(24)
        .x_label_area_size(24)
        .y_label_area_size(40)
        .build_cartesian_2d(x.log_scale().base(4.0), (y.start * 0.8..y.end * 1.2).log_scale().base(2.0))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes")]
    let label = |x: &f64| bytes(*x as usize);
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_label_formatter(&label)
        .y_label_formatter(&|y| format!("{y:.2}"))
        .draw()?;
    for contender in contenders {
        let of = panel.rows.iter().filter(|row| row.contender == *contender).map(point);
        chart.draw_series(LineSeries::new(of, style(contender, contenders)))?;
    }
    Ok(())
}

fn draw_bars(area: &Area<'_>, panel: &Panel<'_>, contenders: &[&str]) -> Done {
    area.draw(&text(&*panel.title, (8, 8)))?;
    let longest = panel.rows.iter().map(|row| row.ns_median).fold(0.0, f64::max);
    let room = f64::from(WIDTH) - f64::from(NAMES) - 80.0;
    for (at, row) in panel.rows.iter().enumerate() {
        let y = i32::try_from(at + 1)? * BAR + 10;
        #[expect(clippy::cast_possible_truncation, reason = "pixels")]
        let end = NAMES + (room * row.ns_median / longest) as i32;
        area.draw(&text(row.contender, (8, y)))?;
        area.draw(&Rectangle::new([(NAMES, y), (end, y + 12)], style(row.contender, contenders)))?;
        area.draw(&text(time(row.ns_median), (end + 6, y)))?;
    }
    Ok(())
}
