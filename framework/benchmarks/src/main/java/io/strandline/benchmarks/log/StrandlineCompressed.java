package io.strandline.benchmarks.log;

import io.strandline.Compression;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.log.LogOptions;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Flights from one writer with one kind of compression. The log is closed, so that all flights are in chunks. */
public abstract class StrandlineCompressed implements Side {

    /** So many that every shard gets some, and so few that it does not matter where they end up. */
    private static final int LAST_EVENTS = 2_000;

    private static final long SMALLEST_TAIL_BYTES = 64 << 10;

    private final Compression compression;

    private StrandlineCompressed(Compression compression) {
        this.compression = compression;
    }

    /** Not at all. */
    public static final class Plain extends StrandlineCompressed {
        /** For the child JVM. */
        public Plain() {
            super(Compression.NONE);
        }
    }

    /** By LZ4. */
    public static final class Lz4 extends StrandlineCompressed {
        /** For the child JVM. */
        public Lz4() {
            super(Compression.LZ4);
        }
    }

    /** By Zstandard. */
    public static final class Zstd extends StrandlineCompressed {
        /** For the child JVM. */
        public Zstd() {
            super(Compression.ZSTD);
        }
    }

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        FlightEvents events = FlightEvents.load();
        Measurement measured = append(vertx, new FlightLoad(job, new LogOptions(), job.events(), compression, events));
        // A full tail takes an append only when what was in it is in chunks, so these wait until it is.
        LogOptions smallTail = new LogOptions().setTailBytes(SMALLEST_TAIL_BYTES);
        append(vertx, new FlightLoad(job, smallTail, LAST_EVENTS, compression, events));
        return List.of(measured);
    }

    private static Measurement append(Vertx vertx, FlightLoad load) throws ExecutionException, InterruptedException {
        String deployment = Awaited.await(vertx.deployVerticle(load));
        Measurement measured = Awaited.await(load.end());
        Awaited.await(vertx.undeploy(deployment));
        return measured;
    }
}
