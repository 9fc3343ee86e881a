package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.FileEngine;
import io.strandline.log.HookedLogs;
import io.strandline.log.LogVerifier;
import io.strandline.log.impl.journal.JournalEnd;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.HookedDisk.Step;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Errors of the disk, on real threads: what was acknowledged stays, nothing comes twice, and the log serves again (R5). */
class FaultTest {

    private static final String STREAM = "shop/orders";
    private static final int EVENTS = 600;
    private static final int KEYS = 50;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger faults = new AtomicInteger();
    private final AtomicInteger recoveries = new AtomicInteger();
    private volatile Fault fault = Fault.NONE;

    /** Which operations fail while the fault lasts. */
    enum Fault {
        NONE,
        JOURNAL_WRITE,
        JOURNAL_FORCE,
        JOURNAL_FULL,
        JOURNAL_RENAME,
        JOURNAL_RETIRE,
        JOURNAL_DIRECTORY,
        JOURNAL_END,
        SPARE_CREATE,
        SPARE_FULL,
        SPARE_FORCE,
        CHUNK_CREATE,
        CHUNK_WRITE,
        CHUNK_FULL,
        CHUNK_FORCE,
        CHUNK_DIRECTORY,
        EVERY_WRITE,
        EVERY_READ_AND_FORCE,
        DISK_FULL;

        boolean strikes(Step step, String name) {
            return switch (this) {
                case NONE -> false;
                case JOURNAL_WRITE, JOURNAL_FULL -> step == Step.WRITE && isJournal(name);
                case JOURNAL_FORCE -> step == Step.FORCE && isJournal(name);
                case JOURNAL_RENAME -> step == Step.RENAME && name.endsWith(JournalNames.JOURNAL);
                case JOURNAL_RETIRE -> step == Step.RENAME && name.endsWith(JournalNames.SPARE);
                case JOURNAL_DIRECTORY -> step == Step.FORCE_DIRECTORY && name.endsWith("/journal");
                case JOURNAL_END -> (step == Step.WRITE || step == Step.FORCE) && name.endsWith(JournalEnd.ENDING);
                case SPARE_CREATE -> step == Step.CREATE && name.endsWith(JournalNames.UNFINISHED);
                case SPARE_FULL -> step == Step.WRITE && name.endsWith(JournalNames.UNFINISHED);
                case SPARE_FORCE -> step == Step.FORCE && name.endsWith(JournalNames.UNFINISHED);
                case CHUNK_CREATE -> step == Step.CREATE && isChunk(name);
                case CHUNK_WRITE, CHUNK_FULL -> step == Step.WRITE && isChunk(name);
                case CHUNK_FORCE -> step == Step.FORCE && isChunk(name);
                case CHUNK_DIRECTORY -> step == Step.FORCE_DIRECTORY && isChunk(name);
                case EVERY_WRITE -> step == Step.WRITE || step == Step.FORCE;
                case EVERY_READ_AND_FORCE -> step == Step.READ || step == Step.LIST || step == Step.FORCE;
                case DISK_FULL -> step == Step.CREATE || step == Step.WRITE;
            };
        }

        IOException failure(Step step, String name) {
            String what = step + " of " + name + " fails";
            return switch (this) {
                case JOURNAL_FULL, SPARE_FULL, CHUNK_FULL, DISK_FULL -> new NoSpaceException(what);
                default -> new IOException(what);
            };
        }

        private static boolean isJournal(String name) {
            return name.contains("/journal/") && !name.endsWith(JournalNames.UNFINISHED);
        }

        private static boolean isChunk(String name) {
            return name.contains("/chunks");
        }
    }

