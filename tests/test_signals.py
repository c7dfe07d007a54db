import os
import signal

import pytest

from runner.adapters.signals import Signals
from runner.errors import Interrupted, Terminated


def test_ctrl_c_raises_at_once() -> None:
    with Signals().installed(), pytest.raises(Interrupted, match="Ctrl-C"):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP])
def test_termination_is_told_from_interruption(kind: signal.Signals) -> None:
    with Signals().installed(), pytest.raises(Terminated, match=kind.name):
        os.kill(os.getpid(), kind)


def test_under_a_shield_it_waits_until_the_outermost_is_left() -> None:
    signals = Signals()
    done = []
    with signals.installed(), pytest.raises(Interrupted), signals.shield():
        with signals.shield():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]


def test_afterwards_signals_are_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Signals().installed():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
