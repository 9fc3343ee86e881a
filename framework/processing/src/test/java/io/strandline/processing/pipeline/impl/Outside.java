package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.HandlerOutput.Position;
import io.strandline.processing.pipeline.Pipeline;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a handler of the {@link Ledger} has written where no process takes it away, in the order in which it was written. */
final class Outside {

    static final String HANDLER = "outside";

    private final List<Written> written = new ArrayList<>();
    private int life;

    /** An output that was written in one of the lives. */
    record Written(int life, Position position, @Nullable String key, String text) {}

    /** The ledger with a handler in place of a sink. */
    static Pipeline pipeline(Function<HandlerOutput<Ledger.Keyed>, Future<Void>> handler) {
        return pipeline(1, HANDLER, handler);
    }

    static Pipeline pipeline(int version, String id, Function<HandlerOutput<Ledger.Keyed>, Future<Void>> handler) {
        return Pipeline.named("ledger", version)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .keyBy(Ledger::account)
                .<Ledger.Balance, Ledger.Keyed>process(
                        "balance",
                        Ledger.BALANCES,
                        account -> new Ledger.Balance(0, account.length()),
                        (before, deposit, context) ->
                                Ledger.step(before, deposit, (key, text) -> context.emit(new Ledger.Keyed(key, text))))
                .handle(id, handler, Ledger.Keyed::key)
                .build();
    }

    synchronized void begin() {
        life++;
    }

    synchronized void write(HandlerOutput<Ledger.Keyed> output) {
        write(output, output.event().text());
    }

    synchronized void write(HandlerOutput<?> output, String text) {
        written.add(new Written(life, output.position(), output.key(), text));
    }

    /** Writes an output, and completes. */
    Future<Void> take(HandlerOutput<Ledger.Keyed> output) {
        write(output);
        return Future.succeededFuture();
    }

    synchronized List<Written> written() {
        return List.copyOf(written);
    }

    synchronized List<Written> writtenIn(int inLife) {
        return written.stream().filter(each -> each.life() == inLife).toList();
    }

    synchronized int life() {
        return life;
    }

    synchronized int size() {
        return written.size();
    }

    /** Key → outputs, each where it was written first. */
    Map<String, List<String>> outputs() {
        Map<String, List<String>> outputs = new TreeMap<>();
        Set<String> known = new HashSet<>();
        for (Written each : written()) {
            if (known.add(each.position().id())) {
                outputs.computeIfAbsent(String.valueOf(each.key()), first -> new ArrayList<>())
                        .add(each.text());
            }
        }
        return outputs;
    }

    /** Each output was written, and outputs of a key in order, also those that were written again. */
    void assertExact(MemoryLog log) {
        assertThat(outputs()).isEqualTo(Ledger.expectedOutputs(log));
        assertOrdered();
    }

    /** A position is always that of the same output, and positions of one key rise in each life and partition. */
    void assertOrdered() {
        Map<String, String> texts = new HashMap<>();
        Map<String, Position> last = new HashMap<>();
        for (Written each : written()) {
            String output =
                    each.key() + " " + each.text() + " " + each.position().offset();
            assertThat(texts.merge(each.position().id(), output, (first, again) -> first))
                    .isEqualTo(output);
            Position before = last.put(
                    each.life() + " " + each.position().stage() + " "
                            + each.position().partition() + " " + each.key(),
                    each.position());
            if (before != null) {
                assertThat(rises(before, each.position()))
                        .as("%s after %s", each, before)
                        .isTrue();
            }
        }
    }

    private static boolean rises(Position before, Position next) {
        return next.step() > before.step() || (next.step() == before.step() && next.number() > before.number());
    }

    /** Nothing before a checkpoint was written again in this life, which began with that. */
    void assertBeganAt(StreamCut checkpoint) {
        for (Written each : writtenIn(life())) {
            assertThat(each.position().offset())
                    .as("%s", each)
                    .isGreaterThanOrEqualTo(
                            checkpoint.offsets().getOrDefault(each.position().partition(), 0L));
        }
    }
}
