//! Scores as a table of the cases (CSV).

use std::fmt::Write;

use super::build::{ScoredCase, file_name, scores_by_object};
use super::metrics::{COUNTS, FOCUS, METRICS};

/// One line per case and object; undefined values are empty fields. The focus of each gate follows
/// if the network has gates.
pub fn csv(cases: &[ScoredCase]) -> String {
    let gates = cases.iter().map(|case| case.attention.len()).max().unwrap_or(0);
    let names =
        METRICS.iter().map(|(name, _)| (*name).to_owned()).chain(COUNTS.iter().map(|(name, _)| (*name).to_owned()));
    let focus = (1..=gates).flat_map(|gate| FOCUS.map(|(name, _)| format!("attention_{name}_gate{gate}")));
    let mut table =
        ["case", "label"].map(str::to_owned).into_iter().chain(names).chain(focus).collect::<Vec<_>>().join(",") + "\n";
    let field = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for (case, scored) in cases.iter().zip(scores_by_object(cases)) {
        for (object, scores) in &scored {
            let name = file_name(&case.reference).replace('"', "\"\"");
            let metrics = METRICS.iter().map(|(_, score)| field(score(scores)));
            let counts = COUNTS.iter().map(|(_, count)| count(scores).to_string());
            let focus = (0..gates).flat_map(|gate| {
                let on_case = case.attention.get(gate);
                FOCUS.map(|(_, value)| field(on_case.and_then(|on_case| value(&on_case.focus))))
            });
            let fields: Vec<String> = metrics.chain(counts).chain(focus).collect();
            let _ = writeln!(table, "\"{name}\",{object},{}", fields.join(","));
        }
    }
    table
}
