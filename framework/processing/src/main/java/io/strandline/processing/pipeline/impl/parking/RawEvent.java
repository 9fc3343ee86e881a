package io.strandline.processing.pipeline.impl.parking;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;

/** One event of a stream as it was written. Of a shuffle's stream it is the event that went into the shuffle. */
public final class RawEvent {

    private RawEvent() {}

    /** Fails with Truncated if the stream does not keep the event any more. */
    public static Future<EventRecord<Buffer>> read(Strandline log, StreamName stream, long partition, long offset) {
        ReaderOptions options = new ReaderOptions()
                .setFrom(StartPosition.at(StreamCut.of(stream, partition, offset)))
                .setFollowScaling(false);
        return log.subscribe(stream.toString(), EventCodec.raw(), options).compose(reader -> {
            Promise<EventRecord<Buffer>> found = Promise.promise();
            reader.exceptionHandler(found::tryFail);
            reader.endHandler(ended -> found.tryFail(new StrandlineException.Truncated(
                    "offset " + offset + " of partition " + partition + " of " + stream + " is not kept any more")));
            reader.handler(found::tryComplete);
            return found.future()
                    .map(raw -> Operator.Shuffle.isStream(stream) ? withoutShuffle(raw) : raw)
                    .eventually(reader::close);
        });
    }

    private static EventRecord<Buffer> withoutShuffle(EventRecord<Buffer> raw) {
        return new EventRecord<>(
                raw.partition(),
                raw.offset(),
                raw.stamp(),
                raw.key(),
                raw.type(),
                raw.headers(),
                Shuffled.eventOf(raw.event()));
    }
}
