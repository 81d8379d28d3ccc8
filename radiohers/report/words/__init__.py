"""The words of a report: facts in; sentences, cells of tables and filled checklists out."""

from radiohers.report.words._blocks import SectionWords
from radiohers.report.words._captions import crops_caption, history_caption, map_caption
from radiohers.report.words._checklists import Checklist, fill_checklists, list_checklists
from radiohers.report.words._evidence import EVIDENCE_KEYS, collect_evidence
from radiohers.report.words._sections import report_words

__all__ = [
    "EVIDENCE_KEYS",
    "Checklist",
    "SectionWords",
    "collect_evidence",
    "crops_caption",
    "fill_checklists",
    "history_caption",
    "list_checklists",
    "map_caption",
    "report_words",
]
