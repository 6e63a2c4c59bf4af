from unicell.running_means import RunningMeans


def test_the_mean_starts_at_the_first_value_and_follows() -> None:
    means = RunningMeans()
    assert means.update("a", 50) == 50
    assert means.update("a", 100) == 75
    assert means.update("b", 7) == 7
    for _ in range(2000):
        last = means.update("a", 10)
    assert abs(last - 10) < 0.01


def test_it_never_divides_by_less_than_one() -> None:
    assert RunningMeans().update("a", 0) == 1
