package io.strandline.processing.group.impl.state;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.List;

/** A stream that was scaled twice, for tests of positions in it. */
final class ElasticStream {

    static final StreamName NAME = StreamName.parse("shop/orders");
    static final KeyRange LOW = new KeyRange(0, Long.MAX_VALUE);
    private static final KeyRange HIGH = new KeyRange(Long.MIN_VALUE, -1);

    /** 1 was split into 2 and 3 at offset 10, and those were merged into 4 at offsets 20 and 30. */
    static final StreamDescription STREAM = new StreamDescription(
            NAME,
            List.of(partition(4, KeyRange.ALL)),
            List.of(
                    new Scaling(
                            0,
                            List.of(new SealedPartition(partition(1, KeyRange.ALL), 10)),
                            List.of(partition(2, LOW), partition(3, HIGH))),
                    new Scaling(
                            0,
                            List.of(
                                    new SealedPartition(partition(2, LOW), 20),
                                    new SealedPartition(partition(3, HIGH), 30)),
                            List.of(partition(4, KeyRange.ALL)))));

    private ElasticStream() {}

    static PartitionDescription partition(long id, KeyRange keys) {
        return new PartitionDescription(id, 0, keys);
    }
}
