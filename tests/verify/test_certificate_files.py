"""Certificates as files: what the engine proves, the independent checker proves again, and it refuses spoiled files."""

import copy
import hashlib
import json
import random
from fractions import Fraction

import pytest

from edgestab.cli import run
from edgestab.errors import InputError
from edgestab.theory.claims.catalogue import find
from edgestab.theory.parts.certified import Certified
from edgestab.verify.certify.part import certify_part
from edgestab.verify.certify.recheck import recheck
from edgestab.verify.checker.check import check
from edgestab.verify.checker.reading import CertificateError


def certificates(claim):
    """The documents of a claim, as they are read back from their text."""
    parts = [p for p in find(claim).parts if isinstance(p, Certified)]
    return [json.loads(c.text) for p in parts for c in certify_part(p).certificates]


@pytest.fixture(scope="module")
def theorem():
    """Theorem 3.1's certificate: every eta in (0, 1/100], starts down to the edge."""
    return certificates("zhu2023.thm3.1")[0]


@pytest.fixture(scope="module")
def box():
    """R9's certificate at eta = 1/100: a box of starts."""
    return certificates("zhu2023.R9")[4]


def test_the_checker_proves_what_the_engine_proved(theorem, box):
    words = check(theorem)
    assert "47 eps^(7/8) <= x <= 1/50" in words
    assert "eta in (0, 1/100]" in words
    assert "401/1000 < gap < 1" in words
    assert "1/20 <= x <= 6/25" in check(box)


@pytest.mark.deep
@pytest.mark.parametrize("claim", ["zhu2023.R9", "zhu2023.R10", "zhu2023.R11", "zhu2023.thm3.1"])
def test_the_checker_proves_every_certificate_of_the_catalogue(claim):
    for document in certificates(claim):
        assert "converges to a minimum" in check(document)
        assert len(json.dumps(document)) < 5_000_000


def number(text, change):
    return str(change(Fraction(text)))


def rehash(document):
    names = ("loss", "minimum", "drift", "multiplier")
    lines = "\n".join(document["map"][n] for n in names)
    document["map"]["sha256"] = hashlib.sha256(lines.encode()).hexdigest()


def leaves(cells, kind):
    return [i for i, c in enumerate(cells) if c.startswith(kind)]


def spoil_hash(d, _rng):
    d["map"]["sha256"] = d["map"]["sha256"][::-1]


def spoil_loss(d, rng):
    d["map"]["loss"] = rng.choice(["(1 - p**2)**2/3", "(1 - p)**2/2", "(1 - p**4)**2/16", "p**2/2 - p**4/12"])
    if rng.random() < 0.7:
        rehash(d)


def spoil_map(d, rng):
    name, (old, new) = (
        rng.choice(["drift", "multiplier"]),
        rng.choice([("+ 1", "+ 3"), ("2", "3"), ("eps", "b"), ("b", "x")]),
    )
    d["map"][name] = d["map"][name].replace(old, new, 1)
    rehash(d)


def spoil_minimum(d, rng):
    d["map"]["minimum"] = rng.choice(["-1", "0", "2", "1/2"])
    rehash(d)


def widen_eta(d, rng):
    d["eta"][1] = number(d["eta"][1], lambda v: v * rng.choice([2, Fraction(11, 10), 5]))


def widen_eta_and_cells(d, rng):
    """Everything that speaks of eps is widened alike: now the inequalities themselves must fail."""
    factor = rng.choice([1000, 2500])
    d["eta"][1] = number(d["eta"][1], lambda v: v * factor)
    for part in (*(c["box"] for c in d["contraction"]), d["start"]):
        part["eps"][1] = number(part["eps"][1], lambda v: v * factor**2)
        if part["eps"][0] != "0":
            part["eps"][0] = part["eps"][1]
    if d["eta"][0] != "0":
        d["eta"][0] = d["eta"][1]


def drop_box(d, rng):
    d["contraction"].pop(rng.randrange(len(d["contraction"])))


def drop_cell(d, rng):
    cells = rng.choice(d["contraction"])["cells"]
    cells.pop(rng.randrange(len(cells)))


def add_cell(d, rng):
    cells = rng.choice(d["contraction"])["cells"]
    cells.insert(rng.randrange(len(cells)), rng.choice(["x", "b", "F 0", "O"]))


def tighten_bound(d, rng):
    boxes = [c["cells"] for c in d["contraction"] if leaves(c["cells"], "F ")]
    cells = rng.choice(boxes)
    i = rng.choice(leaves(cells, "F "))
    cells[i] = f"F {Fraction(cells[i][2:]) * 4 - 20}"


def positive_bound(d, rng):
    cells = next(c["cells"] for c in d["contraction"] if leaves(c["cells"], "F "))
    cells[rng.choice(leaves(cells, "F "))] = "F 1/10"


def call_it_outside(d, rng):
    cells = d["contraction"][-1]["cells"]
    cells[rng.choice([*leaves(cells, "F"), *leaves(cells, "D")])] = "O"


def shrink_box(d, rng):
    side = rng.choice(["x", "b"])
    ends = rng.choice(d["contraction"])["box"][side]
    k = rng.randrange(2)
    middle = (Fraction(ends[0]) + Fraction(ends[1])) / 2
    ends[k] = str(middle)


def widen_strip(d, rng):
    k = rng.randrange(2)
    d["tube"]["strip"][k] = number(d["tube"]["strip"][k], lambda v: v * rng.choice([Fraction(6, 5), 2]))


