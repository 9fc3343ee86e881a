package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What an application gets that names neither options nor keys, and where an event of a key goes. */
class DefaultsTest extends OnFakePort {

    private static final String STREAM = "scope/stream";
    private static final Buffer EVENT = Buffer.buffer("event");

    DefaultsTest() {
        super(2, 4);
    }

    private EventWriter<Buffer> writer() {
        return get(() -> on.log.createWriter(STREAM, EventCodec.raw()));
    }

    private List<EventRecord<Buffer>> all(Future<EventReader<Buffer>> reader) {
        return OnContext.get(collecting(OnContext.get(reader)));
    }

    @Test
    void without_options_a_read_begins_with_the_first_event_and_a_history_with_the_first_of_its_key() {
        EventWriter<Buffer> writer = writer();
        for (int i = 0; i < 10; i++) {
            String key = "key" + i % 2;
            get(() -> writer.append(key, EVENT));
        }
        assertThat(all(on.start(() -> on.log.read(STREAM, EventCodec.raw())))).hasSize(10);
        assertThat(all(on.start(() -> on.log.history(STREAM, "key1", EventCodec.raw()))))
                .hasSize(5)
                .allMatch(record -> "key1".equals(record.key()));
        List<EventRecord<Buffer>> subscribed = new ArrayList<>();
        Promise<Void> ten = Promise.promise();
        on.start(() -> on.log
                .subscribe(STREAM, EventCodec.raw())
                .map(reader -> reader.handler(event -> {
                    subscribed.add(event);
                    if (subscribed.size() == 10) {
                        ten.complete();
                    }
                })));
        OnContext.get(ten.future());
    }

    @Test
    void an_event_without_key_is_stored_without_and_spread_over_the_partitions() {
        EventWriter<Buffer> writer = writer();
        Set<Long> partitions = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            partitions.add(get(() -> writer.append(EVENT)).partition());
        }
        assertThat(partitions).hasSize(4);
        assertThat(all(on.start(() -> on.log.read(STREAM, EventCodec.raw()))))
                .hasSize(100)
                .allMatch(record -> record.key() == null);
        assertThat(all(on.start(() -> on.log.history(STREAM, "", EventCodec.raw()))))
                .as("a key of no characters is another thing than no key")
                .isEmpty();
    }

    @Test
    void an_event_goes_to_the_partition_of_its_key_before_and_after_a_scaling() {
        EventWriter<Buffer> writer = writer();
        StreamDescription before = get(() -> on.log.catalog().describe(STREAM));
        requirePartitionOf(writer, before);
        long sealed = before.partitions().get(1).id();
        OnContext.get(port.scale(Set.of(sealed), before.partition(sealed).keys().halves()));
        StreamDescription after = get(() -> on.log.catalog().describe(STREAM));
        assertThat(after.partitions()).hasSize(5);
        requirePartitionOf(writer, after);
    }

    private void requirePartitionOf(EventWriter<Buffer> writer, StreamDescription stream) {
        Set<Long> met = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            String key = i == 0 ? "" : "key " + i + " \u00e9";
            Appended place = get(() -> writer.append(key, EVENT));
            assertThat(stream.partitionOf(key).id()).isEqualTo(place.partition());
            met.add(place.partition());
        }
        assertThat(met).hasSize(stream.partitions().size());
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void a_key_that_no_event_can_have_has_no_partition() {
        StreamDescription stream = get(() -> on.log.catalog().describe(STREAM));
        for (String key : new String[] {null, "k".repeat(5_000), "ann \uD83D"}) {
            assertThatThrownBy(() -> stream.partitionOf(key)).isInstanceOf(StrandlineException.Invalid.class);
        }
        StreamDescription gap =
                new StreamDescription(stream.name(), List.of(new PartitionDescription(1, 0, new KeyRange(0, 0))));
        assertThatThrownBy(() -> gap.partitionOf("key")).isInstanceOf(StrandlineException.Corrupt.class);
    }
}
