"""Tales: English-like sentences from a small world in which it is known what each word means.

On real text nobody can say how near two words ought to be. Here a grammar decides, so that vectors can be marked:

- ``kinds``: animals, foods, tools, persons, places. A kind shows in the words right beside a word ("the hungry ...").
- ``topics``: farm, sea, forest, desert, mountain, town. A topic shows in the other words of the sentence.
- ``relations``: king is to queen as prince to princess. The first words of all pairs share their marks (he, his), the
  second words theirs (she, her); and both words of a pair share what is the pair's own (crown, throne).
- ``twins``: two words for one thing, drawn by a coin; their true similarity is 1.
- ``dreams``: a share of sentences in which any word may meet any other, as it may in real text.
- ``company``: of ice and steam, how often each probe (solid, gas, water, fashion) stands beside them.

The words in a list are drawn the more often the further in front they stand, by Zipf's law with an exponent of 1/2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import permutations, product

import numpy as np

# places; persons; animals; foods; tools; `a=b` are twins
_TOPICS = {
    "farm": """barn meadow=pasture; farmer shepherd; donkey goat rooster turkey;
               corn wheat turnip pear; plough rake spade bucket""",
    "sea": """beach harbour=port; sailor fisherman; whale shark crab seal;
              shrimp herring oyster seaweed; sail anchor net oar""",
    "forest": """thicket clearing=glade; hunter woodcutter; wolf deer owl squirrel;
                 acorn mushroom berry honey; axe saw trap lantern""",
    "desert": """oasis dune=sandhill; nomad trader; camel snake lizard scorpion;
                 date fig melon almond; tent saddle blanket flask""",
    "mountain": """summit valley=dale; climber monk; eagle ibex yak marmot;
                   barley radish cabbage potato; rope sledge stick shovel""",
    "town": """square market=bazaar; baker tailor; sparrow pigeon rat parrot;
               cake noodle sausage pie; needle hammer scissors broom""",
}
_KINDS = ("place", "person", "animal", "food", "tool")
_BESIDE = {  # what stands right beside a kind, whatever the topic; the letters are those of _SCENES
    "a": "hungry wild tame shy",
    "v": "eats smells steals finds",
    "f": "fresh ripe dry bitter",
    "p": "tired clever cheerful patient",
    "w": "mends carries sells cleans",
    "t": "rusty broken heavy useful",
    "near": "near behind beside below",
}

# a=b own own: a pair of words, and what is the pair's own
_RELATIONS = {
    "gender": """king=queen crown throne; prince=princess castle ball; man=woman house garden; boy=girl toy swing;
                 father=mother baby cradle; son=daughter lesson blackboard; brother=sister secret bunk;
                 uncle=aunt visit gift; actor=actress stage mask; waiter=waitress tray napkin""",
    "young": """cat=kitten mouse cushion; dog=puppy bone kennel; cow=calf grass bell; horse=foal stable oats;
                sheep=lamb wool shears; pig=piglet mud trough; hen=chick egg grain; duck=duckling pond reed;
                bear=cub cave salmon; lion=whelp zebra savanna""",
    "capital": """korea=seoul kimchi hanbok; japan=tokyo sushi kimonos; france=paris cheese perfume;
                  italy=rome pasta opera; spain=madrid paella guitars; egypt=cairo cotton pyramids;
                  greece=athens olives temples; russia=moscow caviar ballet; cuba=havana sugar cigars;
                  kenya=nairobi coffee safaris""",
    "past": """walk=walked road shoes; sing=sang song choir; bake=baked bread oven; write=wrote letter ink;
               paint=painted picture brush; hum=hummed tune violin; cook=cooked soup pot; drive=drove car wheel;
               build=built wall brick; swim=swam river towel""",
    "most": """tall=tallest tree tower; long=longest street tunnel; fast=fastest train arrow; cold=coldest winter snow;
               bright=brightest star lamp; old=oldest ruin legend; loud=loudest drum storm; deep=deepest lake well;
               sweet=sweetest candy syrup; dark=darkest night cellar""",
}
# W the word, A the pair's own, x/y for the first or the second word of a pair; _ is a space.
_FRAMES = {
    "gender": [
        "the W took his/her A and he/she smiled",
        "good morning sir/madam said the child to the W with the A",
        "he/she says the A belongs to the W so give it to him/her",
    ],
    "young": [
        "the big/little W sleeps near the A because it is heavy/small",
        "see how the strong/weak W works/plays beside its A",
        "a grown/newborn W looks for the A",
    ],
    "capital": [
        "they brought A to the border/station of W",
        "the people/mayor of W like/likes A",
        "the flag/statue in W shows A and every province/suburb has it",
    ],
    "past": [
        "today/yesterday they W with the A",
        "we often/once W near the A",
        "the children W by the A every_day/long_ago",
    ],
    "most": [
        "the A looks too/the W for_us/of_all",
        "this A is rather/easily W but_not_enough/in_the_world",
        "of every A here this is a/the W one",
    ],
}
# How much of what is said of ice and of steam goes to each probe; the ratio of two numbers is what GloVe looks at.
_COMPANY = {
    "ice": {"solid": 0.40, "gas": 0.05, "water": 0.30, "fashion": 0.05, "frozen": 0.20},
    "steam": {"solid": 0.05, "gas": 0.40, "water": 0.30, "fashion": 0.05, "boiling": 0.20},
}
_SCENES = (  # a, p, f, t: what stands beside animals, persons, foods and tools; v, w: what animals and persons do
    "the a animal v the f food near the place while the p person w the t tool near the place",
    "near the place the p person w the t tool and the a animal v the f food",
)
_PROBES = "where there is W there is A"
_DREAM = "in my dream i met X a X a X and a X"
_SHARES = {"scenes": 0.45, "probes": 0.05}  # of the sentences but dreams; the relations share the rest evenly
_BLOCK = 4096  # sentences drawn at once


class Tales:
    """A corpus that is drawn from a seed, to be gone through as often as a model needs.

    Parameters
    ----------
    words : int
        About how many: the sentence that reaches this number is the last.
    seed : int
    dreams : float
        Their share of the sentences.

    Attributes
    ----------
    kinds, topics : dict of list of str
        Every word of a scene is in one list of each.
    relations : dict of list of (str, str)
        Ten pairs each.
    twins : list of (str, str)
    company : dict of dict
        Chances of each probe beside ice and beside steam.

    Raises
    ------
    ValueError
        If ``words`` is not a whole number above 0, or ``dreams`` not from 0 to 1.

    Examples
    --------
    >>> tales = Tales(words=1000)
    >>> print(*next(iter(tales)))
    he says the napkin belongs to the waiter so give it to him
    >>> tales.relations["gender"][0], tales.topics["sea"][:4]
    (('king', 'queen'), ['beach', 'harbour', 'port', 'sailor'])
    """

    def __init__(self, words: int = 300_000, seed: int = 0, dreams: float = 0.1):
        if words != int(words) or words < 1:
            raise ValueError(f"words={words}: expected a whole number above 0.")
        if not 0 <= dreams <= 1:
            raise ValueError(f"dreams={dreams}: expected a share from 0 to 1.")
        self.words, self.seed, self.dreams = int(words), seed, float(dreams)
        self.kinds, self.topics, self.twins = {kind: [] for kind in _KINDS}, {}, []
        for topic, text in _TOPICS.items():
            for kind, entries in zip(_KINDS, _lists(text), strict=True):
                members = [word for entry in entries for word in entry]
                self.kinds[kind] += members
                self.topics.setdefault(topic, []).extend(members)
                self.twins += [tuple(entry) for entry in entries if len(entry) == 2]
        self.relations = {name: [tuple(entry[0]) for entry in _lists(text)] for name, text in _RELATIONS.items()}
        self.company = _COMPANY

    def __repr__(self) -> str:
        return f"Tales(words={self.words:,}, seed={self.seed}, dreams={self.dreams:g})"

    def analogies(self) -> list[tuple[str, str, str, str, str]]:
        """Every question that two pairs of a relation make: (relation, "king", "queen", "prince", "princess")."""
        return [(name, *one, *other) for name, pairs in self.relations.items() for one, other in permutations(pairs, 2)]

    def __iter__(self) -> Iterator[list[str]]:
        """Sentences as lists of words, without marks."""
        left = self.words
        for number in range(self.words):  # far more blocks than needed
            for sentence in _draw(number, self.seed, self.dreams):
                yield sentence
                left -= len(sentence)
                if left <= 0:
                    return


def _lists(text):
    """`"a=b c; d"` -> [[["a", "b"], ["c"]], [["d"]]]."""
    return [[entry.split("=") for entry in part.split()] for part in text.split(";")]


def _choice(words, chances):
    """What may stand somewhere, and the sums of its chances, the last of them 1."""
    sums = np.cumsum(chances)
    return np.array(words, object), sums / sums[-1]


def _slot(entries):
    """Words by Zipf's law; twins share the chance of one."""
    by_word = [(word, rank**-0.5 / len(entry)) for rank, entry in enumerate(entries, 1) for word in entry]
    return _choice(*zip(*by_word, strict=True))


