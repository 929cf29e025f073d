//! Standard output and standard error of the commands: the one place that writes to them.
//!
//! A reader that has heard enough (`| head`) is no mistake: what is left to print is dropped in silence, the command
//! finishes its work, and its exit code tells of the work. `println!` would panic there, and end a server because
//! nobody reads its greeting any more. An output that can't be written for another reason (a full disk behind `>`) is
//! one: standard error says so, and [`finished`] turns success into failure.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Something that should be on standard output is not there.
static IS_INCOMPLETE: AtomicBool = AtomicBool::new(false);

/// As `println!`, but a reader that is gone is no reason to panic.
macro_rules! print_line {
    ($($text:tt)*) => { $crate::output::to_standard_output(format_args!("{}\n", format_args!($($text)*))) };
}
pub(crate) use print_line;

/// As `eprintln!`, but a reader that is gone is no reason to panic.
macro_rules! error_line {
    ($($text:tt)*) => { $crate::output::to_standard_error(format_args!("{}\n", format_args!($($text)*))) };
}
pub(crate) use error_line;

/// Writes to standard output.
pub(crate) fn to_standard_output(text: Arguments) {
    let mut out = io::stdout().lock();
    if let Err(error) = write(&mut out, text)
        && !IS_INCOMPLETE.swap(true, Ordering::Relaxed)
    {
        error_line!("cannot write to standard output: {error}; the output is not complete");
    }
}

/// Writes to standard error; there is nobody to tell when that fails.
pub(crate) fn to_standard_error(text: Arguments) {
    let _ = write(&mut io::stderr().lock(), text);
}

/// The exit code of a command that ends with `code`: no success if part of what it should have printed is lost.
pub fn finished(code: ExitCode) -> ExitCode {
    if IS_INCOMPLETE.load(Ordering::Relaxed) && code == ExitCode::SUCCESS { ExitCode::FAILURE } else { code }
}

fn write(target: &mut impl Write, text: Arguments) -> io::Result<()> {
    match target.write_fmt(text).and_then(|()| target.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target that refuses everything.
    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    fn check(refusal: ErrorKind, expected: Option<ErrorKind>) {
        let written = write(&mut Refusing(refusal), format_args!("{} bookings", 3));
        assert_eq!(written.err().map(|error| error.kind()), expected);
    }

    #[test]
    fn a_reader_that_is_gone_is_no_mistake_and_a_full_disk_is_one() {
        check(ErrorKind::BrokenPipe, None);
        check(ErrorKind::StorageFull, Some(ErrorKind::StorageFull));
    }
}
