package io.strandline.benchmarks.log.life;

import io.strandline.log.LogVerifier;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the verifier of a log says of its chunks. */
final class StrandlineVerified {

    private static final long BYTES_OF_A_CHUNK = 16 << 20;

    private static final Pattern CHUNKS = Pattern.compile(
            "shard \\d+: (\\d+) chunks, (\\d+) bytes with (\\d+) dead, at most (-?\\d+) sections of a partition.*");

    private StrandlineVerified() {}

    /**
     * Counts over all shards, and the worst of any.
     *
     * @param damaged number of things that are wrong
     * @param chunks number of chunks
     * @param bytes bytes of all chunks
     * @param deadBytes bytes of them that are dead
     * @param sectionsBesideFull most sections of a partition beside one for each 32 MiB
     * @param chunksBesideFull most chunks of a shard beside one for each 16 MiB
     * @param bytesBesideTwiceLive most bytes of a shard beside twice its live ones
     */
    record Counts(
            int damaged,
            long chunks,
            long bytes,
            long deadBytes,
            long sectionsBesideFull,
            long chunksBesideFull,
            long bytesBesideTwiceLive) {

        static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0);

        private Counts and(long shardChunks, long shardBytes, long dead, long sections) {
            return new Counts(
                    damaged,
                    chunks + shardChunks,
                    bytes + shardBytes,
                    deadBytes + dead,
                    Math.max(sectionsBesideFull, sections),
                    Math.max(chunksBesideFull, shardChunks - shardBytes / BYTES_OF_A_CHUNK),
                    Math.max(bytesBesideTwiceLive, shardBytes - 2 * (shardBytes - dead)));
        }

        private Counts withDamaged(int number) {
            return new Counts(
                    number, chunks, bytes, deadBytes, sectionsBesideFull, chunksBesideFull, bytesBesideTwiceLive);
        }
    }

    /** Reads every byte of a log that is closed. */
    static Counts of(Path directory) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int damaged = LogVerifier.verify(directory, new PrintStream(text, true, StandardCharsets.UTF_8));
        Counts counts = Counts.NONE.withDamaged(damaged);
        int shards = 0;
        for (String line : text.toString(StandardCharsets.UTF_8).lines().toList()) {
            Matcher matcher = CHUNKS.matcher(line);
            if (matcher.matches()) {
                shards++;
                counts = counts.and(
                        Long.parseLong(matcher.group(1)),
                        Long.parseLong(matcher.group(2)),
                        Long.parseLong(matcher.group(3)),
                        Long.parseLong(matcher.group(4)));
            }
        }
        if (shards == 0) {
            throw new IllegalStateException("the verifier says nothing of chunks: " + text);
        }
        return counts;
    }
}
