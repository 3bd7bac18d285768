"""One adapted layer compared with dense arithmetic: outputs, gradients, and exact base weights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

from training.rosa import RosaConfig, RosaLinear
from training.rosa.sparse import combine, to_dense, weight_gradient_at

IN, OUT, NAME = 12, 20, "default"


def make_layer(seed=0, bias=True, dtype=torch.float32, **config):
    """A layer with random parts and mask, of which nothing is zero."""
    torch.manual_seed(seed)
    layer = RosaLinear(nn.Linear(IN, OUT, bias=bias, dtype=dtype), NAME, RosaConfig(**config))
    layer.base_layer.requires_grad_(False)
    fill(layer, NAME)
    return layer


def fill(layer, name):
    if name in layer.rosa_B:
        nn.init.normal_(layer.rosa_B[name], std=0.3)
    if name in layer.rosa_values:
        nnz = layer.rosa_values[name].numel()
        layer.set_mask(name, torch.randperm(OUT * IN)[:nnz].sort().values.int())
        nn.init.normal_(layer.rosa_values[name], std=0.3)


def dense_reference(layer, x, grad_output, name=NAME):
    """Output and gradients by autograd over a dense effective weight, in float64."""

    def leaf(tensor):
        return tensor.detach().double().requires_grad_()

    parts = {"x": leaf(x)}
    weight, bias = layer.base_layer.weight.double(), layer.base_layer.bias
    if name in layer.rosa_A:
        parts |= {"A": leaf(layer.rosa_A[name]), "B": leaf(layer.rosa_B[name])}
        weight = weight + layer.scaling[name] * parts["B"] @ parts["A"]
    if layer.mask_made.get(name):
        parts["values"] = leaf(layer.rosa_values[name])
        places = (layer.rosa_indices[name].long(),)
        weight = weight.flatten().index_put(places, parts["values"], accumulate=True)
    output = F.linear(parts["x"], weight.view(OUT, IN), None if bias is None else bias.double())
    output.backward(grad_output.double())
    return output.float(), {key: part.grad.float() for key, part in parts.items()}


def gradients(layer, x, name=NAME):
    found = {"x": x.grad}
    if name in layer.rosa_A:
        found |= {"A": layer.rosa_A[name].grad, "B": layer.rosa_B[name].grad}
    if layer.mask_made.get(name):
        found["values"] = layer.rosa_values[name].grad
    return found


@pytest.mark.parametrize(
    "config",
    [
        {"r": 3, "d": 0.03},
        {"r": 3, "d": 0.3},
        {"r": 3, "d": 0.0},
        {"r": 0, "d": 0.03},
        {"r": 3, "d": 1e-9, "alpha": 5},
        {"r": 0, "d": 1.0, "bias": False},
    ],
)
@pytest.mark.parametrize("shape", [(7, IN), (1, 7, IN), (2, 3, 4, IN)])
def test_outputs_and_gradients_equal_dense_autograd(config, shape):
    layer = make_layer(**config)
    bits = layer.base_layer.weight.clone()
    x = torch.randn(shape, requires_grad=True)
    grad_output = torch.randn(*shape[:-1], OUT)

    output = layer(x)
    output.backward(grad_output)

    expected, expected_gradients = dense_reference(layer, x, grad_output)
    torch.testing.assert_close(output, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradients(layer, x), expected_gradients, rtol=1e-5, atol=1e-5)
    assert torch.equal(layer.base_layer.weight, bits)
    assert layer.base_layer.weight.grad is None


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_checkpointing_changes_nothing(use_reentrant):
    layer = make_layer(r=3, d=0.1)
    bits = layer.base_layer.weight.clone()
    x = torch.randn(5, IN, requires_grad=True)
    layer(x).sin().sum().backward()
    plain = {key: grad.clone() for key, grad in gradients(layer, x).items()}
    layer.zero_grad()
    x.grad = None

    checkpoint(lambda x: layer(x).sin(), x, use_reentrant=use_reentrant).sum().backward()

    torch.testing.assert_close(gradients(layer, x), plain, rtol=0, atol=0)
    assert torch.equal(layer.base_layer.weight, bits)


def test_a_trained_base_gets_its_gradients_too():
    layer = make_layer(r=0, d=0.1)
    layer.base_layer.requires_grad_(True)
    x, grad_output = torch.randn(5, IN), torch.randn(5, OUT)
    layer(x).backward(grad_output)
    torch.testing.assert_close(layer.base_layer.weight.grad, grad_output.t() @ x)
    torch.testing.assert_close(layer.base_layer.bias.grad, grad_output.sum(0))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_base_weight_keeps_its_bits_when_a_product_raises(monkeypatch, error):
    layer = make_layer(r=0, d=0.1)
    bits = layer.base_layer.weight.clone()
    x = torch.randn(2, IN)

    def raising(x, weight, bias=None):
        assert not torch.equal(weight, bits)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(F, "linear", raising)
        with pytest.raises(error):
            layer(x)
    assert torch.equal(layer.base_layer.weight, bits)
    torch.testing.assert_close(layer(x), dense_reference(layer, x, torch.ones(2, OUT))[0])


def test_the_base_weight_keeps_its_bits_when_a_product_of_the_backward_pass_raises():
    layer = make_layer(r=0, d=0.1)
    bits = layer.base_layer.weight.clone()
    x = torch.randn(2, IN, requires_grad=True)
    output = layer(x).sum()

    class Raising(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            if function is torch.ops.aten.mm.default:
                assert not torch.equal(layer.base_layer.weight, bits)
                raise MemoryError
            return function(*args, **(kwargs or {}))

    with pytest.raises(MemoryError), Raising():
        output.backward()
    assert torch.equal(layer.base_layer.weight, bits)


def test_threads_sharing_a_layer_leave_its_weight_alone():
    layer = make_layer(r=3, d=0.3)
    bits, x = layer.base_layer.weight.clone(), torch.randn(2, IN)
    with torch.no_grad():
        expected = layer(x)

    def draft(_):
        with torch.no_grad():
            return layer(x)

    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(draft, range(400)))
    assert all(torch.equal(output, expected) for output in outputs)
    assert torch.equal(layer.base_layer.weight, bits)


def test_double_backward_is_refused_instead_of_wrong():
    layer = make_layer(r=0, d=0.1)
    x = torch.randn(3, IN, requires_grad=True)
    (grad,) = torch.autograd.grad(layer(x).pow(2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()


def test_autograd_keeps_no_copy_of_the_weight():
    layer = make_layer(r=3, d=0.1)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        layer(torch.randn(2, IN, requires_grad=True))
    storage = layer.base_layer.weight.untyped_storage().data_ptr()
    copies = [
        tensor
        for tensor in kept
        if tensor.numel() >= OUT * IN and tensor.untyped_storage().data_ptr() != storage
    ]
    assert not copies


def test_without_a_mask_the_sparse_part_is_inactive():
    torch.manual_seed(0)
    layer = RosaLinear(nn.Linear(IN, OUT), NAME, RosaConfig(r=3, d=0.1))
    nn.init.normal_(layer.rosa_values[NAME])
    x = torch.randn(4, IN)
    torch.testing.assert_close(layer(x), layer.base_layer(x))
    layer(x).sum().backward()
    assert layer.rosa_values[NAME].grad is None
    assert layer.rosa_B[NAME].grad is not None
    assert not layer.get_delta_weight(NAME).any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_weight_dtypes(dtype):
    layer = make_layer(r=3, d=0.1, dtype=dtype)
    assert {p.dtype for p in (layer.rosa_A[NAME], layer.rosa_values[NAME])} == {torch.float32}
    bits = layer.base_layer.weight.clone()
    x, grad_output = torch.randn(5, IN), torch.randn(5, OUT)
    output = layer(x.to(dtype))
    output.backward(grad_output.to(dtype))
    expected, expected_gradients = dense_reference(layer, x, grad_output)
    assert output.dtype == dtype
    close = {"rtol": 0.05, "atol": 0.1} if dtype == torch.bfloat16 else {"rtol": 1e-5, "atol": 1e-5}
    torch.testing.assert_close(output.float(), expected, **close)
    torch.testing.assert_close(layer.rosa_values[NAME].grad, expected_gradients["values"], **close)
    assert torch.equal(layer.base_layer.weight, bits)


def test_autocast_computes_in_its_dtype_and_trains_in_float32():
    layer = make_layer(r=3, d=0.1)
    x, grad_output = torch.randn(5, IN), torch.randn(5, OUT)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = layer(x)
    assert output.dtype == torch.bfloat16
    output.backward(grad_output.bfloat16())
    expected, expected_gradients = dense_reference(layer, x, grad_output)
    torch.testing.assert_close(output.float(), expected, rtol=0.05, atol=0.1)
    assert layer.rosa_values[NAME].grad.dtype == torch.float32
    torch.testing.assert_close(
        layer.rosa_values[NAME].grad, expected_gradients["values"], rtol=0.05, atol=0.1
    )


def test_dropout_acts_on_the_low_rank_part_while_training():
    layer = make_layer(r=3, d=0.1, dropout=0.5)
    x = torch.randn(6, IN)
    torch.manual_seed(1)
    output = layer(x)
    torch.manual_seed(1)
    dropped = F.dropout(x, 0.5) @ layer.rosa_A[NAME].t() @ layer.rosa_B[NAME].t()
    sparse = to_dense(layer.rosa_indices[NAME], layer.rosa_values[NAME], torch.Size((OUT, IN)))
    expected = F.linear(x, layer.base_layer.weight + sparse, layer.base_layer.bias)
    torch.testing.assert_close(output, expected + layer.scaling[NAME] * dropped)
    layer.eval()
    torch.testing.assert_close(layer(x), dense_reference(layer, x, torch.ones(6, OUT))[0])


def test_two_active_adapters_add_up_even_where_their_masks_overlap():
    layer = make_layer(r=3, d=0.4)
    layer.update_layer("other", RosaConfig(r=2, d=0.4))
    fill(layer, "other")
    layer.set_adapter([NAME, "other"])
    shared = set(layer.rosa_indices[NAME].tolist()) & set(layer.rosa_indices["other"].tolist())
    assert shared
    x, grad_output = torch.randn(5, IN), torch.randn(5, OUT)

    output = layer(x)
    output.backward(grad_output)

    weight = (
        layer.base_layer.weight + layer.get_delta_weight(NAME) + layer.get_delta_weight("other")
    )
    torch.testing.assert_close(output, F.linear(x, weight, layer.base_layer.bias))
    dense_gradient = (grad_output.t() @ x).view(-1)
    for name in (NAME, "other"):
        torch.testing.assert_close(
            layer.rosa_values[name].grad, dense_gradient[layer.rosa_indices[name].long()]
        )


def test_combining_one_part_hands_it_back():
    part = (torch.tensor([1, 4], dtype=torch.int32), torch.tensor([1.0, 2.0]))
    assert combine([part]) is part


@pytest.mark.parametrize("density", [0.001, 0.02, 0.5])
@pytest.mark.parametrize("rows", [1, 33])
def test_sampled_weight_gradient_equals_the_dense_one(density, rows):
    torch.manual_seed(0)
    grad_output, x = torch.randn(rows, 70), torch.randn(rows, 90)
    nnz = max(1, int(density * 70 * 90))
    indices = torch.randperm(70 * 90)[:nnz].sort().values.int()
    expected = (grad_output.t() @ x).view(-1)[indices.long()]
    torch.testing.assert_close(weight_gradient_at(indices, grad_output, x), expected)


def test_merge_and_unmerge():
    layer = make_layer(r=3, d=0.1)
    bits, x = layer.base_layer.weight.clone(), torch.randn(4, IN)
    apart = layer(x)
    names = list(layer.state_dict())
    layer.merge(safe_merge=True)
    assert layer.merged_adapters == [NAME]
    assert list(layer.state_dict()) == names
    torch.testing.assert_close(layer(x), apart, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(layer.base_layer(x), apart, rtol=1e-5, atol=1e-5)
    layer.unmerge()
    assert torch.equal(layer.base_layer.weight, bits)
    torch.testing.assert_close(layer(x), apart, rtol=1e-5, atol=1e-5)


def test_unmerged_after_several_adapters_the_weight_has_its_own_bits():
    layer = make_layer(r=3, d=0.1)
    layer.update_layer("other", RosaConfig(r=2, d=0.2))
    fill(layer, "other")
    bits = layer.base_layer.weight.clone()
    for _ in range(2):
        layer.merge(adapter_names=[NAME])
        layer.merge(adapter_names=["other"])
        assert not torch.equal(layer.base_layer.weight, bits)
        layer.unmerge()
        assert torch.equal(layer.base_layer.weight, bits)
        assert not layer.merged


def test_merging_into_bfloat16_rounds_once():
    layer = make_layer(r=3, d=0.1, dtype=torch.bfloat16)
    exact = layer.base_layer.weight.float() + layer.get_delta_weight(NAME)
    layer.merge()
    assert torch.equal(layer.base_layer.weight, exact.bfloat16())


def test_a_broken_adapter_is_not_merged_safely():
    layer = make_layer(r=3, d=0.1)
    bits = layer.base_layer.weight.clone()
    with torch.no_grad():
        layer.rosa_values[NAME][0] = torch.nan
    with pytest.raises(ValueError, match="broken"):
        layer.merge(safe_merge=True)
    assert torch.equal(layer.base_layer.weight, bits)
    assert not layer.merged


@pytest.mark.parametrize("indices", [[-1, 3], [3, OUT * IN], [5, 5], [7, 2], [0, 1, 2]], ids=str)
def test_a_bad_mask_is_refused(indices):
    layer = RosaLinear(nn.Linear(IN, OUT), NAME, RosaConfig(d=2.5 / (OUT * IN)))
    with pytest.raises(ValueError, match="indices"):
        layer.set_mask(NAME, torch.tensor(indices, dtype=torch.int32))
    assert not layer.mask_made[NAME]


def test_the_weight_must_be_contiguous():
    linear = nn.Linear(IN, OUT)
    linear.weight = nn.Parameter(torch.randn(IN, OUT).t())
    with pytest.raises(ValueError, match="contiguous"):
        RosaLinear(linear, NAME, RosaConfig())


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"r": -1}, "r must be a whole number from 0, not -1"),
        ({"r": 2.5}, "r must be a whole number from 0, not 2.5"),
        ({"r": True}, "r must be a whole number"),
        ({"r": "8"}, "r must be a whole number from 0, not '8'"),
        ({"d": 1.5}, "d must be a number from 0 to 1, not 1.5"),
        ({"d": -0.1}, "d must be"),
        ({"d": float("nan")}, "d must be"),
        ({"d": True}, "d must be"),
        ({"d": "0.01"}, "d must be"),
        ({"d": None}, "d must be"),
        ({"alpha": float("inf")}, "alpha must be a finite number"),
        ({"alpha": "16"}, "alpha must be"),
        ({"dropout": 1.0}, "dropout must be"),
        ({"dropout": float("nan")}, "dropout must be"),
        ({"rank_pattern": {"up": -1}}, r"rank_pattern\['up'\] must be a whole number"),
        ({"density_pattern": {"up": 2}}, r"density_pattern\['up'\] must be a number from 0 to 1"),
        ({"alpha_pattern": {"up": None}}, r"alpha_pattern\['up'\] must be"),
        ({"r": 0, "d": 0}, "r and d"),
        ({"layers_to_transform": [0]}, "layers_to_transform needs a list"),
        ({"target_modules": ["up"], "layers_pattern": "layers"}, "layers_pattern needs"),
    ],
    ids=str,
)
def test_settings_out_of_range_are_named(config, message):
    with pytest.raises(ValueError, match=message):
        RosaConfig(**config)
