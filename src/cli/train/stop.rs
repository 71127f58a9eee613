//! Ctrl-C and SIGTERM: gently while steps are taken, at once where nothing can be lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A training that was asked to stop, and has written its checkpoint. Holds the exit code: 130 for Ctrl-C, 143 for SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped; --resume goes on from here")]
pub struct Stopped(pub u8);

/// What was asked from outside.
pub(super) struct Stop {
    /// The exit code asked for, or 0.
    asked: Arc<AtomicUsize>,
    /// Whether the next signal ends the process by itself.
    at_once: Arc<AtomicBool>,
}

impl Stop {
    /// Listens from now on. Until [`gently`](Self::gently), a signal ends the process at once, with its exit code.
    ///
    /// # Errors
    /// A system that refuses the handlers.
    pub(super) fn listen() -> Result<Self> {
        let (asked, at_once) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
        for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
            // In this order: the first signal asks, and arms what ends the process at the second.
            flag::register_conditional_shutdown(signal, code, at_once.clone())
                .and_then(|_| flag::register_usize(signal, asked.clone(), code as usize))
                .and_then(|_| flag::register(signal, at_once.clone()))
                .context("signals cannot be handled")?;
        }
        Ok(Self { asked, at_once })
    }

    /// From here a signal only [asks](Self::check); a second one still ends the process at once.
    pub(super) fn gently(&self) {
        self.at_once.store(self.check().is_err(), Ordering::SeqCst);
    }

    /// From here a signal ends the process at once: everything is in the checkpoint.
    ///
    /// # Errors
    /// [`Stopped`] if one has come already.
    pub(super) fn at_once(&self) -> Result<(), Stopped> {
        self.at_once.store(true, Ordering::SeqCst);
        self.check()
    }

    /// # Errors
    /// [`Stopped`] if a signal has come.
    pub(super) fn check(&self) -> Result<(), Stopped> {
        match self.asked.load(Ordering::SeqCst) {
            0 => Ok(()),
            code => Err(Stopped(code as u8)),
        }
    }
}