    @BeforeEach
    void create() {
        Strandline log = open();
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(4)));
        Applications.get(log.close());
    }

    @AfterEach
    void close() {
        Applications.get(vertx.close());
    }

    private Strandline open() {
        FileEngine engine = HookedLogs.engine(disk -> new HookedDisk(disk, (step, name, bytes) -> {
            Fault now = fault;
            if (step == Step.LIST && name.endsWith("/journal")) {
                recoveries.incrementAndGet();
            }
            if (now.strikes(step, name)) {
                faults.incrementAndGet();
                throw now.failure(step, name);
            }
        }));
        return Applications.get(engine.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
    }

    /** Appends without end until told, and keeps what became of each event. */
    private final class Writing {

        private final Context context = Applications.newContext(vertx);
        private final EventWriter<Buffer> writer;
        private final String label;
        private final AtomicInteger acked = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicInteger answered = new AtomicInteger();
        private final Map<Integer, Object> outcomes = new HashMap<>();
        private int next;

        Writing(Strandline log, String label, WriterOptions options) {
            this.label = label;
            this.writer = Applications.writer(context, log, STREAM, options);
        }

        /** Appends up to an event, with some in flight at any time. */
        Future<Void> appendTo(int end) {
            return Applications.start(context, () -> {
                List<Future<Void>> lines = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    lines.add(line(end));
                }
                return Future.join(lines).mapEmpty();
            });
        }

        private Future<Void> line(int end) {
            if (next >= end) {
                return Future.succeededFuture();
            }
            int number = next++;
            Buffer event = Buffer.buffer(label + " " + number + " " + "x".repeat(300));
            return writer.append("key" + number % KEYS, event).transform(result -> {
                outcomes.put(number, result.succeeded() ? result.result() : result.cause());
                answered.incrementAndGet();
                if (result.succeeded()) {
                    acked.incrementAndGet();
                } else if (result.cause() instanceof StrandlineException.Unavailable) {
                    refused.incrementAndGet();
                }
                return line(end);
            });
        }

        /** What became of each event, when all were answered. */
        Map<Integer, Object> outcomes() {
            return Applications.get(Applications.start(context, () -> Future.succeededFuture(Map.copyOf(outcomes))));
        }
    }

    private void check(Strandline log, List<Writing> writers) {
        // A shard with room may go on while another one has none: what it acknowledges later is not looked at.
        Map<Writing, Map<Integer, Object>> answered = new HashMap<>();
        writers.forEach(writing -> answered.put(writing, writing.outcomes()));
        List<EventRecord<Buffer>> events = Applications.get(Applications.readAll(vertx, log, STREAM));
        Map<String, EventRecord<Buffer>> found = new HashMap<>();
        Map<Long, Long> next = new HashMap<>();
        for (EventRecord<Buffer> event : events) {
            String[] words = event.event().toString().split(" ", -1);
            assertThat(event.offset()).isEqualTo(next.getOrDefault(event.partition(), 0L));
            next.put(event.partition(), event.offset() + 1);
            assertThat(found.put(words[0] + " " + words[1], event))
                    .as("events %s %s", words[0], words[1])
                    .isNull();
        }
        for (Writing writing : writers) {
            answered.getOrDefault(writing, Map.of()).forEach((number, outcome) -> {
                EventRecord<Buffer> event = found.get(writing.label + " " + number);
                if (outcome instanceof Appended appended) {
                    assertThat(event)
                            .as("event %d, acknowledged as %s", number, appended)
                            .isNotNull();
                    assertThat(appended.partition()).isEqualTo(event.partition());
                    if (!appended.duplicate()) {
                        assertThat(appended.offset()).isEqualTo(event.offset());
                    }
                } else if (outcome instanceof StrandlineException.Unavailable) {
                    assertThat(event)
                            .as("event %d, refused: %s", number, outcome)
                            .isNull();
                } else {
                    assertThat(outcome).isInstanceOf(StrandlineException.Unknown.class);
                }
            });
        }
    }

    private void verify() {
        ByteArrayOutputStream report = new ByteArrayOutputStream();
        int damaged =
                LogVerifier.verify(directory.resolve("data"), new PrintStream(report, true, StandardCharsets.UTF_8));
        assertThat(damaged).as("%s", report.toString(StandardCharsets.UTF_8)).isZero();
    }

    /** Appends one event after the other until there is no journal file for the next. */
    private void untilRefused(Writing writing) {
        Applications.until(vertx, "the next file is missed", () -> {
            writing.appendTo(writing.answered.get() + 1);
            return writing.refused.get() > 0;
        });
    }

    /** What the writer tells when it does not repeat by itself. */
    private static Set<Class<?>> failures(Writing writing) {
        Set<Class<?>> kinds = new HashSet<>();
        writing.outcomes().values().stream()
                .filter(Throwable.class::isInstance)
                .forEach(failure -> kinds.add(failure.getClass()));
        return kinds;
    }

    private static List<Future<Void>> appendTo(int end, List<Writing> writers) {
        return writers.stream().map(writing -> writing.appendTo(end)).toList();
    }

    private void awaitFault(List<Future<Void>> appended) {
        Applications.until(
                vertx,
                "the fault strikes, or nothing is left to write",
                () -> faults.get() >= 3 || appended.stream().allMatch(Future::isComplete));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void r5_theLogServesAgainWhenTheFaultIsGone(Fault kind) {
        Strandline log = open();
        Writing patient = new Writing(log, "patient", new WriterOptions().setId("patient"));
        Writing anonymous = new Writing(log, "anonymous", new WriterOptions());
        Writing impatient = new Writing(
                log, "impatient", new WriterOptions().setId("impatient").setRetryTimeoutMillis(0));
        List<Writing> all = List.of(patient, anonymous, impatient);
        List<Future<Void>> appended = new ArrayList<>(appendTo(EVENTS, all));
        Applications.until(vertx, "appends before the fault", () -> patient.acked.get() > 50);
        fault = kind;
        awaitFault(appended);
        // This thread may have come when all was written.
        for (int round = 2; faults.get() == 0 && round < 20; round++) {
            appended.addAll(appendTo(round * EVENTS, all));
            awaitFault(appended);
        }
        fault = Fault.NONE;
        appended.forEach(Applications::get);
        assertThat(faults).as("the fault struck").hasPositiveValue();
        // A shard that was struck after its last append recovers meanwhile: who repeats waits for each of them.
        Applications.get(patient.appendTo(patient.next + KEYS));
        assertThat(failures(patient)).isEmpty();
        assertThat(failures(anonymous)).isEmpty();
        assertThat(failures(impatient))
                .isSubsetOf(StrandlineException.Unknown.class, StrandlineException.Unavailable.class);
        Writing after = new Writing(log, "after", new WriterOptions().setRetryTimeoutMillis(0));
        Applications.get(after.appendTo(10));
        assertThat(failures(after)).isEmpty();
        List<Writing> withAfter = List.of(patient, anonymous, impatient, after);
        check(log, withAfter);
        Applications.get(log.close());
        verify();
        Strandline reopened = open();
        check(reopened, withAfter);
        Applications.get(reopened.close());
    }

    @Test
    void aDiskWithoutRoomForTheNextJournalFileIsUnavailableAndNoStop() {
        Strandline log = open();
        int before = recoveries.get();
        Writing patient = new Writing(log, "patient", new WriterOptions());
        Applications.get(patient.appendTo(20));
        fault = Fault.SPARE_FULL;
        Future<Void> appended = patient.appendTo(1500);
        Writing impatient = new Writing(log, "impatient", new WriterOptions().setRetryTimeoutMillis(0));
        untilRefused(impatient);
        check(log, List.of(patient));
        fault = Fault.NONE;
        Applications.get(appended);
        assertThat(failures(patient)).isEmpty();
        Applications.get(impatient.appendTo(impatient.next + 1));
        assertThat(failures(impatient))
                .contains(StrandlineException.Unavailable.class)
                .isSubsetOf(StrandlineException.Unknown.class, StrandlineException.Unavailable.class);
        assertThat(recoveries).as("recoveries: the shards never stopped").hasValue(before);
        check(log, List.of(patient, impatient));
        Applications.get(log.close());
        verify();
    }

    @Test
    void aLogWithoutRoomClosesAndOpensWhenThereIsRoom() {
        Strandline log = open();
        Writing writing = new Writing(log, "writer", new WriterOptions().setRetryTimeoutMillis(0));
        fault = Fault.SPARE_FULL;
        writing.appendTo(3_000);
        Writing other = new Writing(log, "other", new WriterOptions().setRetryTimeoutMillis(0));
        untilRefused(other);
        Applications.get(log.close());
        verify();
        assertThat(Applications.failure(HookedLogs.engine(disk -> new HookedDisk(disk, (step, name, bytes) -> {
                            if (step == Step.WRITE) {
                                throw new NoSpaceException("no space for " + name);
                            }
                        }))
                        .open(vertx, "file:" + directory.resolve("data"), CrashChild.options())))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("no space for ");
        fault = Fault.NONE;
        Strandline reopened = open();
        check(reopened, List.of(writing, other));
        Applications.get(reopened.close());
    }
}
