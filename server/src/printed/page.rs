//! What all printed pages have in common: the document around them, its style, the names of their files.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::file_names::stem;

/// A document for an A4 printer.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// Wide tables lie on their side.
    pub(super) is_landscape: bool,
    pub(super) body: Markup,
}

/// A finished page that belongs to a vehicle or duty.
pub(super) struct Sheet {
    pub(super) code: String,
    pub(super) html: String,
}

const STYLE: &str = "\
body{font-family:'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif;font-size:10.5pt;\
line-height:1.35;color:#111;max-width:277mm;margin:6mm auto;padding:0 4mm}\
h1{font-size:18pt;margin:0 0 2mm}h2{font-size:12.5pt;margin:5mm 0 1.5mm;break-after:avoid}\
.en{color:#555;font-size:.86em;font-weight:normal}.note,footer{color:#444;font-size:9pt}p{margin:0 0 2mm}\
table{border-collapse:collapse;margin:0 0 4mm;font-variant-numeric:tabular-nums}\
th,td{border:.3mm solid #999;padding:.6mm 1.4mm;text-align:left;vertical-align:top}thead{display:table-header-group}\
th{background:#eef2f6;font-weight:600}tr{break-inside:avoid}.time{text-align:center;white-space:nowrap}\
tr.major td,tr.major th{border-top:.6mm solid #333}tr.service th{background:#e3edf9}tr.student th{background:#fdebd3}\
tr.market th{background:#ddf2df}tr.quiet td{color:#444;background:#f7f7f7}ul.columns{columns:3;padding-left:5mm}table.board{font-size:9pt;line-height:1.2}table.board td,table.board th{padding:.1mm 1mm}\
table.sheet{font-size:9.5pt;width:100%;table-layout:fixed}table.sheet .clock{width:12mm}table.sheet .place{width:62mm}\
table.sheet .load{width:17mm}section.direction+section.direction{break-before:page}\
.number{display:inline-block;background:#0b4f9e;color:#fff;border-radius:1.5mm;padding:0 2.5mm;margin-right:2mm}\
a{color:#0b4f9e;text-decoration:none}section{break-inside:auto}footer{margin-top:4mm;border-top:.3mm solid #999}\
@media print{body{margin:0;padding:0;max-width:none}a{color:inherit}*{print-color-adjust:exact;\
-webkit-print-color-adjust:exact}}";

impl Page<'_> {
    pub(super) fn html(self) -> String {
        let size =
            if self.is_landscape { "@page{size:A4 landscape;margin:10mm}" } else { "@page{size:A4;margin:12mm}" };
        let document = html! {
            (DOCTYPE)
            html lang="zh-CN" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    style { (PreEscaped(size)) (PreEscaped(STYLE)) }
                }
                body { (self.body) }
            }
        };
        document.into_string()
    }
}

/// The page of a code, also as a link.
pub(super) fn file_name(code: &str) -> String {
    stem(code) + ".html"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_from_elsewhere() {
        let page = Page { title: "<&>", is_landscape: true, body: html! { p { "<script>" } } }.html();
        assert!(page.contains("&lt;&amp;&gt;") && page.contains("&lt;script&gt;"));
        for from_elsewhere in ["http", "src=", "url(", "@import", "<script"] {
            assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
        }
    }
}
