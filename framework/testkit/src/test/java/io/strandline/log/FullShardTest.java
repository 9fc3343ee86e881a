package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.shard.Shard;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a shard answers while its journal has no room. */
class FullShardTest {

    private final SimulatedLog log = new SimulatedLog(1, CrashChild.options(), 1);
    private final StreamDescription orders = log.createStream("shop/orders", new StreamOptions());
    private final long partition = orders.partitions().get(0).id();

    @Test
    void r5_what_is_queued_without_room_is_waited_for_again_when_some_of_it_was_forced() {
        for (int i = 0; i < 3; i++) {
            log.get(log.append(orders.partitions().get(0), 10));
        }
        Future<Void> exhausted = onShard(shard -> {
            shard.blockedForSpace(true);
            shard.stalledForSpace();
            return settledAfterTruncation(shard, 1);
        });
        assertThat(log.failure(exhausted)).isInstanceOf(StrandlineException.Unavailable.class);
        log.until("the truncation", () -> log.ask(0, Shard::isSettled));
        // A force has shown that there is room for what is queued. For events there is none yet.
        log.get(onShard(shard -> settledAfterTruncation(shard, 2)));
        assertThat(log.failure(log.append(orders.partitions().get(0), 10)))
                .isInstanceOf(StrandlineException.Unavailable.class);
        log.ask(0, shard -> {
            shard.blockedForSpace(false);
            return true;
        });
        log.get(log.append(orders.partitions().get(0), 10));
        log.close();
    }

    /** Queues what may use the reserve, and waits for all that is queued. */
    private Future<Void> settledAfterTruncation(Shard shard, long before) {
        shard.change(List.of(new ControlRecord.Truncated(partition, before)));
        return shard.settled();
    }

    private Future<Void> onShard(Function<Shard, Future<Void>> step) {
        return log.engine().call(0, step);
    }
}
