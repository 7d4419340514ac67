"""scikit-learn as a classifier of messages: what one message costs it.

Reads a file of JSON Lines {"text", "label"} of our own corpus, trains the usual pipeline of it (character n-grams, tf-idf,
linear SVM) on the first part, and judges the rest, one message at a time as a service does and all at once as a batch does.
Prints one line of JSON; microseconds are of the processor, for seventy characters.
"""

import json
import sys
import time

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

TRAINED = 6000
JUDGED = 1000


def main(path):
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    train, test = rows[:TRAINED], rows[TRAINED : TRAINED + JUDGED]
    model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True), LinearSVC())
    model.fit([row["text"] for row in train], [row["label"] for row in train])
    texts = [row["text"] for row in test]
    characters = sum(len(text) for text in texts)
    start = time.process_time()
    for text in texts:
        model.predict([text])
    single = time.process_time() - start
    start = time.process_time()
    model.predict(texts)
    batch = time.process_time() - start
    print(json.dumps({
        "version": sklearn.__version__,
        "single": single * 1e6 * 70 / characters,
        "batch": batch * 1e6 * 70 / characters,
    }))


main(sys.argv[1])
