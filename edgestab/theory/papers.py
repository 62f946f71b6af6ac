"""The papers whose theorems are in the catalogue: title, authors, year, where they appeared, and how to cite them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_ARXIV = re.compile(r"arXiv:? ?(\d{4}\.\d{4,5})")


@dataclass(frozen=True)
class Publication:
    """A paper or a book.

    Parameters
    ----------
    title : str
        Its title.
    authors : tuple of str
        In their order, as they are written.
    year : int
        Of the version that is cited.
    venue : str
        Where it appeared; empty for a preprint.
    arxiv : str
        Its number there; empty where it has none, or none is known for certain.
    """

    title: str
    authors: tuple[str, ...]
    year: int
    venue: str = ""
    arxiv: str = ""

    @property
    def url(self) -> str:
        """Where it can be read; empty where that is not known."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else ""

    @property
    def short(self) -> str:
        """Authors and year, as a text cites it.

        Examples
        --------
        >>> PUBLICATIONS["zhu2023"].short, PUBLICATIONS["liang2025"].short
        ('Zhu et al. 2023', 'Liang & Montúfar 2025')
        """
        last = [a.rsplit(" ", 1)[-1] for a in self.authors]
        names = f"{last[0]} et al." if len(last) > 2 else " & ".join(last)
        return f"{names} {self.year}"

    def bibtex(self, key: str) -> str:
        """Return the BibTeX entry.

        Examples
        --------
        >>> print(PUBLICATIONS["gan2026"].bibtex("gan2026"))
        @misc{gan2026,
          title = {Product-Stability: Provable Convergence for Gradient Descent on the Edge of Stability},
          author = {Eric Gan},
          year = {2026},
          eprint = {2604.02653},
          archivePrefix = {arXiv}
        }
        """
        where = {"eprint": self.arxiv, "archivePrefix": "arXiv"} if self.arxiv else {}
        entries = {
            "title": self.title,
            "author": " and ".join(self.authors),
            "year": str(self.year),
            "howpublished": self.venue,
            **where,
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in entries.items() if value)
        return f"@misc{{{key},\n{lines}\n}}"


def arxiv_numbers(source: str) -> tuple[str, ...]:
    """Return the arXiv numbers that the source of a claim names.

    Examples
    --------
    >>> arxiv_numbers("derived; after Gan 2026, arXiv 2604.02653, as transcribed")
    ('2604.02653',)
    """
    return tuple(dict.fromkeys(_ARXIV.findall(source)))