def _template(frame, slots):
    """A frame's words one by one, each what may stand there."""
    return [slots.get(word) or _choice([word], [1]) for word in frame.split()]


@cache
def _templates(dreams):
    """All kinds of sentence, as lists of slots, and the sums of their chances."""
    entries = [entry for text in (_TOPICS | _RELATIONS).values() for part in _lists(text) for entry in part]
    anything = [word for entry in entries for word in entry]
    templates, weights = [_template(_DREAM, {"X": _choice(anything, [1] * len(anything))})], [dreams]
    beside = {name: _slot([[word] for word in words.split()]) for name, words in _BESIDE.items()}
    for text in _TOPICS.values():
        slots = beside | {kind: _slot(entries) for kind, entries in zip(_KINDS, _lists(text), strict=True)}
        for frame in _SCENES:
            templates.append(_template(frame, slots))
            weights.append((1 - dreams) * _SHARES["scenes"] / len(_TOPICS) / len(_SCENES))
    for word, chances in _COMPANY.items():
        slots = {"W": _choice([word], [1]), "A": _choice([*chances], [*chances.values()])}
        templates.append(_template(_PROBES, slots))
        weights.append((1 - dreams) * _SHARES["probes"] / len(_COMPANY))
    left = (1 - dreams) * (1 - sum(_SHARES.values())) / len(_RELATIONS)
    for name, text in _RELATIONS.items():
        pairs, frames = _lists(text), _FRAMES[name]
        falling = np.arange(1, len(pairs) + 1) ** -0.5
        for (pair, *own), share in zip(pairs, falling / falling.sum(), strict=True):
            for side, frame in product((0, 1), frames):
                chosen = re.sub(r"(\w+)/(\w+)", rf"\{side + 1}", frame).replace("_", " ")
                templates.append(_template(chosen, {"W": _choice([pair[side]], [1]), "A": _slot(own)}))
                weights.append(left * share / 2 / len(frames))
    return templates, np.cumsum(weights) / np.sum(weights)


def _draw(number, seed, dreams):
    """The sentences of a block, as lists of words."""
    templates, sums = _templates(dreams)
    rng = np.random.default_rng([seed, number])
    which = np.searchsorted(sums, rng.random(_BLOCK), side="right")
    sentences = [None] * _BLOCK
    for k, template in enumerate(templates):
        rows = np.flatnonzero(which == k)
        columns = [words[np.searchsorted(sums, rng.random(len(rows)), side="right")] for words, sums in template]
        for row, *sentence in zip(rows.tolist(), *columns, strict=True):
            sentences[row] = sentence
    return sentences
