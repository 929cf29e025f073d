//! Files that are named after codes.

/// The name of a code's file without its ending, also in a link: letters and digits of ASCII stay, so do `-`, `_` and `.`; all
/// else becomes its number, so that different codes have different files.
pub(crate) fn stem(code: &str) -> String {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => character.to_string(),
        other => format!("~{:x}~", u32::from(other)),
    };
    code.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_code_and_lies_in_its_folder() {
        let check = |code: &str, expected: &str| assert_eq!(stem(code), expected);
        check("L01", "L01");
        check("B-B1+2", "B-B1~2b~2");
        check("../村", "..~2f~~6751~");
    }
}
