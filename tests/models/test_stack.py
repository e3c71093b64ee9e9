"""Stacks of layers: what passes is what Keras builds, and what is impossible is said in words."""

import hypothesis
import pytest
from hypothesis import strategies as st

from digitcnn.models import description, networks, stack
from digitcnn.models.layers import Layer
from digitcnn.models.networks import NETWORKS, Network

CONV, RELU, POOL, FLAT = Layer("conv", 8, 3), Layer("relu"), Layer("maxpool", 2), Layer("flatten")
END = [Layer("dense", 10), Layer("softmax")]


def network_of(*layers: Layer) -> Network:
    return Network("own", "", description.named([*layers, *END]))


@pytest.mark.parametrize("name", NETWORKS)
def test_our_own_networks_pass(name):
    found = stack.check(NETWORKS[name].layers)
    assert (found.problem, found.parameters) == ("", networks.parameters(name))
    shapes = [list(row.shape) for row in found.rows]
    assert shapes == [row["shape"] for row in networks.layer_table(name)]


def test_multiplications_are_those_of_lenet5_by_hand():
    # LeCun et al. 1998, figure 2, with 28 px kept by padding: maps × window × maps below.
    convolutions = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 25 * 6
    assert stack.check(NETWORKS["lenet5"].layers).multiplications == (
        convolutions + 400 * 120 + 120 * 84 + 84 * 10
    )


@st.composite
def stacks(draw) -> Network:
    """Layers as somebody may stack them; most of them a network."""
    layers: list[Layer] = []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["conv", "conv", "conv", "maxpool", "avgpool", "dropout"]))
        if kind != "conv":
            layers.append(Layer(kind, draw(st.sampled_from([2, 3])) if "pool" in kind else 0.5))
            continue
        layers.append(
            Layer(
                "conv",
                draw(st.sampled_from([1, 4, 4, 4, 7])),
                draw(st.integers(1, 6)),
                draw(st.sampled_from([1, 1, 2, 3])),
                draw(st.sampled_from(["same", "same", "valid"])),
                draw(st.booleans()),
            )
        )
        if draw(st.booleans()):
            layers.append(Layer("norm"))
        earlier = [layer.name for layer in layers if layer.name]
        if earlier and draw(st.booleans()):
            layers.append(Layer("add", of=draw(st.sampled_from(earlier))))
        layers.append(Layer(draw(st.sampled_from(["relu", "tanh"])), name=f"a{len(layers)}"))
    layers.append(Layer(draw(st.sampled_from(["flatten", "average"]))))
    for units in draw(st.lists(st.integers(1, 20), max_size=2)):
        layers += [Layer("dense", units, bias=draw(st.booleans())), Layer("relu")]
    return network_of(*layers)


@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(stacks())
def test_what_passes_is_what_keras_builds(network):
    from digitcnn.training import convert

    found = stack.check(network.layers)
    hypothesis.assume(not found.problem)
    model = networks.build(network)
    built = [
        layer
        for layer in model.layers
        if type(layer).__name__ not in ("InputLayer", "Reshape", "Rescaling")
    ]
    assert [row.parameters for row in found.rows] == [layer.count_params() for layer in built]
    assert [row.shape for row in found.rows] == [layer.output.shape[1:] for layer in built]
    assert found.parameters == networks.parameters(network) == model.count_params()
    # What Inside shows is told by the layers' order alone, whatever that is.
    assert len(convert.kernels(model)["steps"]) == sum(
        layer.kind == "conv" for layer in network.layers
    )
    again = description.read(description.described(network))
    assert list(again.layers) == list(network.layers)


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([CONV, RELU], r"Layer 3 \(Dense, 10 units\): it takes numbers in one row, not a picture "),
        ([FLAT, CONV, RELU], r"Layer 2 \(Convolution.*\): it takes a picture"),
        ([FLAT, FLAT], "Layer 2 .*in one row already"),
        ([FLAT, POOL], "Layer 2 .*it takes a picture"),
        ([POOL] * 5 + [FLAT], "Layer 5 .*nothing would be left of 1×1 px"),
        ([POOL, Layer("avgpool", 2), FLAT], "two kinds of pooling"),
        (
            [Layer("maxpool", 7), Layer("conv", 8, 5, padding="valid"), RELU, FLAT],
            r"Layer 2 .*kernel is larger than the 4×4 px that are left",
        ),
        ([CONV, FLAT], "Layer 1 .*its ReLU or tanh is missing"),
        ([CONV, POOL, RELU, FLAT], "Layer 1 .*its ReLU or tanh is missing"),
        ([CONV, Layer("dropout", 0.5), RELU, FLAT], "Layer 1 .*its ReLU or tanh is missing"),
        ([CONV, RELU, Layer("norm"), FLAT], "Layer 3 .*right after a convolution or a dense"),
        ([RELU, FLAT], "Layer 1 .*right after a convolution, a dense layer"),
        ([CONV, Layer("add", of="x"), RELU, FLAT], "Layer 2 .*no earlier layer"),
        (
            [CONV, Layer("relu", name="a"), POOL, CONV, Layer("add", of="a"), RELU, FLAT],
            "Layer 5 .*would add 28×28×8 numbers to 14×14×8",
        ),
        (
            [Layer("dropout", 0.1, name="a"), CONV, Layer("add", of="a"), RELU, FLAT],
            "Layer 3 .*what a ReLU or tanh gives",
        ),
        ([CONV, RELU, Layer("add", of="a"), RELU, FLAT], "Layer 3 .*right after a convolution"),
        ([Layer("softmax"), FLAT], "Layer 1 .*end of a network"),
        ([CONV, RELU, FLAT], "would get 6,272 numbers"),
        ([CONV, RELU, FLAT, Layer("dense", 2_000), RELU], "12,56.,... parameters"),
        ([Layer("conv", 300, 5), RELU, Layer("conv", 200, 5), RELU, POOL], "Dense, 10 units"),
        ([Layer("conv", 64, 5), RELU, Layer("conv", 64, 5), RELU, Layer("average")], "million"),
        (
            [Layer("conv", 400, 1), Layer("norm"), RELU, Layer("average")],
            "941,220 .* too much memory",
        ),
    ],
)
def test_impossible_stacks_are_explained_in_a_sentence(layers, says):
    network = network_of(*layers)
    with pytest.raises(stack.ImpossibleNetwork, match=says) as raised:
        stack.possible(network)
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([FLAT], "add it at the end"),
        ([FLAT, Layer("dense", 12)], "this one has 12"),
        ([FLAT, Layer("dense", 10), RELU], "add it at the end"),
        ([FLAT, *[Layer("dropout", 0.1)] * 60, Layer("dense", 10)], "63 layers; at most 60"),
        ([], "add it at the end"),
    ],
)
def test_a_network_ends_with_ten_units(layers, says):
    problem = stack.check(description.named(layers)).problem
    assert says in problem


def test_after_what_is_impossible_nothing_is_told():
    found = stack.check(network_of(FLAT, CONV, RELU).layers)
    assert [row.shape for row in found.rows] == [(784,), None, None, None, None]
    assert found.parameters == 0
