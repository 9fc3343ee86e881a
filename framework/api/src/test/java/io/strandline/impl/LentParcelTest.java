package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelArrays;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A writer's parcels in arrays that a log lends, which hold what earlier parcels left. */
class LentParcelTest {

    private static final int EVENTS = 6_000;
    private static final int PARTITIONS = 4;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        OnContext.get(vertx.close());
    }

    private static byte[] used() {
        byte[] array = new byte[ParcelArrays.ARRAY_BYTES];
        Arrays.fill(array, (byte) 0xA5);
        return array;
    }

    private static ParcelArrays usedArrays() {
        ParcelArrays arrays = new ParcelArrays(8);
        for (int i = 0; i < 8; i++) {
            arrays.giveBack(used());
        }
        return arrays;
    }

    private static String text(int event) {
        return "event " + event + " ".repeat(90);
    }

    private Future<Appended> appendAll(FakePort port) {
        OnContext on = new OnContext(vertx, port);
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setWriteQueueBytes(16 << 20));
        return on.start(() -> {
            List<Future<Appended>> appends = new ArrayList<>();
            for (int i = 0; i < EVENTS; i++) {
                appends.add(writer.append("key-" + i % 50, Buffer.buffer(text(i))));
            }
            return Future.all(appends).map(all -> (Appended) all.resultAt(EVENTS - 1));
        });
    }

    private static List<String> textsOf(FakePort port) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            texts.addAll(OnContext.get(port.texts(i)));
        }
        return texts;
    }

    private static List<String> allTexts() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            texts.add(text(i));
        }
        return texts;
    }

    @Test
    void a_batch_in_a_used_array_has_the_bytes_of_one_in_a_new_array() {
        FakePort own = new FakePort(vertx, 1, PARTITIONS);
        OnContext.get(appendAll(own));

        FakePort lends = new FakePort(vertx, 1, PARTITIONS);
        lends.arrays = usedArrays();
        List<Boolean> lent = new CopyOnWriteArrayList<>();
        lends.fate = parcel -> {
            lent.add(parcel.isLent());
            return Fate.TAKEN;
        };
        OnContext.get(appendAll(lends));

        assertThat(lent).contains(true);
        assertThat(batches(lends)).containsExactlyElementsOf(batches(own));
    }

    private static List<Buffer> batches(FakePort port) {
        return port.arrived.stream()
                .flatMap(arrived -> arrived.batches().stream())
                .map(Buffer::buffer)
                .toList();
    }

    @Test
    void a_repeated_parcel_comes_in_another_array() {
        FakePort port = new FakePort(vertx, 1, PARTITIONS);
        ParcelArrays arrays = new ParcelArrays(8);
        port.arrays = arrays;
        List<Parcel> refused = new CopyOnWriteArrayList<>();
        port.fate = parcel -> {
            if (!parcel.isLent() || refused.size() == 3) {
                return Fate.TAKEN;
            }
            refused.add(parcel);
            // As a log does when it needs the parcel no more, and has used its array again.
            Arrays.fill(parcel.bytes(), (byte) 0xA5);
            arrays.giveBack(parcel.bytes());
            return Fate.UNKNOWN_NOT_TAKEN;
        };
        OnContext.get(appendAll(port));

        assertThat(refused).hasSize(3);
        assertThat(textsOf(port)).containsExactlyInAnyOrderElementsOf(allTexts());
    }

    @Test
    void a_full_parcel_fits_into_an_array_and_is_not_divided() {
        FakePort port = new FakePort(vertx, 1, PARTITIONS);
        port.arrays = new ParcelArrays(8);
        List<Parcel> parcels = new CopyOnWriteArrayList<>();
        port.fate = parcel -> {
            parcels.add(parcel);
            return Fate.TAKEN;
        };
        OnContext.get(appendAll(port));
        // The first event goes alone, and the last draft need not be full.
        List<Parcel> full = parcels.subList(1, parcels.size() - 1);
        assertThat(full).hasSizeGreaterThanOrEqualTo(2).allMatch(Parcel::isLent);
    }

    @Test
    void only_arrays_that_are_nearly_filled_are_lent() {
        ParcelArrays arrays = new ParcelArrays(1);
        assertThat(arrays.take(ParcelArrays.MIN_BYTES - 1)).isNull();
        assertThat(arrays.take(ParcelArrays.ARRAY_BYTES + 1)).isNull();
        assertThat(arrays.take(ParcelArrays.MIN_BYTES)).hasSize(ParcelArrays.ARRAY_BYTES);
        assertThat(ParcelArrays.NONE.take(ParcelArrays.ARRAY_BYTES)).isNull();
    }

    @Test
    void no_more_arrays_are_kept_than_the_limit() {
        ParcelArrays arrays = new ParcelArrays(2);
        arrays.giveBack(used());
        arrays.giveBack(used());
        arrays.giveBack(used());
        assertThat(arrays.kept()).isEqualTo(2);
        arrays.take(ParcelArrays.ARRAY_BYTES);
        assertThat(arrays.kept()).isEqualTo(1);
        arrays.clear();
        assertThat(arrays.kept()).isZero();
    }
}
