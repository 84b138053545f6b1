import sys
import time

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

scorer = JaroWinkler.normalized_similarity if sys.argv[1] == "JaroWinkler" else getattr(fuzz, sys.argv[1])
lines = sys.stdin.read().split("\n")[:-1]
count = int(lines[0])
names, queries = lines[1 : count + 1], lines[count + 1 :]
for query in queries:
    start = time.perf_counter()
    found = process.extract(query, names, scorer=scorer, limit=5)
    took = time.perf_counter() - start
    print(took, *(place for _, _, place in found))
