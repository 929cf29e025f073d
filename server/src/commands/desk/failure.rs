//! Why a desk command failed, in both languages, with the remedy.

use std::fmt;

use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Why a desk command failed.
pub(super) enum Failure {
    /// Before, instead of or after an answer of the server.
    Local {
        /// What happened and what to do, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// The server's error.
    Status(Box<Status>),
    /// The server's answer is that nothing can be offered: the text to show.
    NothingOffered(String),
}

impl Failure {
    /// What happened and what to do, in both languages.
    pub fn local(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Local { zh: zh.into(), en: en.into() }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { zh, en } => write!(formatter, "{zh}\n{en}"),
            Self::NothingOffered(text) => formatter.write_str(text.trim_end()),
            Self::Status(status) => write_status(formatter, status),
        }
    }
}

/// The headline in both languages, the server's words, its details one per line, and what to do.
fn write_status(formatter: &mut fmt::Formatter<'_>, status: &Status) -> fmt::Result {
    let details = status.get_error_details();
    let reason = details.error_info().map_or("", |info| info.reason.as_str());
    let (headline, remedy) = words(status.code(), reason);
    write!(formatter, "{headline}")?;
    if !reason.is_empty() {
        write!(formatter, " [{reason}]")?;
    }
    match details.bad_request() {
        Some(bad_request) if !bad_request.field_violations.is_empty() => {
            for violation in &bad_request.field_violations {
                write!(formatter, "\n  {}: {}", option_of(&violation.field), violation.description)?;
            }
        }
        _ => {
            if let Some(said) = details.localized_message() {
                write!(formatter, "\n  {}", said.message)?;
            }
            write!(formatter, "\n  {}", status.message())?;
        }
    }
    if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
        let seconds = delay.as_secs().max(1);
        write!(formatter, "\n  {seconds} 秒后可再试 / try again in {seconds} s")?;
    }
    if !remedy.is_empty() {
        write!(formatter, "\n  {remedy}")?;
    }
    Ok(())
}

/// Headline and remedy for what the server says.
fn words(code: Code, reason: &str) -> (&'static str, &'static str) {
    let remedy = match reason {
        "OFFER_EXPIRED" | "OFFER_OUTDATED" | "STALE_OFFER" => {
            "→ 再执行一次 sanban book 重新询价 / run sanban book again for a new offer"
        }
        "ALREADY_CANCELLED" => "→ 无需再取消 / nothing is left to be done",
        _ => match code {
            Code::NotFound => "→ sanban today 列出当日订单 / sanban today lists the day's bookings",
            Code::Unauthenticated => {
                "→ 用 --token-file 指出这台服务器数据文件夹中的令牌 / name the token in this server's data folder \
                 with --token-file"
            }
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
                "→ 已试三次；请查看服务器，再用 sanban today 核对 / tried three times; look at the server, then check \
                 with sanban today"
            }
            Code::Internal | Code::Unknown => "→ 请查看服务器日志 / look at the server's log",
            _ => "",
        },
    };
    (headline(code), remedy)
}

fn headline(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "输入有误 / the input cannot be understood",
        Code::NotFound => "找不到 / not found",
        Code::AlreadyExists => "请求编号已被另一请求使用 / the request id was used for another request",
        Code::FailedPrecondition => "现在不行 / not possible now",
        Code::ResourceExhausted => "服务器太忙 / the server is too busy",
        Code::Unavailable => "服务器没有回应 / the server does not answer",
        Code::DeadlineExceeded | Code::Cancelled => "服务器超时 / the server took too long",
        Code::Unauthenticated => "令牌无效 / the token is not valid",
        Code::PermissionDenied => "无权限 / not allowed",
        Code::Unimplemented => "服务器版本过旧 / the server is too old for this",
        _ => "服务器出错 / an error of the server",
    }
}

/// The option of `sanban book` behind a field, so that a dispatcher sees what to correct.
fn option_of(field: &str) -> String {
    let option = field.split('.').nth(2).and_then(|name| match name {
        "from" => Some("--from"),
        "to" => Some("--to"),
        "arrive_by" => Some("--arrive-by"),
        "depart_at" => Some("--depart-at"),
        "return_at" => Some("--return-at"),
        "market" => Some("--market"),
        "school" => Some("--school"),
        "from_date" => Some("--from-date"),
        "party" => Some("--seats --wheelchairs --luggage"),
        "luggage_units_home" => Some("--luggage-home"),
        "kilograms" => Some("--kg"),
        "litres" => Some("--litres"),
        "ready" => Some("--ready"),
        "due" => Some("--due"),
        _ => None,
    });
    match (option, field) {
        (Some(option), _) if field.starts_with("journey.") => option.to_owned(),
        (_, "date") => "--date".to_owned(),
        (_, field) => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::status::{self, FieldProblem};

    fn check(failure: status::Failure, expected: &str) {
        assert_eq!(Failure::from(status::of(failure)).to_string(), expected);
    }

    #[test]
    fn a_wrong_place_is_said_with_the_option_that_named_it() {
        let problem = FieldProblem::new("journey.ride.to.code", "there is no place \"HOSP\"");
        check(
            status::Failure::InvalidFields(vec![problem]),
            "输入有误 / the input cannot be understood [INVALID_FIELDS]\n  --to: there is no place \"HOSP\"",
        );
        check(
            status::Failure::field("page_size", "is negative"),
            "输入有误 / the input cannot be understood [INVALID_FIELDS]\n  page_size: is negative",
        );
    }

    #[test]
    fn what_was_taken_meanwhile_is_said_in_chinese_too() {
        let (description, zh) = ("the offer has expired".to_owned(), "报价已过期".to_owned());
        let subject = "offer_token".to_owned();
        let gone = status::Failure::Precondition { reason: "OFFER_EXPIRED", subject, description, zh };
        let said = Failure::from(status::of(gone)).to_string();
        assert!(said.contains("\n  报价已过期\n  the offer has expired\n"), "{said}");
    }

    #[test]
    fn an_unknown_booking_is_said_with_the_way_to_find_it() {
        check(
            status::Failure::NotFound { kind: "booking", name: "B000009".into() },
            "找不到 / not found [NOT_FOUND]\n  there is no booking \"B000009\" here\n  \
             → sanban today 列出当日订单 / sanban today lists the day's bookings",
        );
    }
}
