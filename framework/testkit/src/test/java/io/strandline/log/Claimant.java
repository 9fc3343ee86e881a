package io.strandline.log;

import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.WriterGrant;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Who holds, or believes to hold, a claim, and counts as a writer does. */
final class Claimant {

    private final SimulatedLog world;
    final WriterGrant grant;
    private Sequence last;
    private long count;

    Claimant(SimulatedLog world, WriterGrant grant) {
        this.world = world;
        this.grant = grant;
        WriterGrant.LastWritten written = grant.slots().get(0).last();
        this.last = written == null ? Sequence.NONE : written.sequence();
    }

    PartitionDescription partition() {
        return grant.slots().get(0).partition();
    }

    Future<ParcelReply> send(int bytes) {
        WriterGrant.Slot slot = grant.slots().get(0);
        Sequence next = new Sequence(grant.epoch(), ++count);
        byte[] batch = new BatchBuilder(partition().id(), grant.writer(), grant.epoch(), last, next)
                .range(slot.range())
                .add(new byte[bytes])
                .build();
        last = next;
        return world.engine().append(BatchBuilder.parcel(partition().shard(), batch));
    }

    @Nullable
    Class<?> refusal() {
        StrandlineException refusal = world.get(send(20)).refusal(0);
        return refusal == null ? null : refusal.getClass();
    }
}
