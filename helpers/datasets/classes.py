"""The classes of every set of labelled pictures: a name in English, one in Korean, a colour. Nothing is imported here.

Background, car, person, border and the like have one colour in all sets. The colours of a set differ by at least 17
(CIE 1976 colour difference) for normal, red-blind and green-blind eyes alike; a test measures it. Void, which is no
class, has no colour: figures hatch it in grey.
"""

from typing import NamedTuple


class Class(NamedTuple):
    """A class's names and its colour as hexadecimal red, green, blue."""

    name: str
    ko: str
    colour: str


_BACKGROUND = Class("background", "배경", "000000")
_BORDER = Class("border", "경계", "D55E00")
_CAR = "0072B2"
_PERSON = "D55E00"

CAMVID = (
    Class("sky", "하늘", "56B4E9"),
    Class("building", "건물", "5A2D00"),
    Class("pole", "기둥", "F0E442"),
    Class("road", "도로", "4B3C5A"),
    Class("pavement", "보도", "CC79A7"),
    Class("tree", "나무", "009E73"),
    Class("sign", "표지판", "E69F00"),
    Class("fence", "울타리", "6969FF"),
    Class("car", "자동차", _CAR),
    Class("pedestrian", "보행자", _PERSON),
    Class("bicyclist", "자전거 탄 사람", "F0FFB4"),
)
ISBI2012 = (Class("inside", "세포 안", "56B4E9"), Class("membrane", "세포막", "D55E00"))
DSB2018 = (_BACKGROUND, Class("nucleus", "세포핵", "56B4E9"))
DSB2018_BORDERS = (*DSB2018, _BORDER)
PET = (Class("pet", "반려동물", "56B4E9"), _BACKGROUND, _BORDER)
VOC2012 = (
    _BACKGROUND,
    Class("aeroplane", "비행기", "56B4E9"),
    Class("bicycle", "자전거", "F0FFB4"),
    Class("bird", "새", "FFA5B4"),
    Class("boat", "배", "00004B"),
    Class("bottle", "병", "4BC369"),
    Class("bus", "버스", "0000FF"),
    Class("car", "자동차", _CAR),
    Class("cat", "고양이", "E69F00"),
    Class("chair", "의자", "5A2D00"),
    Class("cow", "소", "F0FFFF"),
    Class("diningtable", "식탁", "4B4B3C"),
    Class("dog", "개", "F0E442"),
    Class("horse", "말", "CC79A7"),
    Class("motorbike", "오토바이", "2D00A5"),
    Class("person", "사람", _PERSON),
    Class("pottedplant", "화분", "009E73"),
    Class("sheep", "양", "6969FF"),
    Class("sofa", "소파", "4B3C5A"),
    Class("train", "기차", "000F2D"),
    Class("tvmonitor", "텔레비전", "003C96"),
)
SCENES = (
    _BACKGROUND,
    Class("cell", "세포", "CC79A7"),
    Class("sky", "하늘", "56B4E9"),
    Class("hill", "언덕", "009E73"),
    Class("water", "물", "6969FF"),
    Class("road", "도로", "4B3C5A"),
    Class("pole", "기둥", "F0E442"),
    Class("bird", "새", "FFA5B4"),
    Class("boat", "배", "00004B"),
    Class("car", "자동차", _CAR),
    Class("balloon", "기구", "D55E00"),
)
# One label a picture: no colours.
CIFAR10 = {
    "airplane": "비행기",
    "automobile": "자동차",
    "bird": "새",
    "cat": "고양이",
    "deer": "사슴",
    "dog": "개",
    "frog": "개구리",
    "horse": "말",
    "ship": "배",
    "truck": "트럭",
}
