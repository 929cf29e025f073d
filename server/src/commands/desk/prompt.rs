//! Asking the person at the terminal.

use std::io::IsTerminal;

use super::failure::Failure;

/// Asks on standard error, so that standard output stays clean for programs, and reads a line.
pub(super) fn ask(question: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::local(
            "什么也没改：这里不是终端，无法询问。加 --yes 直接执行",
            "nothing was changed: this is no terminal to ask on; add --yes to go ahead without being asked",
        ));
    }
    let mut answer = String::new();
    super::print_aside(question);
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::local("读不到回答", format!("cannot read the answer: {error}")))?;
    Ok(answer.trim().to_owned())
}
