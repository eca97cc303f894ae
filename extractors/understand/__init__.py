"""Understanding: the text of an article in, the approvals that it states out."""

from extractors.understand.analyst import EXTRACTOR_VERSION, Analyst
from extractors.understand.rulings import Ruling

__all__ = ["EXTRACTOR_VERSION", "Analyst", "Ruling"]
