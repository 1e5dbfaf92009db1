"""A program that uses the installed wheel: it has to run, and mypy has to know every type in it.

mypy uses the annotations of an installed package only if the package has a `py.typed` file.
"""

from __future__ import annotations

from typing import assert_type

from postagger import Config, Corpus, Evaluation, Tagger, load_config, load_corpus


def main() -> None:
    corpus = assert_type(load_corpus("sample"), Corpus)
    config = assert_type(load_config("logistic", ["training.epochs=1"]), Config)
    tagger = assert_type(Tagger.train(corpus, config), Tagger)

    words = ["They", "look", "the", "old", "word", "up", "."]
    tagged = assert_type(tagger.tag(words), list[tuple[str, str]])
    assert [word for word, _ in tagged] == words
    for sentence in tagger.tag_sents([words, words]):
        assert assert_type(sentence, list[tuple[str, str]]) == tagged
    distributions = assert_type(tagger.distributions(words), list[dict[str, float]])
    assert [next(iter(tags)) for tags in distributions] == [tag for _, tag in tagged]

    evaluation = assert_type(tagger.evaluate_on(corpus, "test"), Evaluation)
    accuracy = assert_type(evaluation.tokens.value, float | None)
    assert accuracy is not None
    assert 0 < accuracy < 1
    print(f"a typed program trained a tagger, accuracy {100 * accuracy:.2f} %")


if __name__ == "__main__":
    main()
