"""Client of UniCell Edge: nuclei of H&E pictures and slides, by HTTP. Research use only."""

from .client import UniCellClient
from .detection import Detection
from .job import Job
from .nuclei import Nuclei
from .problem import UniCellProblem

__all__ = ["Detection", "Job", "Nuclei", "UniCellClient", "UniCellProblem"]
