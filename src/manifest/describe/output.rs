//! Output in plain sentences.

use super::Page;
use super::rules::{noun, one, whole};
use super::words::value;
use crate::manifest::output::{Mapping, Output};

impl Output {
    pub(super) fn describe(&self, page: &mut Page) {
        mappings(page, &self.0);
    }
}

fn mappings(page: &mut Page, all: &[(String, Mapping)]) {
    for (name, mapping) in all {
        match mapping {
            Mapping::Value { from, values, default, call } => {
                page.line(format!("{name}: {}", noun(from)));
                page.below(|page| {
                    for (theirs, ours) in values {
                        page.line(format!("{} for “{theirs}”", value(ours)));
                    }
                    if !values.is_empty() || !default.is_null() {
                        page.line(format!("otherwise {}", value(default)));
                    }
                    if let Some(call) = call {
                        page.line(format!("as {} makes it with {}", call.callee.name(), call.settings));
                    }
                });
            }
            Mapping::Each { of, only, take } => {
                page.line(format!("{name}: for each {}", one(of)));
                page.below(|page| {
                    if let Some(only) = only {
                        page.line("if:");
                        whole(page, only);
                    }
                    mappings(page, take);
                });
            }
        }
    }
}
