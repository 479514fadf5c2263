"""How a comparison was made, in words: what is said, and what isn't where it isn't so."""

from alternatives.charts import captions
from alternatives.datasets import DATASETS
from alternatives.datasets.splitting import split
from alternatives.experiments import Comparison
from alternatives.exports import method

DEFAULT = Comparison()
NEW = Comparison(question="new data")


def test_the_sets_are_as_large_as_is_said():
    samples = DATASETS["digits"].load()
    own = split(samples, 0)
    for name, rows in (
        ("Training set", own.train_index),
        ("validation set", own.validation_index),
        ("test set", own.test_index),
    ):
        share = round(100 * len(rows) / len(samples.targets))
        assert f"{name} {share} %" in method.of_comparison(DEFAULT)


def test_a_test_set_that_tuning_never_sees_is_said():
    assert "tuning never sees" not in method.of_comparison(DEFAULT)
    assert "same for all seeds, and tuning never sees it." in method.of_comparison(
        DEFAULT.replace(test_set="held out")
    )
    assert "is the published one" in method.of_comparison(DEFAULT.replace(test_set="published"))


def test_fewer_training_samples_are_said():
    assert ", 50 training samples." in method.of_comparison(DEFAULT.replace(n_training=50))
    for more in (None, 5_000):  # than there are
        assert "training samples" not in method.of_comparison(DEFAULT.replace(n_training=more))


def test_what_tuning_chooses_and_by_what_is_said():
    every = DEFAULT.replace(weight_decay=None, n_settings=12, criterion="error")
    assert (
        "Each head uses its own best learning rate, L2 penalty and number of epochs (at most 40; on 5 tuning "
        "splits, of 12 random settings, by error)"
    ) in method.of_comparison(every)
    only = every.replace(learning_rate=0.1, n_epochs=3, n_settings=None, criterion="log loss")
    assert (
        "Learning rate 0.1, 3 epochs, each head uses its own best L2 penalty (on 5 tuning splits)"
    ) in method.of_comparison(only)


def test_which_parameters_of_heads_are_not_tuned_is_said():
    assert "; epsilon = 1 of spherical softmax is as given, not tuned. " in method.of_comparison(DEFAULT)
    other = Comparison(heads=["softmax", "spherical softmax(epsilon=0.3)"])
    assert "; epsilon = 0.3 of spherical softmax is as given, not tuned. " in method.of_comparison(other)
    for untold in (Comparison(head_parameters="own best"), Comparison(heads=["softmax", "sigmoid"])):
        assert "not tuned" not in method.of_comparison(untold)


def test_whether_it_holds_for_new_data_is_a_question_with_a_place():
    assert method.of_comparison(DEFAULT).endswith("choose “new data” under More settings, Question.")
    assert method.of_comparison(NEW).endswith("about new data of the same kind, so the intervals are wider.")
    assert "new data" not in method.of_comparison(Comparison(heads="softmax"))
    assert "new data" not in method.of_comparison(Comparison(n_seeds=2))


def test_measures_without_intervals_for_new_data_are_said():
    assert captions.NEW_DATA in method.of_differences(NEW)
    assert captions.NEW_DATA in method.how_concluded(NEW)
    assert captions.NEW_DATA not in method.of_differences(DEFAULT) + method.how_concluded(DEFAULT)
    assert method.of_differences(Comparison(heads="softmax")) == captions.ALONE


def test_noisy_validation_labels_are_said_where_their_accuracy_is_drawn():
    assert captions.NOISY_LABELS in captions.of_curve("validation accuracy", 0.45)
    assert captions.NOISY_LABELS not in captions.of_curve("validation accuracy")
    assert captions.NOISY_LABELS not in captions.of_curve("validation loss", 0.45)
    noisy = Comparison(label_noise=0.45)
    assert "45\u00a0% of the training and validation labels wrong" in method.of_comparison(noisy)
    assert "Measured on the test set, whose labels are right." in method.of_comparison(noisy)
