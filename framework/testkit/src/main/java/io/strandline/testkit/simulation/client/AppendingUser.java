package io.strandline.testkit.simulation.client;

import io.strandline.Appended;
import io.strandline.Durability;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.WriterOptions;
import io.strandline.testkit.simulation.model.AppendModel;
import io.strandline.testkit.simulation.model.AppendModel.KeyPosition;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Appends events, batches and what rests on a position, by writers that count by themselves. */
public final class AppendingUser extends WriterUser {

    private static final int LONGEST_BURST = 8;
    private static final int LARGEST_BATCH = 4;

    private final String name;
    private final @Nullable String id;
    private final Durability durability;
    private int events;

    /** @param id of its writers, which others may use too, or null */
    public AppendingUser(
            Application application, SplittableRandom random, String stream, String name, @Nullable String id) {
        super(application, random, stream, name);
        this.name = name;
        this.id = id;
        this.durability = random.nextInt(6) == 0 ? Durability.OS : Durability.FORCED;
    }

    @Override
    WriterOptions options(StreamDescription described) {
        return super.options(described).setId(id).setDurability(durability);
    }

    @Override
    void use(Use current) {
        int choice = random.nextInt(20);
        if (choice < 14) {
            int burst = 1 + random.nextInt(LONGEST_BURST);
            for (int i = 0; i < burst && isUsed(current); i++) {
                append(current);
            }
        } else if (choice < 17) {
            appendBatch(current);
        } else {
            appendOnPosition(current);
        }
    }

    private String text() {
        return name + "-" + events++;
    }

    private List<String> texts() {
        int count = 1 + random.nextInt(LARGEST_BATCH);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(text());
        }
        return texts;
    }

    private void append(Use current) {
        String key = random.nextInt(8) == 0 ? null : key();
        String text = text();
        AppendModel append = ledger().called(current.model(), key, List.of(text), false);
        await(append, current.writer().append(key, text), (place, failure) -> {});
    }

    private void appendBatch(Use current) {
        String key = random.nextInt(8) == 0 ? null : key();
        List<String> texts = texts();
        AppendModel append = ledger().called(current.model(), key, texts, true);
        await(append, current.writer().appendBatch(key, texts), (place, failure) -> {});
    }

    private void appendOnPosition(Use current) {
        Future<StreamCut> end = application.log().catalog().endCut(stream);
        ask("end cut of " + stream, end, (cut, failure) -> {
            if (cut != null && isUsed(current)) {
                appendOnPosition(current, cut);
            }
        });
    }

    /** All other keys of the same partition, or none. Without a draw, so that seeds stay what they were. */
    private static List<String> othersOf(StreamDescription described, String key, String text) {
        if (text.hashCode() % 2 == 0) {
            return List.of();
        }
        long partition = described.partitionOf(key).id();
        return keys().stream()
                .filter(other ->
                        !other.equals(key) && described.partitionOf(other).id() == partition)
                .limit(EventWriter.MAX_KEY_CONDITIONS)
                .toList();
    }

    private void appendOnPosition(Use current, StreamCut cut) {
        String key = key();
        // The cut may be of later partitions than the description: then the append is not checked by its position.
        long partition = current.described().partitionOf(key).id();
        boolean isKnown = cut.offsets().containsKey(partition);
        List<String> texts = texts();
        AppendModel append = ledger().called(current.model(), key, texts, true);
        Future<Appended> appended;
        if (random.nextBoolean() && isKnown) {
            append.expecting(cut.offset(partition));
            appended = current.writer().appendIf(key, texts, cut.offset(partition));
        } else {
            if (isKnown) {
                append.unchangedSince(new KeyPosition(partition, cut.offset(partition)));
            }
            List<KeyCondition> others = new ArrayList<>();
            if (isKnown) {
                List<String> keys = othersOf(current.described(), key, texts.get(0));
                append.unchangedToo(keys);
                keys.forEach(other -> others.add(KeyCondition.unchanged(other, cut)));
            }
            appended = current.writer().appendIfUnchanged(key, texts, cut, others, Headers.NONE);
        }
        await(append, appended, (place, failure) -> {});
    }
}
