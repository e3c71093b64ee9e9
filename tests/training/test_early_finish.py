"""A training that is asked to finish keeps the weights of its best epoch."""

from types import SimpleNamespace


def test_best_epoch_is_kept_when_it_is_asked_to_finish(monkeypatch):
    from digitcnn.training import fit

    asked, weights = [False], ["before"]
    model = SimpleNamespace(
        stop_training=False,
        get_weights=lambda: list(weights),
        set_weights=lambda given: weights.__setitem__(slice(None), given),
    )
    finish = fit._EarlyFinish(lambda: asked[0])
    finish.set_model(model)
    monkeypatch.setattr(fit, "_TOLD_EVERY_S", 0.0)

    asked[0] = True
    finish.on_train_batch_end(0)
    assert not model.stop_training  # There is no epoch to keep yet.
    asked[0] = False
    for name, accuracy in (("good", 0.98), ("best", 0.99), ("worse", 0.97)):
        weights[:] = [name]
        finish.on_epoch_end(0, {"val_accuracy": accuracy})
    asked[0] = True
    finish.on_train_batch_end(7)
    assert model.stop_training
    weights[:] = ["half an epoch later"]
    finish.on_epoch_end(3, {"val_accuracy": 0.975})
    finish.on_train_end()
    assert weights == ["best"]


def test_training_that_nobody_interrupts_is_left_alone():
    from digitcnn.training import fit

    finish = fit._EarlyFinish(lambda: False)
    model = SimpleNamespace(stop_training=False, get_weights=lambda: ["first"])
    finish.set_model(model)
    finish.on_epoch_end(0, {"val_accuracy": 0.9})
    finish.on_train_end()  # set_weights would fail: there is none
    assert not model.stop_training
