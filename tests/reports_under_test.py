"""What the tests of the report share: a page taken apart, and evidence made by hand."""

from html.parser import HTMLParser

import numpy as np
import sympy as sp

from edgestab.numerics.orbits.status import Status
from edgestab.theory.conclusions.final_sharpness import FinalSharpness
from edgestab.theory.models.catalogue import model
from edgestab.theory.region import Region
from edgestab.theory.statement import OrbitStatement, StepSizes
from edgestab.theory.symbols import ETA, symbol
from edgestab.verify.evidence.sampling import SamplingEvidence

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Ids, links and the balance of the tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.targets, self.tags, self.open, self.attributes = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.targets.append(value)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def sampled(part="orbits", **changes):
    n = 40
    rng = np.random.default_rng(1)
    series = {
        "eta": np.full(n, 0.1),
        "offset": rng.uniform(0.02, 0.2, n),
        "b": rng.uniform(-0.1, 0.1, n),
        "margin": np.r_[-0.5, rng.uniform(0.1, 1, n - 1)],
        "status": np.full(n, int(Status.CONVERGED)),
        "steps": np.full(n, 100),
        "gap": rng.uniform(0.4, 0.6, n),
        "uses_eta": np.full(n, True),
    }
    plain = {
        "part": part, "points": n, "excluded": 3, "undecided": 0, "failed": 0, "uniform": 32, "uniform_failed": 0,
        "failing_fraction": (0.0, 0.19), "margin": 0.1, "worst": {"eta": 0.1, "offset": 0.05, "b": 0.01},
        "outcomes": {"CONVERGED": n}, "step_sizes": "eta = 0.1", "series": series,
    }  # fmt: skip
    return SamplingEvidence(**(plain | changes))


def statement(name="orbits", conclusion=None):
    quartic = model("quartic")
    region = Region.in_coordinates(quartic, {"offset": ("0.02", "0.2"), "b": ("-0.1", "0.1")}, (sp.Ne(symbol("b"), 0),))
    window = conclusion or FinalSharpness(2 / ETA - ETA, 2 / ETA)
    return OrbitStatement(name, quartic, StepSizes.of("0.1"), region, window)
