from __future__ import annotations

import pytest

from app.domain.prediction import predict


@pytest.mark.parametrize(
    ("history", "likeliest", "confidence"),
    [
        (["cut"], "cut", 0.5),
        (["cut", "cut", "cut"], "cut", 0.75),
        (["perm", "cut", "cut"], "cut", 0.5),
        (["perm", "cut"], "perm", 0.33),
        (["cut"] * 9, "cut", 0.9),
    ],
)
def test_the_most_frequent_is_likeliest_and_surer_the_more_there_is_to_go_by(history, likeliest, confidence):
    prediction = predict(history)
    assert (prediction.likeliest, prediction.confidence) == (likeliest, confidence)


def test_nothing_predicts_nothing():
    assert predict([]) is None
