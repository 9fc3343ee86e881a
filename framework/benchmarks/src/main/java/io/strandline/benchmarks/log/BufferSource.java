package io.strandline.benchmarks.log;

import io.strandline.benchmarks.EventSource;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/** The common events as the log takes them. */
public final class BufferSource {

    private final EventSource source = new EventSource();
    private final String[] keys = source.keys();
    private final Buffer[] payloads =
            Arrays.stream(source.payloads()).map(Buffer::buffer).toArray(Buffer[]::new);

    public String nextKey() {
        return keys[source.nextKey()];
    }

    public Buffer payload(long n) {
        return payloads[EventSource.payload(n)];
    }
}