PUBLICATIONS: Mapping[str, Publication] = MappingProxyType(
    {
        "zhu2023": Publication(
            "Understanding Edge-of-Stability Training Dynamics with a Minimalist Example",
            ("Xingyu Zhu", "Zixuan Wang", "Xiang Wang", "Mo Zhou", "Rong Ge"),
            2023,
            "ICLR 2023",
            "2210.03294",
        ),
        "damian2023": Publication(
            "Self-Stabilization: The Implicit Bias of Gradient Descent at the Edge of Stability",
            ("Alex Damian", "Eshaan Nichani", "Jason D. Lee"),
            2023,
            "ICLR 2023",
            "2209.15594",
        ),
        "cohen2021": Publication(
            "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability",
            ("Jeremy M. Cohen", "Simran Kaur", "Yuanzhi Li", "J. Zico Kolter", "Ameet Talwalkar"),
            2021,
            "ICLR 2021",
            "2103.00065",
        ),
        "cohen2024": Publication(
            "Understanding Optimization in Deep Learning with Central Flows",
            ("Jeremy M. Cohen", "Alex Damian", "Ameet Talwalkar", "J. Zico Kolter", "Jason D. Lee"),
            2024,
            "",
            "2410.24206",
        ),
        "wang2024": Publication(
            "Can Stability be Detrimental? Better Generalization through Gradient Descent Instabilities",
            ("Lawrence Wang", "Stephen J. Roberts"),
            2024,
            "",
            "2412.17613",
        ),
        "kalra2023": Publication(
            "Universal Sharpness Dynamics in Neural Network Training: Fixed Point Analysis, Edge of Stability, and "
            "Route to Chaos",
            ("Dayal Singh Kalra", "Tianyu He", "Maissam Barkeshli"),
            2023,
            "",
            "2311.02076",
        ),
        "chen2024": Publication(
            "From Stability to Chaos: Analyzing Gradient Descent Dynamics in Quadratic Regression",
            ("Xuxing Chen", "Krishnakumar Balasubramanian", "Promit Ghosal", "Bhavya Agrawalla"),
            2024,
            "TMLR 2024",
            "2310.01687",
        ),
        "ghosh2025": Publication(
            "Learning Dynamics of Deep Linear Networks Beyond the Edge of Stability",
            ("Avrajit Ghosh", "Soo Min Kwon", "Rongrong Wang", "Saiprasad Ravishankar", "Qing Qu"),
            2025,
            "ICLR 2025",
            "2502.20531",
        ),
        "even2023": Publication(
            "(S)GD over Diagonal Linear Networks: Implicit Regularisation, Large Stepsizes and Edge of Stability",
            ("Mathieu Even", "Scott Pesme", "Suriya Gunasekar", "Nicolas Flammarion"),
            2023,
            "",
            "2302.08982",
        ),
        "liang2025": Publication(
            "Gradient Descent with Large Step Sizes: Chaos and Fractal Convergence Region",
            ("Shuang Liang", "Guido Montúfar"),
            2025,
            "",
            "2509.25351",
        ),
        "ahn2023": Publication(
            'Learning threshold neurons via the "edge of stability"',
            ("Kwangjun Ahn", "Sébastien Bubeck", "Sinho Chewi", "Yin Tat Lee", "Felipe Suarez", "Yi Zhang"),
            2023,
            "NeurIPS 2023",
            "2212.07469",
        ),
        "altschuler2023": Publication(
            "Acceleration by Stepsize Hedging I: Multi-Step Descent and the Silver Stepsize Schedule",
            ("Jason M. Altschuler", "Pablo A. Parrilo"),
            2023,
            "",
            "2309.07879",
        ),
        "andreyev2026": Publication(
            "Momentum Further Constrains Sharpness at the Edge of Stochastic Stability",
            (
                "Arseniy Andreyev",
                "Advikar Ananthkumar",
                "Marc Walden",
                "Tomaso Poggio",
                "Pierfrancesco Beneventano",
            ),
            2026,
            "",
            "2604.14108",
        ),
        "andriushchenko2022": Publication(
            "Towards Understanding Sharpness-Aware Minimization",
            ("Maksym Andriushchenko", "Nicolas Flammarion"),
            2022,
            "ICML 2022",
            "2206.06232",
        ),
        "arora2022": Publication(
            "Understanding Gradient Descent on Edge of Stability in Deep Learning",
            ("Sanjeev Arora", "Zhiyuan Li", "Abhishek Panigrahi"),
            2022,
            "ICML 2022",
            "2205.09745",
        ),
        "bartlett2022": Publication(
            "The Dynamics of Sharpness-Aware Minimization: Bouncing Across Ravines and Drifting Towards Wide Minima",
            ("Peter L. Bartlett", "Philip M. Long", "Olivier Bousquet"),
            2022,
            "",
            "2210.01513",
        ),
        "bernstein2018": Publication(
            "signSGD: Compressed Optimisation for Non-Convex Problems",
            ("Jeremy Bernstein", "Yu-Xiang Wang", "Kamyar Azizzadenesheli", "Animashree Anandkumar"),
            2018,
            "ICML 2018",
            "1802.04434",
        ),
        "chemnitz2024": Publication(
            "Characterizing Dynamical Stability of Stochastic Gradient Descent in Overparameterized Learning",
            ("Dennis Chemnitz", "Maximilian Engel"),
            2024,
            "",
            "2407.20209",
        ),
        "chen2023": Publication(
            "Beyond the Edge of Stability via Two-step Gradient Updates",
            ("Lei Chen", "Joan Bruna"),
            2023,
            "",
            "2206.04172",
        ),
        "edgestab2026": Publication(
            "Where gradient descent lands",
            ("edgestab",),
            2026,
            "documentation of edgestab, docs/landing.md",
        ),
        "gan2026": Publication(
            "Product-Stability: Provable Convergence for Gradient Descent on the Edge of Stability",
            ("Eric Gan",),
            2026,
            "",
            "2604.02653",
        ),
        "grimmer2024": Publication(
            "Provably Faster Gradient Descent via Long Steps",
            ("Benjamin Grimmer",),
            2024,
            "SIAM Journal on Optimization 34(3)",
            "2307.06324",
        ),
        "heavyball1964": Publication(
            "Some methods of speeding up the convergence of iteration methods",
            ("Boris T. Polyak",),
            1964,
            "USSR Computational Mathematics and Mathematical Physics 4(5)",
        ),
        "kalra2024": Publication(
            "Why Warmup the Learning Rate? Underlying Mechanisms and Improvements",
            ("Dayal Singh Kalra", "Maissam Barkeshli"),
            2024,
            "",
            "2406.09405",
        ),
        "kong2020": Publication(
            "Stochasticity of Deterministic Gradient Descent: Large Learning Rate for Multiscale Objective Function",
            ("Lingkai Kong", "Molei Tao"),
            2020,
            "NeurIPS 2020",
            "2002.06189",
        ),
        "kreisler2023": Publication(
            "Gradient Descent Monotonically Decreases the Sharpness of Gradient Flow Solutions in Scalar Networks and "
            "Beyond",
            ("Itai Kreisler", "Mor Shpigel Nacson", "Daniel Soudry", "Yair Carmon"),
            2023,
            "ICML 2023",
            "2305.13064",
        ),
        "lessard2016": Publication(
            "Analysis and Design of Optimization Algorithms via Integral Quadratic Constraints",
            ("Laurent Lessard", "Benjamin Recht", "Andrew Packard"),
            2016,
            "SIAM Journal on Optimization 26(1)",
            "1408.3595",
        ),
        "lewkowycz2020": Publication(
            "The large learning rate phase of deep learning: the catapult mechanism",
            ("Aitor Lewkowycz", "Yasaman Bahri", "Ethan Dyer", "Jascha Sohl-Dickstein", "Guy Gur-Ari"),
            2020,
            "",
            "2003.02218",
        ),
        "ma2021": Publication(
            "On Linear Stability of SGD and Input-Smoothness of Neural Networks",
            ("Chao Ma", "Lexing Ying"),
            2021,
            "NeurIPS 2021",
            "2105.13462",
        ),
        "macdonald2023": Publication(
            "On progressive sharpening, flat minima and generalisation",
            ("Lachlan Ewen MacDonald", "Jack Valmadre", "Simon Lucey"),
            2023,
            "",
            "2305.14683",
        ),
        "meng2024": Publication(
            "Gradient Descent on Logistic Regression with Non-Separable Data and Large Step Sizes",
            ("Si Yi Meng", "Antonio Orvieto", "Daniel Yiming Cao", "Christopher De Sa"),
            2024,
            "",
            "2406.05033",
        ),
        "meng2025": Publication(
            "Gradient Descent on Logistic Regression: Do Large Step-Sizes Work with Data on the Sphere?",
            ("Si Yi Meng", "Baptiste Goujaud", "Antonio Orvieto", "Christopher De Sa"),
            2025,
            "",
            "2507.11228",
        ),
        "nesterov1983": Publication(
            "A method for solving the convex programming problem with convergence rate O(1/k^2)",
            ("Yurii Nesterov",),
            1983,
        ),
        "nesterov2004": Publication(
            "Introductory Lectures on Convex Optimization: A Basic Course",
            ("Yurii Nesterov",),
            2004,
            "Springer",
        ),
        "polyak1969": Publication(
            "Minimization of unsmooth functionals",
            ("Boris T. Polyak",),
            1969,
            "USSR Computational Mathematics and Mathematical Physics 9(3)",
        ),
        "song2023": Publication(
            "Trajectory Alignment: Understanding the Edge of Stability Phenomenon via Bifurcation Theory",
            ("Minhak Song", "Chulhee Yun"),
            2023,
            "NeurIPS 2023",
            "2307.04204",
        ),
        "wang2022": Publication(
            "Large Learning Rate Tames Homogeneity: Convergence and Balancing Effect",
            ("Yuqing Wang", "Minshuo Chen", "Tuo Zhao", "Molei Tao"),
            2022,
            "ICLR 2022",
            "2110.03677",
        ),
        "wu2018": Publication(
            "How SGD Selects the Global Minima in Over-parameterized Learning: A Dynamical Stability Perspective",
            ("Lei Wu", "Chao Ma", "Weinan E"),
            2018,
            "NeurIPS 2018",
        ),
        "wu2024": Publication(
            "Large Stepsize Gradient Descent for Logistic Loss: Non-Monotonicity of the Loss Improves Optimization "
            "Efficiency",
            ("Jingfeng Wu", "Peter L. Bartlett", "Matus Telgarsky", "Bin Yu"),
            2024,
            "COLT 2024",
            "2402.15926",
        ),
        "zhang2020": Publication(
            "Why Gradient Clipping Accelerates Training: A Theoretical Justification for Adaptivity",
            ("Jingzhao Zhang", "Tianxing He", "Suvrit Sra", "Ali Jadbabaie"),
            2020,
            "ICLR 2020",
            "1905.11881",
        ),
        "zhang2025": Publication(
            "Minimax Optimal Convergence of Gradient Descent in Logistic Regression via Large and Adaptive Stepsizes",
            ("Ruiqi Zhang", "Jingfeng Wu", "Licong Lin", "Peter L. Bartlett"),
            2025,
            "",
            "2504.04105",
        ),
    }
)
"""By the key that begins the ids of their claims."""
