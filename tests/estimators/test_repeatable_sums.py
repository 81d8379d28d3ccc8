import pytest
import torch

from radiohers.estimators._device import isolated_torch


def gradient_of_indexing():
    table, index = torch.randn(169, 24, requires_grad=True), torch.randint(169, (2401,))
    (table[index] * torch.randn(2401, 24)).sum().backward()
    return table.grad


def settings():
    cudnn = torch.backends.cudnn
    memory = torch.utils.deterministic.fill_uninitialized_memory
    return cudnn.benchmark, cudnn.deterministic, torch.get_deterministic_debug_mode(), memory


def test_gradient_of_indexing_is_the_same_with_two_threads():
    gradients = []
    for _ in range(20):
        with isolated_torch(0, n_threads=2):
            gradients.append(gradient_of_indexing())
    assert all(torch.equal(gradient, gradients[0]) for gradient in gradients)


def test_settings_come_back_after_an_error():
    before, inside = settings(), []

    def fail():
        with isolated_torch(0):
            inside.append(settings())
            raise KeyError

    pytest.raises(KeyError, fail)
    assert inside == [(False, True, 1, False)]
    assert settings() == before
