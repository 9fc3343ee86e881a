package io.strandline.log.impl.transaction;

import io.strandline.log.impl.control.ControlRecord;
import io.vertx.core.Future;
import java.util.List;

/** The shard in which a transaction is kept, as its transactions see it. All of it belongs to the shard's executor. */
public interface HomeShard {

    /** Index of the shard. */
    int number();

    /** Queues changes of the state. Completes when they are durable and applied. */
    Future<Void> change(List<? extends ControlRecord> records);

    /** Completes when everything queued so far is durable and applied. */
    Future<Void> settled();

    /** The same outcome, told on the shard's executor. */
    <T> Future<T> onShard(Future<T> elsewhere);

    /** Runs a task on the shard's executor after a while. */
    void after(long delayMillis, Runnable task);

    /** Runs a task on the shard's executor; for what completes elsewhere. Called from any thread. */
    void execute(Runnable task);

    /** True when this life of the shard is over. */
    boolean isStopped();
}
