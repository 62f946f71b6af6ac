"""Data of a teacher that is an MLP. It is here and not with the other data, which know no networks."""

from __future__ import annotations

from pathlib import Path

from edgestab.numerics.networks.architectures.mlp import mlp
from edgestab.numerics.networks.data.kind import Count, DataKind, Held, Level, Seed
from edgestab.numerics.networks.data.samples import Loaded, parted
from edgestab.numerics.networks.data.teacher import teacher_student


class TeacherStudentSpec(DataKind, frozen=True, tag="teacher-student"):
    """See `edgestab.numerics.networks.data.teacher.teacher_student`; the teacher is an MLP of the given widths."""

    n: Count
    widths: list[Count]
    act: str = "tanh"
    noise: Level = 0.0
    seed: Seed = 0
    test: Held = 0

    def load(self, _classes: bool, _folder: Path, /) -> Loaded:
        """Return the data."""
        teacher = mlp(self.widths, self.act)
        whole = teacher_student(teacher, self.n + self.test, (self.widths[0],), seed=self.seed, noise=self.noise)
        return parted(whole, self.test, self.widths[-1])
