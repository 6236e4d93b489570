"""Answers that are remembered, against the questions that were really asked."""

from __future__ import annotations

from glocal.cluster.remembered import Remembered


def test_a_question_is_asked_once_until_its_answer_is_forgotten() -> None:
    asked = list[int]()

    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    remembered = Remembered(double, 2)
    assert [remembered(number) for number in (1, 1, 2, 1)] == [2, 2, 4, 2]
    assert asked == [1, 2]
    assert (remembered(3), remembered(1)) == (6, 2)  # 2 was asked for the longest ago
    assert asked == [1, 2, 3]
    assert remembered(2) == 4
    assert asked == [1, 2, 3, 2]
    remembered.forget(2)
    remembered.forget(7)
    assert remembered(2) == 4
    assert asked == [1, 2, 3, 2, 2]
