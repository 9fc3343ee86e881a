package io.strandline.testkit.simulation.client;

import io.strandline.PartitionDescription;
import io.strandline.StreamDescription;
import io.strandline.WriterOptions;
import io.strandline.testkit.simulation.model.AppendModel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Claims partitions of an exclusive stream, appends to them, and proves its claims. */
public final class ClaimingUser extends WriterUser {

    private static final int LONGEST_BURST = 6;
    private static final int TRIED_KEYS = 64;

    private final String name;
    private long generation = WriterOptions.NEW_GENERATION;
    private int events;

    public ClaimingUser(Application application, SplittableRandom random, String stream, String name) {
        super(application, random, stream, name);
        this.name = name;
    }

    @Override
    WriterOptions options(StreamDescription described) {
        List<PartitionDescription> partitions = described.partitions();
        boolean keeps = random.nextInt(3) > 0;
        return super.options(described)
                .setClaim(partitions.get(random.nextInt(partitions.size())).id())
                .setClaimGeneration(keeps ? generation : WriterOptions.NEW_GENERATION);
    }

    @Override
    void opened(Use current) {
        generation = current.writer().claimGeneration();
    }

    @Override
    void notOpened(@Nullable Throwable failure) {
        if (!isTransient(failure)) {
            generation = WriterOptions.NEW_GENERATION;
        }
    }

    @Override
    void use(Use current) {
        if (random.nextInt(4) == 0) {
            long called = ledger().moment();
            ask("barrier of " + current.model(), current.writer().barrier(), (held, failure) -> {
                if (failure == null) {
                    ledger().proven(current.model(), called);
                }
            });
            return;
        }
        int burst = 1 + random.nextInt(LONGEST_BURST);
        for (int i = 0; i < burst && isUsed(current); i++) {
            append(current);
        }
    }

    /** Keys of other partitions are Invalid, as those are of a claimed one that was sealed since it was described. */
    private void append(Use current) {
        String key = "claimed-" + random.nextInt(TRIED_KEYS);
        List<String> texts = new ArrayList<>();
        boolean whole = random.nextInt(4) == 0;
        int count = whole ? 1 + random.nextInt(3) : 1;
        for (int i = 0; i < count; i++) {
            texts.add(name + "-" + events++);
        }
        AppendModel append = ledger().called(current.model(), key, texts, whole);
        await(
                append,
                whole
                        ? current.writer().appendBatch(key, texts)
                        : current.writer().append(key, texts.get(0)),
                (place, failure) -> {});
    }
}
