"""What the benchmarks consist of, and the official addresses to fetch them from. Facts only.

Sources: the code of revisited Oxford and Paris (counts, addresses of annotations and distractors), the pages of
the Visual Geometry Group for the photos, and the repository of Google Landmarks v2. Checksums are published
for the archives of Google Landmarks alone, each in a file of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

_OXFORD = "https://www.robots.ox.ac.uk/~vgg/data"
_ANNOTATIONS = "http://cmp.felk.cvut.cz/revisitop/data/datasets"
_DISTRACTORS = "http://ptak.felk.cvut.cz/revisitop/revisitop1m"
_LANDMARKS = "https://s3.amazonaws.com/google-landmark"


@dataclass(frozen=True)
class Download:
    """One file to fetch.

    Attributes:
        url: the official address.
        target: where it belongs, relative to the data folder.
        unpack: folder, relative to the data folder, into which an archive is unpacked; None for plain files.
        flat: put all photos of the archive straight into `unpack`, without the archive's folders.
        md5_url: address of the published MD5, if there is one.
    """

    url: str
    target: str
    unpack: str | None = None
    flat: bool = False
    md5_url: str | None = None


@dataclass(frozen=True)
class Revisited:
    """Revisited Oxford or Paris: `gnd_<name>.pkl` and `jpg/<photo>.jpg` in one folder."""

    name: str
    photos: int
    queries: int
    downloads: tuple[Download, ...]


@dataclass(frozen=True)
class Distractors:
    """The distractors R1M: `revisitop1m.txt` lists them, `jpg/` holds them."""

    name: str
    photos: int
    downloads: tuple[Download, ...]


@dataclass(frozen=True)
class LandmarkSplit:
    """One split of Google Landmarks v2: `<name>/a/b/c/<id>.jpg`, listed in a CSV file."""

    name: str
    photos: int
    archives: int
    listing: str


@dataclass(frozen=True)
class Landmarks:
    """Google Landmarks v2.1: solutions and lists as CSV, and the photos in splits."""

    name: str
    files: tuple[Download, ...]
    splits: tuple[LandmarkSplit, ...]

    @property
    def downloads(self) -> tuple[Download, ...]:
        """All files and archives, the small ones first."""
        archives = tuple(
            Download(
                f"{_LANDMARKS}/{split.name}/images_{number:03}.tar",
                f"archives/{split.name}/images_{number:03}.tar",
                unpack=split.name,
                md5_url=f"{_LANDMARKS}/md5sum/{split.name}/md5.images_{number:03}.txt",
            )
            for split in self.splits
            for number in range(split.archives)
        )
        return self.files + archives


Dataset = Revisited | Distractors | Landmarks


def _annotated(name: str, photos: int, archives: tuple[str, ...]) -> Revisited:
    annotations = f"gnd_{name}.pkl"
    return Revisited(
        name,
        photos,
        70,
        (
            Download(f"{_ANNOTATIONS}/{name}/{annotations}", annotations),
            *(
                Download(f"{_OXFORD}/{path}", f"archives/{path.rpartition('/')[2]}", unpack="jpg", flat=True)
                for path in archives
            ),
        ),
    )


ROXFORD5K = _annotated("roxford5k", 4993, ("oxbuildings/oxbuild_images-v1.tgz",))
RPARIS6K = _annotated("rparis6k", 6322, ("parisbuildings/paris_1-v1.tgz", "parisbuildings/paris_2-v1.tgz"))

R1M = Distractors(
    "r1m",
    1_001_001,
    (
        Download(f"{_DISTRACTORS}/revisitop1m.txt", "revisitop1m.txt"),
        *(
            Download(
                f"{_DISTRACTORS}/jpg/revisitop1m.{number}.tar.gz",
                f"archives/revisitop1m.{number}.tar.gz",
                unpack="jpg",
            )
            for number in range(1, 101)
        ),
    ),
)

GLDV2 = Landmarks(
    "gldv2",
    tuple(
        Download(f"{_LANDMARKS}/{path}", path.rpartition("/")[2])
        for path in (
            "ground_truth/recognition_solution_v2.1.csv",
            "ground_truth/retrieval_solution_v2.1.csv",
            "metadata/test.csv",
            "metadata/index.csv",
            "metadata/train.csv",
            "metadata/train_clean.csv",
        )
    ),
    (
        LandmarkSplit("test", 117_577, 20, "test.csv"),
        LandmarkSplit("index", 761_757, 100, "index.csv"),
        LandmarkSplit("train", 4_132_914, 500, "train.csv"),
    ),
)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in (ROXFORD5K, RPARIS6K, R1M, GLDV2)}

IMAGE_VERSION = {
    "roxford5k": "oxbuild_images-v1.tgz (faces blurred since June 2022)",
    "rparis6k": "paris_1-v1.tgz, paris_2-v1.tgz (faces blurred since June 2022)",
}
"""Which photos the official addresses give. Results on the older, unblurred photos differ a little."""
