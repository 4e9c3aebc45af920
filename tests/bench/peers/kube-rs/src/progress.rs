//! Tells the harness of the first reconcile, of the one that completed the last parent, and of marked texts.
use std::{collections::HashSet, io::Write, sync::Mutex};

pub struct Progress {
    parents: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: HashSet<String>,
    converged: bool,
    count: usize,
    marker: String,
}

impl Progress {
    pub fn new(parents: usize) -> Self {
        Self { parents, state: Mutex::default() }
    }

    pub fn reconciled(&self, name: &str, text: &str) {
        let mut state = self.state.lock().unwrap();
        state.count += 1;
        if state.count == 1 {
            say("first-reconcile");
        }
        if text.starts_with("marker-") && text != state.marker {
            state.marker = text.to_string();
            say(&format!("seen {text}"));
        }
        if state.converged {
            return;
        }
        state.done.insert(name.to_string());
        if state.done.len() == self.parents {
            state.converged = true;
            state.done = HashSet::new();
            say(&format!("converged reconciles={}", state.count));
        }
    }
}

pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "bench {text}").and_then(|()| out.flush());
}
