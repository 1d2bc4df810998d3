"""jRCT (Japan Registry of Clinical Trials): its table in English or in Japanese; headings follow the registry's form.

Form: https://jrct.mhlw.go.jp
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crawler.parsers.registry_entry import Entry, trial_number

CONTAINER: Final = "Japan Registry of Clinical Trials"
URL: Final = "https://jrct.mhlw.go.jp/en-latest-detail/"
NUMBERS: Final = frozenset(
    {"jrct_id", "jrct_no.", "jrct_no", "jrct_number", "jrctid", "jrct番号", "臨床研究実施計画番号"}
)
TITLES: Final = frozenset(
    {
        *("title", "public_title", "scientific_title", "public_title_of_study", "scientific_title_of_study"),
        *("研究名称", "研究の名称", "試験等の名称", "平易な研究名称", "臨床研究課題名"),
    }
)
_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "number": tuple(sorted(NUMBERS)),
    "title": ("public_title", "public_title_of_study", "title", "平易な研究名称", "研究名称", "研究の名称"),
    "scientific_title": ("scientific_title", "scientific_title_of_study", "試験等の名称", "臨床研究課題名"),
    "other_numbers": ("secondary_id", "secondary_ids", "secondary_id_no.", "其の他の識別番号", "その他の識別番号"),
    "status": ("recruitment_status", "status", "募集状況", "募集の状況", "進捗状況"),
    "phase": ("phase", "試験のフェーズ", "フェーズ"),
    "study_type": ("study_type", "研究の種別", "試験の種類"),
    "design": ("study_design", "試験デザイン", "研究の区分"),
    "enrollment": ("target_sample_size", "target_size", "sample_size", "実施予定被験者数", "目標症例数"),
    "conditions": ("health_condition(s)_or_problem(s)_studied", "disease", "condition", "対象疾患名", "対象疾患"),
    "interventions": ("intervention(s)", "intervention", "介入の内容", "医薬品等の一般名称"),
    "primary_outcomes": ("primary_outcome(s)", "primary_outcome", "主たる評価項目", "主要評価項目"),
    "secondary_outcomes": ("secondary_outcome(s)", "secondary_outcome", "副次的な評価項目", "副次評価項目"),
    "inclusion": ("inclusion_criteria", "include_criteria", "主たる選択基準"),
    "exclusion": ("exclusion_criteria", "exclude_criteria", "主たる除外基準"),
    "minimum_age": ("age_minimum", "minimum_age", "年齢下限"),
    "maximum_age": ("age_maximum", "maximum_age", "年齢上限"),
    "sex": ("gender", "sex", "性別"),
    "sponsor": ("sponsor", "primary_sponsor", "実施医療機関", "研究代表医師の所属機関"),
    "registered": ("date_of_registration", "registered_date", "date_registered", "初回公表日", "公表日", "登録日"),
    "start": ("date_of_first_enrollment", "study_start", "実施期間（開始日）", "研究開始日"),
    "updated": ("last_modified_on", "last_updated", "最終公表日", "最終更新日", "更新日"),
}


def entry_of(row: Mapping[str, str]) -> Entry:
    """The entry of a row: heading, in lower case with blanks as ``_``, → cell."""
    found = {field: next((row[name] for name in names if row.get(name)), "") for field, names in _HEADINGS.items()}
    number = trial_number(found["number"])
    return Entry(**found, registry=CONTAINER, url=f"{URL}{number}" if number else "")  # type: ignore[arg-type]
