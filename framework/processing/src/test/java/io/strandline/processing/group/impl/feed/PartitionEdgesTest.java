package io.strandline.processing.group.impl.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.impl.PartialLog;
import io.vertx.core.Future;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a partition counts as read to its end: successors begin then, so an event that is left would be lost. */
class PartitionEdgesTest {

    private static final StreamName STREAM = StreamName.parse("shop/orders");
    private static final KeyRange ALL = KeyRange.equalRanges(1).get(0);
    private static final PartitionDescription PARENT = new PartitionDescription(1, 0, ALL);
    private static final PartitionDescription HEIR = new PartitionDescription(2, 0, ALL);

    private static Future<StreamDescription> sealedAt(StreamDescription now, long offset) {
        PartialLog log = new PartialLog() {
            @Override
            public Future<StreamDescription> describe(String stream) {
                return Future.succeededFuture(now);
            }
        };
        return new PartitionEdges(log, STREAM, PARENT.id()).sealedAt(offset);
    }

    @Test
    void onlyTheLastOffsetOfASealedPartitionIsItsEnd() {
        StreamDescription sealed = new StreamDescription(
                STREAM,
                List.of(HEIR),
                List.of(new Scaling(0, List.of(new SealedPartition(PARENT, 10)), List.of(HEIR))));
        assertThat(sealedAt(sealed, 10).result()).isEqualTo(sealed);
        for (long offset : new long[] {0, 9}) {
            assertThat(sealedAt(sealed, offset).cause())
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("ended at offset " + offset);
        }
    }

    @Test
    void anOpenPartitionHasNoEnd() {
        StreamDescription open = new StreamDescription(STREAM, List.of(PARENT));
        assertThat(sealedAt(open, 10).cause()).isInstanceOf(StrandlineException.Unavailable.class);
    }
}
