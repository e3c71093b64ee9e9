"""How long a training will take, judging by earlier ones."""

from digitcnn.models.recipes import recipe
from digitcnn.runs import estimate, store
from tests.run_makers import fill_training, some_card


def publish(home, made_by, seconds: float, n: int) -> store.Run:
    folder = store.new_training(home, "x")
    fill_training(folder)
    card = some_card(
        folder.name,
        network=made_by.network,
        recipe=made_by.to_dict(),
        seconds=seconds,
        dataset={"name": "MNIST test", "n_training": n, "n_nondigits": 0},
    )
    return store.publish(folder, home, card)


def test_time_goes_with_the_number_of_drawings(home):
    before = recipe("default", epochs=2, nondigits=0, learned_letters=0, learned_digits=0)
    runs = [publish(home, before, 100.0, 66_000)]  # 56,000 of MNIST's and 10,000 made ones
    assert estimate.seconds(before, runs) == 100.0
    twice = recipe("default", epochs=4, nondigits=0, learned_letters=0, learned_digits=0)
    assert estimate.seconds(twice, runs) == 200.0
    own = recipe("default", dataset="handwriting", epochs=2, handwriting=33_000, nondigits=0,
                 learned_letters=0, learned_digits=0)  # fmt: skip
    assert estimate.seconds(own, runs) == 50.0
    few = recipe("default", epochs=2, nondigits=0, learned_letters=0, learned_digits=0, limit=1_000)
    assert estimate.seconds(few, runs) == 100.0 / 66_000 * 11_000


def test_what_works_otherwise_tells_nothing(home):
    before = recipe("default")
    runs = [publish(home, before, 100.0, 60_000)]
    for other in (
        recipe("default", network="plain"),
        recipe("default", optimizer="adamw"),
        recipe("default", augment=False),
        recipe("default", dataset="usps"),
        recipe("default", teacher="starter"),
    ):
        assert estimate.seconds(other, runs) is None
    assert estimate.seconds(before, []) is None


def test_the_latest_that_is_alike_tells(home):
    old = publish(home, recipe("default"), 500.0, 112_000)
    new = publish(home, recipe("default"), 200.0, 112_000)
    other = publish(home, recipe("default", network="plain"), 10.0, 112_000)
    assert estimate.seconds(recipe("default"), [other, new, old]) == 200.0
