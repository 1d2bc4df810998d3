"""How a digest looks. Mail clients drop style sheets, so each element carries its own; the sheet only adapts."""

from __future__ import annotations

from typing import Final

_LONG_WORDS: Final = "overflow-wrap:anywhere;word-break:break-word"
"""A word as long as a page must not carry the page's edge away."""
_FONT: Final = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

CSS: Final = {
    "alt": f"{_LONG_WORDS};margin:8px 0 0;font-size:13px;line-height:19px;color:#667380",
    "badge": "display:inline-block;margin:0 4px 4px 0;padding:1px 8px;border-radius:10px;"
    "font-size:12px;line-height:18px;background:#e8edf2;color:#33414d",
    "badge_kind": "display:inline-block;margin:0 4px 4px 0;padding:1px 8px;border-radius:10px;"
    "font-size:12px;line-height:18px;font-weight:600",
    "badge_warning": "display:inline-block;margin:0 4px 4px 0;padding:1px 8px;border-radius:10px;"
    "font-size:12px;line-height:18px;font-weight:700;background:#b3261e;color:#ffffff",
    "body": f"margin:0;padding:0;background:#eef1f4;{_FONT}",
    "card": "width:100%;table-layout:fixed;max-width:640px;margin:0 auto;background:#ffffff",
    "cell": "padding:0 24px 20px",
    "chart": "display:block;width:100%;max-width:560px;height:auto;border:0",
    "date": "margin:4px 0 0;font-size:14px;line-height:20px;color:#c9d9e6",
    "fact": f"{_LONG_WORDS};margin:2px 0 0;font-size:13px;line-height:19px;color:#5b6873",
    "finding": f"{_LONG_WORDS};margin:8px 0 0;padding:0 0 0 12px;border-left:3px solid #cfd8e0;"
    "font-size:15px;line-height:22px;color:#2a343c",
    "foot": "padding:16px 24px 28px;border-top:1px solid #dde3e8",
    "head": "padding:22px 24px;background:#123a56",
    "item": "padding:16px 0;border-top:1px solid #e3e8ec",
    "link": "color:#10567f;text-decoration:none",
    "plain": f"{_LONG_WORDS};margin:0 0 6px;font-size:15px;line-height:22px;color:#2a343c",
    "section": "margin:20px 0 8px;font-size:14px;line-height:20px;font-weight:700;letter-spacing:.4px;"
    "text-transform:uppercase;color:#10567f",
    "small": "margin:0 0 6px;font-size:13px;line-height:19px;color:#667380",
    "small_link": "color:#10567f;text-decoration:underline",
    "title": f"{_LONG_WORDS};margin:4px 0 0;font-size:17px;line-height:23px;font-weight:600;color:#142028",
    "top": "margin:0;font-size:22px;line-height:28px;font-weight:700;color:#ffffff",
    "story": "margin:0;padding:0 0 0 16px;border-left:3px solid #cfd8e0",
    "story_head": "margin:0;padding:12px 0 2px;font-size:13px;line-height:19px;font-weight:600;color:#5b6873",
    "warning_inline": "color:#b3261e",
    "warning": "margin:4px 0 0;font-size:15px;line-height:21px;font-weight:700;color:#b3261e",
    "change": "margin:4px 0 0;font-size:15px;line-height:21px;font-weight:600;color:#10567f",
    "why": f"{_LONG_WORDS};margin:8px 0 0;font-size:13px;line-height:19px;color:#5b6873",
}
"""Name used in the templates → declarations."""

KIND_COLOURS: Final = {
    "article": "background:#d7ead9;color:#17431c",
    "book": "background:#e3e0f0;color:#2f2560",
    "other": "background:#e3e3e3;color:#3a3a3a",
    "notice": "background:#f6d9d6;color:#7a1610",
    "preprint": "background:#fbe7c6;color:#5e3d05",
    "press": "background:#ece4da;color:#51381b",
    "registration": "background:#d5e6f5;color:#0d3f66",
}

SHEET: Final = """\
@media (max-width:480px){.cell,.head,.foot{padding-left:16px!important;padding-right:16px!important}}
@media (prefers-color-scheme:dark){
.page{background:#10161b!important}.card{background:#1a2229!important}
.t,.plain,.finding{color:#e6edf2!important}.m{color:#a3b1bc!important}.a{color:#7fc1ee!important}
.rule{border-color:#33404a!important}.badge{background:#33404a!important;color:#e6edf2!important}
.warn{color:#ff8a80!important}.chart{background:#ffffff!important}}
"""
"""For phones and dark screens; a client that drops it still shows everything."""
