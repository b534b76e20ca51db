//! How pages look.

use crate::report::plot::{DARK, LIGHT, STYLE};

/// The page's style sheet, with the plots' own.
pub(super) fn sheet() -> String {
    format!(
        ":root{{{LIGHT};--ground:#f4f6f9}}@media screen and (prefers-color-scheme:dark){{:root{{{DARK};--ground:#0b0e14}}}}{STYLE}{PAGE}"
    )
}

/// What is not the plots'.
const PAGE: &str = "
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
header,section{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:22px 24px;margin:0 0 18px}
h1{font-size:28px;line-height:1.2;margin:0}h2{font-size:18px;margin:0 0 14px;overflow-wrap:anywhere}h3{font-size:13px;margin:18px 0 6px;color:var(--soft)}
p{margin:8px 0}.brand{margin:0 0 4px;color:var(--soft);font-size:13px;letter-spacing:.04em}.lead{font-size:16px;color:var(--soft)}
.badge{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:2px 12px;margin:4px 8px 4px 0;font-weight:600;font-size:13px}
.good{color:var(--good)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0 0;font-size:14px}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.notes,.failures{margin:16px 0 0;padding:12px 16px;border-left:3px solid var(--mute);background:var(--ground);border-radius:0 8px 8px 0;font-size:14px}
.failures{border-color:var(--bad)}.notes h2,.failures h2{font-size:14px;margin:0 0 4px}.notes ul,.failures ul{margin:0;padding-left:18px;overflow-wrap:anywhere}
.failures h2{color:var(--bad)}
.wide{overflow-x:auto;margin:0 0 14px}table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:7px 14px 7px 0;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
thead th{color:var(--soft);font-weight:500;font-size:12.5px}tbody th{font-weight:500}tbody tr:last-child>*{border-bottom:0}
th small,.figures small{color:var(--soft);font-weight:400;font-size:12px}th small{display:block;white-space:normal;min-width:180px}
.n,thead th:not(:first-child){text-align:right}.ours th,.ours td{font-weight:700}
.reached{display:inline-block;width:120px;height:14px;vertical-align:middle}.reached .track{fill:var(--line)}.reached .mark{stroke:var(--ink);stroke-width:2}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:12px 18px;margin:0 0 16px}
.figures span{display:block;color:var(--soft);font-size:13px}.figures b{font-size:21px;font-weight:650;font-variant-numeric:tabular-nums;margin-right:6px}
.counts{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 12px;padding:0;font-size:14px}.counts li{color:var(--soft)}.counts b{color:var(--ink);font-variant-numeric:tabular-nums}
.counts .bad,.counts .bad b{color:var(--bad)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr));gap:22px 30px;margin-top:18px}
figure{margin:0;min-width:0}figure svg{display:block;width:100%;height:auto;max-width:620px}
summary{cursor:pointer}summary h2{display:inline}details[open] summary{margin-bottom:14px}
pre{margin:0;font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere}footer{color:var(--soft);font-size:13px;padding:0 4px}
@media (max-width:600px){main{padding:12px 10px 32px}header,section{padding:16px 14px;border-radius:10px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}h1{font-size:24px}
.figures{grid-template-columns:repeat(2,1fr)}}
@media print{body{background:none;font-size:11pt}main{max-width:none;padding:0}header,section{border:0;border-bottom:1px solid var(--line);border-radius:0;padding:12px 0;break-inside:auto}
figure,tr,.figures div,.notes,.failures{break-inside:avoid}h2,h3{break-after:avoid}.wide{overflow:visible}th,td{white-space:normal}.plots{grid-template-columns:1fr 1fr}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
";
