"""How long Python's rapidfuzz takes for the same names and queries.

Arguments: a file of names and a file of queries, one a line. Prints for each scorer a line with its name and the
milliseconds a query of process.extractOne and of process.cdist with one worker, separated by tabs.
"""

import statistics
import sys
import time

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel, JaroWinkler

# Each is asked only some of the queries: the slowest takes a twentieth of a second for one.
ONE = 40
MANY = 100

names, queries = ([line.rstrip("\n") for line in open(path, encoding="utf-8")] for path in sys.argv[1:3])


def milliseconds(function):
    begin = time.perf_counter()
    function()
    return (time.perf_counter() - begin) * 1e3


for label, scorer in [
    ("indel", Indel.normalized_similarity),
    ("token sort", fuzz.token_sort_ratio),
    ("jaro-winkler", JaroWinkler.normalized_similarity),
]:
    one = statistics.median(
        milliseconds(lambda: process.extractOne(query, names, scorer=scorer)) for query in queries[:ONE]
    )
    some = queries[:MANY]
    many = milliseconds(lambda: process.cdist(some, names, scorer=scorer, workers=1)) / len(some)
    print(label, one, many, sep="\t")
