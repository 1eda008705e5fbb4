from cirrhosis.commands import heartbeat
from cirrhosis.commands.heartbeat import Heartbeat


def test_every_kind_of_batch_is_a_sign_of_life_but_not_each(monkeypatch):
    beats = []
    now = [100.0]
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now[0])
    alive = Heartbeat(lambda: beats.append(now[0]))
    for seconds in range(35):
        now[0] = 100.0 + seconds
        (alive.on_train_batch_end, alive.on_validation_batch_end, alive.on_predict_batch_end)[
            seconds % 3
        ]("trainer", "module", "outputs", "batch", 0)
    # An epoch of whatever length is not silent for longer than ten seconds and a batch.
    assert beats == [110.0, 120.0, 130.0]
