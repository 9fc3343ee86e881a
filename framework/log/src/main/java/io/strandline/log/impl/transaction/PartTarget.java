package io.strandline.log.impl.transaction;

import io.strandline.StreamName;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Future;

/** The streams of the log as a home shard sees them: where the parts of its transactions go. */
public interface PartTarget {

    /** What the catalog says of a writer that was never admitted. */
    long NO_WRITER = 0;

    /**
     * Number under which the writer was admitted, {@link #NO_WRITER} if it was not. Fails with NotFound if there is no
     * such stream, Sealed if it is sealed or being sealed. A stream that was deleted and created again has another number for the same id. Answers come in the
     * order of the calls of one shard.
     */
    Future<Long> writerNumber(StreamName stream, String writerId);

    /** Admits the writer, and fences what it sent before. Fails with NotFound if there is no such stream. */
    Future<WriterGrant> admit(StreamName stream, String writerId);

    /** Appends decided parts; see {@code Shard.appendDecided}. */
    Future<ParcelReply> append(Parcel parcel);
}