def raise_ceiling(d, rng):
    d["tube"]["ceiling"] = number(d["tube"]["ceiling"], lambda v: v * rng.choice([2, 10]))


def raise_rate(d, rng):
    d["tube"]["rate"] = number(d["tube"]["rate"], lambda v: v * rng.choice([4, 20]))


def shrink_tube(d, rng):
    d["tube"]["rho"][0] = number(d["tube"]["rho"][0], lambda v: v / rng.choice([1000, 10**6]))


def grow_tube(d, rng):
    d["tube"]["rho"][0] = number(d["tube"]["rho"][0], lambda v: v * rng.choice([3, 10]))


def steepen_tube(d, rng):
    d["tube"]["rho"][1] = number(d["tube"]["rho"][1], lambda v: v * rng.choice([8, 50]))


def move_curve(d, rng):
    d["curve"]["c"][0] = number(d["curve"]["c"][0], lambda v: v + rng.choice([-2, 1, Fraction(1, 2)]))


def bend_curve(d, rng):
    row = rng.choice(d["curve"]["q"])
    i = rng.randrange(min(2, len(row)))
    row[i] = number(row[i], lambda v: v + rng.choice([-1, 1]) * 500)


def spoil_frozen(d, rng):
    name = rng.choice(["radicand", "value", "edge", "image"])
    text = d["curve"]["frozen"][name]
    d["curve"]["frozen"][name] = rng.choice([f"-({text})", f"({text}) + b", "1" if text != "1" else "2"])


def no_frozen(d, _rng):
    d["curve"]["frozen"] = None


def narrow_window(d, rng):
    centre = -Fraction(d["curve"]["c"][0])
    rho0 = Fraction(d["tube"]["rho"][0])
    if rng.random() < 0.5:
        d["limit"]["gap"][0][0] = str(centre - rho0 * Fraction(9, 10))
    else:
        d["limit"]["gap"][1][0] = str(centre + rho0 * Fraction(9, 10))


def swap_window(d, _rng):
    d["limit"]["gap"] = d["limit"]["gap"][::-1]


def widen_starts(d, rng):
    if rng.random() < 0.5:
        d["start"]["x"][1] = number(d["start"]["x"][1], lambda v: v * 3)
    else:
        k = rng.randrange(2)
        d["start"]["b"][k] = number(d["start"]["b"][k], lambda v: v * 4)


def other_steps(d, rng):
    cells = d["start"]["cells"]
    if cells:
        cells[rng.choice([i for i, c in enumerate(cells) if c.isdigit()])] = "-1"
    else:
        d["start"]["power"]["p"] = rng.choice(["1", "3/2", "0"])


def starts_too_low(d, rng):
    if d["start"]["power"] is None:
        d["start"]["x"][0] = rng.choice(["0", "-1/10", "1/10000"])
    else:
        d["start"]["power"]["sigma"] = rng.choice(["1/100", "-47", "1/2"])


def lower_floor(d, rng):
    d["tube"]["floor"] = rng.choice([["0", "0"], ["-1/100", "0"], ["0"], ["10", "10"]])


def spoil_number(d, rng):
    bad = rng.choice(["0.1", "1e-3", "2/4", "nan", "1/0", "", " 1", "0x10", 1, None, True])
    rng.choice([d["tube"]["rho"], d["eta"], d["curve"]["c"], d["tube"]["strip"]])[0] = bad


def spoil_keys(d, rng):
    if rng.random() < 0.5:
        d.pop(rng.choice(sorted(d)))
    else:
        d[rng.choice(["extra", "proof"])] = 1


def code(d, rng):
    name = rng.choice(["loss", "drift", "multiplier"])
    d["map"][name] = rng.choice(
        ["__import__('os').getcwd()", "(lambda: 1)()", "p.__class__", "x if x else b", "p**999999", "f(p)"]
    )
    rehash(d)


def other_version(d, rng):
    d["version"] = rng.choice([0, 2, "1", True])


SPOILS = [
    f
    for f in list(globals().values())
    if callable(f) and getattr(f, "__code__", None) and f.__code__.co_varnames[:1] == ("d",)
]


def refused(seed, theorem, box):
    """Spoil a certificate, and see that it is refused."""
    rng = random.Random(seed)
    spoil = SPOILS[seed % len(SPOILS)]
    document = copy.deepcopy(theorem if (seed // len(SPOILS)) % 2 else box)
    before = json.dumps(document)
    spoil(document, rng)
    assert json.dumps(document) != before
    with pytest.raises(CertificateError):
        print(check(document))


@pytest.mark.parametrize("seed", range(len(SPOILS)), ids=lambda k: SPOILS[k].__name__)
def test_a_spoiled_certificate_is_refused(seed, theorem, box):
    refused(seed, theorem, box)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(len(SPOILS), 200))
def test_many_spoiled_certificates_are_refused(seed, theorem, box):
    refused(seed, theorem, box)


def test_the_command_says_what_is_proved_or_what_fails(theorem, tmp_path, capsys):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(theorem), encoding="utf-8")
    bad.write_text(json.dumps(theorem | {"eta": ["0", "1/50"]}), encoding="utf-8")
    assert run(["recheck", str(good)]) == 0
    words = capsys.readouterr().out
    assert "converges to a minimum" in words
    assert recheck(theorem) == recheck(good) == recheck(str(good)) == words.rstrip("\n")
    assert run(["recheck", str(bad)]) == 2
    assert "bad.json" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"bad\.json: "):
        recheck(bad)
    assert run(["recheck", str(tmp_path / "none.json")]) == 2
